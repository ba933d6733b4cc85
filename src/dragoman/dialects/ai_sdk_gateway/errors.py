"""Errors in the words of the AI SDK's gateway. There is only the way out: no provider speaks this dialect."""

from __future__ import annotations

import math

from dragoman.dialects.ai_sdk_gateway.wire import ERROR_TYPES
from dragoman.dialects.base import WireReply
from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields


def emit_error(error: DragomanError) -> WireReply:
    """An error before anything was sent."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if error.retry_after_seconds is not None:
        headers = ((b"retry-after", str(math.ceil(error.retry_after_seconds)).encode()),)
    return WireReply(error.status, encode_json({"error": _describe(error)}), headers=headers)


def emit_stream_error(error: DragomanError) -> bytes:
    """An error after the headers have gone: a part of type `error`, and no `finish` after it."""
    return b"data: " + encode_json({"type": "error", "error": _describe(error)}) + b"\n\n"


def _describe(error: DragomanError) -> Fields:
    word = ERROR_TYPES[error.kind]
    if error.kind is Kind.NOT_FOUND and (error.path == "model" or error.reply is not None):
        word = "model_not_found"
    return {"message": error.told, "type": word, "param": None, "code": error.code or error.kind.value}
