"""A look at a finished answer that is passed on as it is: usage, finish, and whether it is an answer at all."""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.base import Glance
from dragoman.dialects.openai_chat.errors import parse_inline_error
from dragoman.dialects.openai_chat.finish import parse_finish
from dragoman.dialects.openai_chat.usage import parse_usage
from dragoman.errors import malformed_upstream
from dragoman.model.usage import note_tier
from dragoman.wire.json_document import check_utf8, decode_object


class _Message(msgspec.Struct, gc=False):
    tool_calls: Any = None
    function_call: Any = None
    refusal: Any = None


class _Choice(msgspec.Struct, gc=False):
    message: _Message | None = None
    finish_reason: str | None = None


class _Body(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    id: str | None = None
    model: str | None = None
    usage: dict[str, Any] | None = None
    error: Any = None
    object: Any = None
    service_tier: Any = None


_decode = msgspec.json.Decoder(_Body).decode


def read_glance(body: bytes) -> Glance:
    """What the meter needs. An error that came with status 200 is raised as what it is."""
    try:
        if not body.isascii():
            check_utf8(body)
        answer = _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise malformed_upstream("The provider's answer is no chat completion.") from None
    if answer.error or answer.object == "error":
        raise parse_inline_error(decode_object(body), body)
    if not answer.choices:
        raise malformed_upstream("The provider's answer holds no choices.")
    first = answer.choices[0]
    message = first.message or _Message()
    finish = parse_finish(
        first.finish_reason,
        {},
        has_calls=bool(message.tool_calls) or bool(message.function_call),
        has_refusal=bool(message.refusal),
    )
    usage = parse_usage(answer.usage)
    if usage is not None and answer.service_tier is not None:
        usage = note_tier(usage, answer.service_tier)
    return Glance(usage, finish, answer.model, answer.id)
