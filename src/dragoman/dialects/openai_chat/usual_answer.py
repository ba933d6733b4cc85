"""The answer that nearly always comes: text or calls of functions, and nothing that needs a second look.

One decode into a shape that leaves room for nothing else; whatever does not fit is read with care by
`parse_response.py`, which also says what is wrong. Invariant: both read the same out of whatever fits. What a
field may be is bounded here in depth, too.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from dragoman.dialects.openai_chat.finish import PLAIN_FINISHES, parse_finish
from dragoman.dialects.openai_chat.usage import parse_usage
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.model.content import Part, Text, ToolCall
from dragoman.model.response import Candidate, Response
from dragoman.model.usage import TIERS, note_tier

_Word = Annotated[str, msgspec.Meta(min_length=1)]
_Counts = dict[str, int | None]


class _Function(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    name: str
    arguments: str


class _Call(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    id: _Word
    type: Literal["function"]
    function: _Function


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: str
    content: _Word | None = None
    refusal: None = None
    annotations: Annotated[list[None], msgspec.Meta(max_length=0)] | None = None
    audio: None = None
    function_call: None = None
    reasoning_content: None = None
    tool_calls: Annotated[list[_Call], msgspec.Meta(min_length=1)] | None = None


class _Choice(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    index: int
    message: _Message
    finish_reason: str | None = None
    logprobs: None = None


class _Answer(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    id: str
    object: str
    created: int
    model: str
    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]
    usage: dict[str, int | _Counts | None] | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None


_decode = msgspec.json.Decoder(_Answer).decode


def read_usual(body: bytes) -> Response | None:
    """The whole answer; None where it is another than usual, or none at all."""
    try:
        answer = _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if answer.object == "error":
        return None
    usage, tier = parse_usage(answer.usage), answer.service_tier
    if usage is not None and tier in TIERS:
        usage = note_tier(usage, tier)
    fingerprint = answer.system_fingerprint
    return Response(
        answer.id,
        answer.model,
        [*map(_read_choice, answer.choices)],
        usage,
        answer.created,
        tier,
        {NAME: {"system_fingerprint": fingerprint}} if fingerprint is not None else None,
    )


def _read_choice(choice: _Choice) -> Candidate:
    message = choice.message
    parts: list[Part] = [] if message.content is None else [Text(message.content)]
    calls, word = message.tool_calls, choice.finish_reason
    if calls is None:
        return Candidate(parts, PLAIN_FINISHES.get(word) or parse_finish(word, {}), choice.index)
    parts += [ToolCall(call.id, call.function.name, call.function.arguments) for call in calls]
    return Candidate(parts, parse_finish(word, {}, has_calls=True), choice.index)
