"""An answer's body → the model.

Spec: https://platform.openai.com/docs/api-reference/responses/object
What an answer repeats of its request is kept under `_echo`: needed to write the same answer again, no loss elsewhere.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dragoman.dialects.base import Glance
from dragoman.dialects.openai_responses.errors import read_failure
from dragoman.dialects.openai_responses.marks import Fields, read_marks
from dragoman.dialects.openai_responses.parse_items import parse_output_item
from dragoman.dialects.openai_responses.usage import Counts, parse_usage, sum_counts
from dragoman.dialects.openai_responses.wire import (
    CLIENT_CALLS,
    ECHO_FIELDS,
    FINISH_BY_INCOMPLETE,
    FINISH_BY_STATUS,
    NAME,
    RESPONSE_FIELDS,
)
from dragoman.errors import DragomanError, malformed_upstream
from dragoman.model.content import Opaque, Part, Refusal, Text, ToolCall
from dragoman.model.response import Candidate, Finish, FinishReason, Response
from dragoman.model.usage import Usage
from dragoman.wire.json_document import check_utf8, decode_object

_DONE = Finish("stop", wire="completed")
_CALLED = Finish("tool_calls", wire="completed")
_SIMPLE_TYPES: dict[str, type] = {"id": str, "model": str, "service_tier": str, "created_at": int}


def parse_response(body: bytes) -> Response:
    """A finished answer. Raises the classified error of one that failed."""
    try:
        return parse_response_fields(decode_object(body))
    except DragomanError as error:
        if error.blame != "client" or error.reply is not None:
            raise
        raise malformed_upstream(f"The provider's answer is not what its dialect allows: {error}") from None


def parse_response_fields(fields: Fields) -> Response:
    """The same from decoded fields."""
    refuse_failed(fields)
    parts = parse_output(fields.get("output"))
    survey = _Survey(parts)
    finish = read_finish(fields, survey.calls_client, survey.only_refuses)
    logprobs = {"content": survey.tokens} if survey.tokens else None
    tier = fields.get("service_tier")
    return Response(
        id=_text(fields, "id"),
        model=_text(fields, "model"),
        candidates=[Candidate(parts, finish, logprobs=logprobs)],
        usage=parse_usage(fields.get("usage"), tier),
        created_unix=read_created(fields),
        service_tier=tier if type(tier) is str else None,
        extras={NAME: read_echo(fields)},
    )


def parse_output(items: Any) -> list[Part]:
    """All items of an answer's `output`."""
    if type(items) is not list:
        raise malformed_upstream("The provider's answer has no list of output items.")
    parts: list[Part] = []
    for index, item in enumerate(items):
        if type(item) is not dict:
            raise malformed_upstream(f"output[{index}] of the provider's answer is not an object.")
        try:
            parts += parse_output_item(item)
        except DragomanError as error:
            raise error.under(f"output[{index}]") from None
    return parts


def read_echo(fields: Fields) -> Fields:
    """What an answer says besides its content: our marks and, in plain sight, what has no name here."""
    echo: Fields = {}
    extras: Fields = {"_echo": echo}
    for name, value in fields.items():
        if name in RESPONSE_FIELDS:
            if value is None or (name in _SIMPLE_TYPES and type(value) is not _SIMPLE_TYPES[name]):
                echo[name] = value
        elif name in ECHO_FIELDS or value is None:
            echo[name] = value
        else:
            extras[name] = value
    return extras


def read_created(fields: Fields) -> int | None:
    """When the answer was made. A number that is not whole stays among the marks."""
    created = fields.get("created_at")
    return created if type(created) is int else None


def read_finish(fields: Fields, calls_client: bool, only_refuses: bool) -> Finish:
    """Why the answer ended: its status, the reason why it is incomplete, or what its items wait for."""
    return _select_finish(fields.get("status"), fields.get("incomplete_details"), calls_client, only_refuses)


