"""A look at a finished answer that is passed on as it is: usage, finish, and whether it is an answer at all.

One decode into a shape that leaves no doubt; an answer that does not fit is looked at once more, with care.
Invariant: both tell the same. The provider's own report of usage is not kept: nobody tells it again.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from dragoman.dialects.base import Glance
from dragoman.dialects.openai_chat.errors import parse_inline_error
from dragoman.dialects.openai_chat.finish import PLAIN_FINISHES, parse_finish
from dragoman.dialects.openai_chat.usage import Counts, parse_usage, sum_counts
from dragoman.errors import malformed_upstream
from dragoman.model.usage import TIERS, note_tier
from dragoman.wire.json_document import check_utf8, decode_object


class _Message(msgspec.Struct, gc=False):
    tool_calls: list[msgspec.Raw] | None = None
    function_call: None = None
    refusal: None = None


class _Choice(msgspec.Struct, gc=False):
    message: _Message
    finish_reason: str | None = None


class _Usual(msgspec.Struct, gc=False):
    """What nearly every answer has. A field that would raise a question may be null at most."""

    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]
    usage: Counts
    id: str | None = None
    model: str | None = None
    object: Literal["chat.completion"] = "chat.completion"
    error: None = None
    service_tier: str | None = None


class _OddMessage(msgspec.Struct, gc=False):
    tool_calls: Any = None
    function_call: Any = None
    refusal: Any = None


class _OddChoice(msgspec.Struct, gc=False):
    message: _OddMessage | None = None
    finish_reason: str | None = None


class _Odd(msgspec.Struct, gc=False):
    choices: list[_OddChoice] | None = None
    id: str | None = None
    model: str | None = None
    usage: dict[str, Any] | None = None
    error: Any = None
    object: Any = None
    service_tier: Any = None


_decode = msgspec.json.Decoder(_Usual).decode
_decode_odd = msgspec.json.Decoder(_Odd).decode
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def read_glance(body: bytes) -> Glance:
    """What the meter needs. An error that came with status 200 is raised as what it is."""
    try:
        if not body.isascii():
            check_utf8(body)
        answer = _decode(body)
    except _UNREADABLE:
        return look_closely(body)
    choice = answer.choices[0]
    finish = PLAIN_FINISHES.get(choice.finish_reason)
    usage = sum_counts(answer.usage, None, TIERS.get(answer.service_tier, ""))
    if finish is None or usage is None or (choice.message.tool_calls and finish.reason == "stop"):
        return look_closely(body)
    return Glance(usage, finish, answer.model, answer.id)


def look_closely(body: bytes) -> Glance:
    """The same, for whatever shape the answer has; says what is wrong."""
    try:
        check_utf8(body)
        answer = _decode_odd(body)
    except _UNREADABLE:
        raise malformed_upstream("The provider's answer is no chat completion.") from None
    if answer.error or answer.object == "error":
        raise parse_inline_error(decode_object(body), body)
    if not answer.choices:
        raise malformed_upstream("The provider's answer holds no choices.")
    first = answer.choices[0]
    message = first.message or _OddMessage()
    finish = parse_finish(
        first.finish_reason,
        {},
        has_calls=bool(message.tool_calls) or bool(message.function_call),
        has_refusal=bool(message.refusal),
    )
    usage = parse_usage(answer.usage)
    if usage is not None:
        usage = msgspec.structs.replace(note_tier(usage, answer.service_tier), reported=None)
    return Glance(usage, finish, answer.model, answer.id)
