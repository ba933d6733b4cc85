"""A provider's answer to the model: the message and its finish."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.errors import read_error_event
from dragoman.dialects.anthropic_messages.parse_blocks import parse_block
from dragoman.dialects.anthropic_messages.usage import Counts, parse_tier, parse_usage, sum_counts
from dragoman.dialects.anthropic_messages.usual_answer import read_usual
from dragoman.dialects.base import Glance
from dragoman.errors import DragomanError, malformed_upstream
from dragoman.model.content import Extras
from dragoman.model.response import Candidate, Finish, Response
from dragoman.wire.json_document import check_utf8, decode_object
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required, rest_of


class _Usual(msgspec.Struct, gc=False):
    """What the meter wants of nearly every message; the decoder skips the rest."""

    type: Literal["message"]
    usage: Counts
    id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    stop_sequence: None = None


class _Odd(msgspec.Struct):
    type: str
    id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: dict[str, Any] | None = None


_decode = msgspec.json.Decoder(_Usual).decode
_decode_odd = msgspec.json.Decoder(_Odd).decode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_glance(body: bytes) -> Glance:
    """Usage and finish of an answer that goes on untouched. Nobody tells its usage again, so the provider's own report
    is not kept."""
    try:
        if not body.isascii():
            check_utf8(body)
        message = _decode(body)
    except _UNREADABLE:
        return look_closely(body)
    finish = wire.PLAIN_FINISHES.get(message.stop_reason)
    if finish is None:
        return look_closely(body)
    return Glance(sum_counts(message.usage), finish, message.model, message.id)


def look_closely(body: bytes) -> Glance:
    """The same, for whatever shape the answer has; says what is wrong."""
    try:
        check_utf8(body)
        seen = _decode_odd(body)
    except _UNREADABLE:
        raise malformed_upstream("The provider's answer is not a message.") from None
    if seen.type != "message":
        parse_answer(body)
        raise malformed_upstream("The provider's answer is not a message.")
    finish = parse_finish({"stop_reason": seen.stop_reason, "stop_sequence": seen.stop_sequence})
    usage = None if seen.usage is None else msgspec.structs.replace(parse_usage(seen.usage), reported=None)
    return Glance(usage, finish, seen.model, seen.id)


def parse_answer(body: bytes) -> Response:
    """The body of an answer with status 200."""
    return read_usual(body) or read_with_care(body)


def read_with_care(body: bytes) -> Response:
    """The same, for whatever shape it has; says what is wrong."""
    try:
        fields = decode_object(body)
        if fields.get("type") == "error":
            raise read_error_event(fields, body, "body")
        return parse_message(fields)
    except DragomanError as error:
        raise _as_upstream(error) from None


def parse_token_count(body: bytes) -> int:
    """How many tokens a request would have."""
    try:
        return read_required(decode_object(body), "input_tokens", int)
    except DragomanError as error:
        raise _as_upstream(error) from None


def _as_upstream(error: DragomanError) -> DragomanError:
    """What is wrong in a provider's answer is not the caller's fault, unless the provider says that it is."""
    if error.reply is not None or error.blame != "client":
        return error
    return malformed_upstream(f"The provider's answer makes no sense ({error.path or 'not a JSON object'}).")


def parse_message(fields: Fields) -> Response:
    """A whole message, out of an answer or out of a stream that sends it in one event."""
    content = read_each(read_required(fields, "content", list), "content", parse_block)
    reported = read_optional(fields, "usage", dict)
    return Response(
        id=read_optional(fields, "id", str) or "",
        model=read_optional(fields, "model", str) or "",
        candidates=[Candidate(content, parse_finish(fields))],
        usage=None if reported is None else parse_usage(reported),
        service_tier=parse_tier(reported),
        extras=parse_message_extras(fields),
    )


def parse_message_extras(fields: Fields) -> Extras | None:
    """What stands beside the known fields of a message and is not null: container, context_management."""
    rest = rest_of(fields, wire.RESPONSE_FIELDS)
    if rest:
        rest = {name: value for name, value in rest.items() if value is not None}
    return {wire.NAME: rest} if rest else None


def parse_finish(fields: Fields) -> Finish:
    """Why it ended, out of a message or out of the `delta` of a `message_delta`."""
    word = read_optional(fields, "stop_reason", str)
    sequence = read_optional(fields, "stop_sequence", str)
    details = fields.get("stop_details")
    if sequence is None and details is None and word in wire.PLAIN_FINISHES:
        return wire.PLAIN_FINISHES[word]
    reason = wire.FINISH_BY_WIRE.get(word or "", "other")
    own: dict[str, Any] = {}
    if details is not None:
        own["stop_details"] = details
    if reason == "other" and word:
        own["stop_reason"] = word
    return Finish(reason, sequence, word, {wire.NAME: own} if own else None)