def _select_finish(status: Any, details: Any, calls_client: bool, only_refuses: bool) -> Finish:
    if status == "completed" and not calls_client and not only_refuses:
        return _DONE
    wire = details.get("reason") if type(details) is dict else None
    if type(wire) is str and status != "completed":
        return Finish(FINISH_BY_INCOMPLETE.get(wire, "other"), wire=wire)
    word = status if type(status) is str else "completed"
    reason: FinishReason = FINISH_BY_STATUS.get(word, "other")
    if reason == "stop":
        reason = "tool_calls" if calls_client else "refusal" if only_refuses else "stop"
    return Finish(reason, wire=word)


def refuse_failed(fields: Fields) -> None:
    """An answer that holds nothing but its own failure is an error."""
    if fields.get("status") == "failed" or (fields.get("error") is not None and "output" not in fields):
        raise read_failure(fields.get("error"))


class _Survey:
    """What the parts of an answer tell of it as a whole."""

    __slots__ = ("calls_client", "only_refuses", "tokens")

    def __init__(self, parts: list[Part]) -> None:
        self.calls_client = False
        self.tokens: list[Any] = []
        has_spoken = has_refused = False
        for part in parts:
            if isinstance(part, Text):
                has_spoken = True
                self._take_logprobs(read_marks(part.extras).get("_logprobs"))
            elif isinstance(part, ToolCall) or (isinstance(part, Opaque) and part.kind in CLIENT_CALLS):
                self.calls_client = True
            elif isinstance(part, Refusal):
                has_refused = True
        self.only_refuses = has_refused and not has_spoken

    def _take_logprobs(self, logprobs: Any) -> None:
        """Token probabilities of all text, in the model's one list."""
        if logprobs and type(logprobs) is list:
            self.tokens += logprobs


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if type(value) is str else ""


# -- a glance at an answer that is passed on ---------------------------------------------------------------------------


class _Said(msgspec.Struct, gc=False):
    type: Literal["output_text", "reasoning_text"]


class _Item(msgspec.Struct, gc=False):
    type: Literal["message", "reasoning", "function_call"]
    content: list[_Said] | None = None


class _Usual(msgspec.Struct, gc=False):
    """What nearly every answer has: it is whole, and nothing in it raises a question."""

    output: list[_Item]
    status: Literal["completed"]
    usage: Counts
    id: str | None = None
    model: str | None = None
    service_tier: str | None = None


class _OddPart(msgspec.Struct, gc=False):
    type: str


class _OddItem(msgspec.Struct, gc=False):
    type: str = "message"
    content: list[_OddPart] | None = None


class _Odd(msgspec.Struct, gc=False):
    output: list[_OddItem]
    id: str | None = None
    model: str | None = None
    status: str | None = None
    usage: dict[str, Any] | None = None
    incomplete_details: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    service_tier: Any = None


_decode = msgspec.json.Decoder(_Usual).decode
_decode_odd = msgspec.json.Decoder(_Odd).decode
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def read_glance(body: bytes) -> Glance:
    """Usage and finish, without decoding the content. The report of usage is not kept: nobody tells it again."""
    try:
        if not body.isascii():
            check_utf8(body)
        seen = _decode(body)
    except _UNREADABLE:
        return look_closely(body)
    finish = _DONE
    for item in seen.output:
        if item.type == "function_call":
            finish = _CALLED
    return Glance(sum_counts(seen.usage, None, seen.service_tier), finish, seen.model, seen.id)


def look_closely(body: bytes) -> Glance:
    """The same, for whatever shape the answer has. One that is stranger still takes the long way."""
    try:
        check_utf8(body)
        seen = _decode_odd(body)
    except _UNREADABLE:
        response = parse_response(body)
        return Glance(_forget_report(response.usage), response.candidates[0].finish, response.model, response.id)
    if seen.status == "failed":
        raise read_failure(seen.error)
    calls_client = has_spoken = has_refused = False
    for item in seen.output:
        if item.type == "message":
            for part in item.content or ():
                if part.type == "refusal":
                    has_refused = True
                else:
                    has_spoken = True
        elif item.type in CLIENT_CALLS:
            calls_client = True
    finish = _select_finish(seen.status, seen.incomplete_details, calls_client, has_refused and not has_spoken)
    return Glance(_forget_report(parse_usage(seen.usage, seen.service_tier)), finish, seen.model, seen.id)


def _forget_report(usage: Usage | None) -> Usage | None:
    return None if usage is None else msgspec.structs.replace(usage, reported=None)
