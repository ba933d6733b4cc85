"""Responses in background mode: promised at once, and kept, broken or cancelled later. Bodies stay raw JSON.

Spec: https://platform.openai.com/docs/guides/background
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_responses.stored import read_terminal
from dragoman.wire.json_document import JsonDocument, encode_json
from dragoman.wire.sse import SseDecoder


def emit_promise(begun: bytes) -> bytes:
    """What a caller in background mode gets at once, out of a stream's first event."""
    first = SseDecoder(len(begun) + 1).feed(begun)[0]
    return _change(read_terminal(first.data or b""), background=True, store=True)


def is_background(body: bytes) -> bool:
    """Whether it was asked for in background mode."""
    return JsonDocument(body).read("background") is True


def is_promise(body: bytes) -> bool:
    """Whether it is still to be answered."""
    return JsonDocument(body).read("status") in ("queued", "in_progress")


def keep_promise(promise: bytes, answer: bytes) -> bytes:
    """The answer, under the name that was promised."""
    return _change(answer, id=JsonDocument(promise).read("id"), background=True, store=True)


def break_promise(promise: bytes, code: str, message: str) -> bytes:
    """What became of a promise that cannot be kept."""
    return _change(promise, status="failed", error={"code": code, "message": message})


def cancel_promise(promise: bytes) -> bytes:
    """What became of a promise whose caller does not want it any more."""
    return _change(promise, status="cancelled")


def read_failure(body: bytes) -> tuple[str, str]:
    """Code and message of an error answer."""
    error = JsonDocument(body).read("error")
    fields = error if type(error) is dict else {}
    return str(fields.get("code") or fields.get("type") or "server_error"), str(fields.get("message") or "It failed.")


def _change(body: bytes, **fields: Any) -> bytes:
    return JsonDocument(body).patch({name: encode_json(value) for name, value in fields.items()})
