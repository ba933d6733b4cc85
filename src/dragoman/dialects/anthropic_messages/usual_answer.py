"""The answer that nearly always comes: text, thinking or calls of tools, and nothing that needs a second look.

One decode into a shape that leaves room for nothing else; whatever does not fit is read with care by
`parse_response.py`, which also says what is wrong. Invariant: both read the same out of whatever fits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.usage import parse_tier, parse_usage
from dragoman.model.content import Part, Reasoning, Text, ToolCall
from dragoman.model.response import Candidate, Response
from dragoman.wire.json_document import encode_json, may_be_deep

_Told = int | str | None


class _Text(msgspec.Struct, gc=False, forbid_unknown_fields=True, tag="text"):
    text: str
    citations: None = None


class _Thinking(msgspec.Struct, gc=False, forbid_unknown_fields=True, tag="thinking"):
    thinking: str
    signature: str


class _ToolUse(msgspec.Struct, gc=False, forbid_unknown_fields=True, tag="tool_use"):
    id: str
    name: str
    input: dict[str, Any]


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    id: str
    type: Literal["message"]
    role: str
    model: str
    content: list[_Text | _Thinking | _ToolUse]
    usage: dict[str, _Told | dict[str, _Told]]
    stop_reason: str
    stop_sequence: str | None = None
    stop_details: None = None
    container: None = None
    context_management: None = None


_decode = msgspec.json.Decoder(_Message).decode


def read_usual(body: bytes) -> Response | None:
    """The whole answer; None where it is another than usual, or none at all."""
    try:
        message = _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    finish = wire.PLAIN_FINISHES.get(message.stop_reason)
    if finish is None or message.stop_sequence is not None:
        return None
    if _ToolUse in {*map(type, message.content)} and may_be_deep(body):
        return None
    parts = [_READERS[type(block)](block) for block in message.content]
    return Response(
        message.id,
        message.model,
        [Candidate(parts, finish)],
        parse_usage(message.usage),
        service_tier=parse_tier(message.usage),
    )


def _read_text(block: _Text) -> Part:
    return Text(block.text)


def _read_thinking(block: _Thinking) -> Part:
    return Reasoning(block.thinking, signature=block.signature, extras=wire.MINTED if block.signature else None)


def _read_call(block: _ToolUse) -> Part:
    return ToolCall(block.id, block.name, encode_json(block.input).decode())


_READERS: dict[type, Callable[[Any], Part]] = {_Text: _read_text, _Thinking: _read_thinking, _ToolUse: _read_call}
