"""A provider's answer to the model; also the finish reasons, which streams read the same way.

What a candidate says beside its content (grounding, ratings, messages) rides in the extras of its `Finish`, because
that is where a stream, too, knows all of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from dragoman.dialects.base import Glance
from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.call_ids import fill_call_ids, make_seed
from dragoman.dialects.gemini_generate.citations import add_citations
from dragoman.dialects.gemini_generate.errors import parse_error
from dragoman.dialects.gemini_generate.logprobs import parse_logprobs
from dragoman.dialects.gemini_generate.marks import Fields, own_extras
from dragoman.dialects.gemini_generate.parse_parts import parse_parts
from dragoman.dialects.gemini_generate.usage import Counts, parse_usage, sum_counts
from dragoman.errors import DragomanError, malformed_upstream
from dragoman.model.content import ToolCall
from dragoman.model.response import Candidate, Finish, Response
from dragoman.wire.json_document import check_utf8, decode_object
from dragoman.wire.json_read import read_each, read_optional, read_whole, rest_of

_STOPPED = Finish("stop", wire="STOP")


def parse_response(body: bytes) -> Response:
    """One finished answer."""
    try:
        fields = decode_object(body)
        if "error" in fields:
            raise parse_error(200, (), body)
        return _parse(fields, body)
    except DragomanError as error:
        raise blame_upstream(error) from None


def blame_upstream(error: DragomanError) -> DragomanError:
    """What our readers call a caller's mistake is the provider's, if it is the provider who wrote it."""
    if error.blame != "client" or error.reply is not None:
        return error
    return malformed_upstream(f"The provider's answer makes no sense at {error.path or 'its top'}: {error.message}")


def _parse(fields: Fields, body: bytes) -> Response:
    response_id = read_optional(fields, "responseId", str) or ""
    seed = make_seed(response_id, body)
    given = read_optional(fields, "candidates", list) or []

    def parse_candidate(candidate: Fields) -> Candidate:
        return _parse_candidate(candidate, seed)

    candidates = read_each(given, "candidates", parse_candidate)
    rest = rest_of(fields, wire.RESPONSE_FIELDS) or {}
    if not candidates:
        candidates = [Candidate([], parse_blocked(rest))]
    reported = read_optional(fields, "usageMetadata", dict)
    usage = parse_usage(reported)
    if usage is None and reported is not None:
        rest["usageMetadata"] = reported
    return Response(
        id=response_id,
        model=read_optional(fields, "modelVersion", str) or "",
        candidates=candidates,
        usage=usage,
        created_unix=parse_created(rest),
        service_tier=read_tier(reported),
        extras=own_extras(rest),
    )


def _parse_candidate(fields: Fields, seed: str) -> Candidate:
    content = read_optional(fields, "content", dict)
    parts = parse_parts(content) if content else []
    index = read_whole(fields, "index") or 0
    fill_call_ids(parts, seed if index == 0 else f"{seed}_{index}")
    rest = rest_of(fields, wire.CANDIDATE_FIELDS)
    logprobs = None
    if rest:
        add_citations(parts, rest)
        logprobs = parse_logprobs(rest.get("logprobsResult"))
    word = read_optional(fields, "finishReason", str)
    has_calls = any(type(part) is ToolCall for part in parts)
    return Candidate(parts, parse_finish(word, rest, has_calls=has_calls), index=index, logprobs=logprobs)


def parse_finish(word: str | None, rest: Fields | None, *, has_calls: bool) -> Finish:
    """STOP after calls is the others' `tool_calls`, and so is a word that nobody knows: agents go on by it. An empty word
    stands for none at all."""
    if word == "STOP" and not has_calls and not rest:
        return _STOPPED
    if word == "STOP" or (word and has_calls and word not in wire.FINISH_BY_WIRE):
        return Finish("tool_calls" if has_calls else "stop", wire=word, extras=own_extras(rest))
    if not word:
        return Finish("other", extras=own_extras({**(rest or {}), "_unsaid": True}))
    return Finish(wire.FINISH_BY_WIRE.get(word, "other"), wire=word, extras=own_extras(rest))


def parse_blocked(rest: Fields) -> Finish:
    """A prompt that was refused gets no candidate at all; for everybody else that is an empty, filtered one."""
    feedback = rest.get("promptFeedback")
    reason = feedback.get("blockReason") if type(feedback) is dict else None
    if type(reason) is not str:
        raise malformed_upstream("The provider's answer holds neither a candidate nor a reason for its absence.")
    return Finish("content_filter", wire=reason, extras=own_extras({"_blocked": True}))


def parse_created(rest: Fields) -> int | None:
    """Vertex tells when the answer was made."""
    text = rest.get("createTime")
    if type(text) is not str:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def read_tier(reported: Any) -> str | None:
    """The service tier, which is told among the counts."""
    tier = reported.get("serviceTier") if type(reported) is dict else None
    return tier if type(tier) is str else None


# -- a glance, for the meter -----------------------------------------------------------------------------------------


class _GlancedCall(msgspec.Struct, gc=False):
    name: Any = None


class _GlancedPart(msgspec.Struct, gc=False):
    call: _GlancedCall | None = msgspec.field(name="functionCall", default=None)


class _GlancedContent(msgspec.Struct, gc=False):
    parts: list[_GlancedPart] = []


class _GlancedCandidate(msgspec.Struct, gc=False):
    content: _GlancedContent | None = None
    finish_reason: str | None = msgspec.field(name="finishReason", default=None)


class _Usual(msgspec.Struct, gc=False):
    """What nearly every answer has: a candidate, and counts that raise no question."""

    candidates: Annotated[list[_GlancedCandidate], msgspec.Meta(min_length=1)]
    usage: Counts = msgspec.field(name="usageMetadata")
    model: str | None = msgspec.field(name="modelVersion", default=None)
    id: str | None = msgspec.field(name="responseId", default=None)
    error: msgspec.Raw = msgspec.Raw()


class _Odd(msgspec.Struct, gc=False):
    candidates: list[_GlancedCandidate] = []
    usage: dict[str, Any] | None = msgspec.field(name="usageMetadata", default=None)
    model: str | None = msgspec.field(name="modelVersion", default=None)
    id: str | None = msgspec.field(name="responseId", default=None)
    feedback: dict[str, Any] | None = msgspec.field(name="promptFeedback", default=None)
    error: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(_Usual).decode
_decode_odd = msgspec.json.Decoder(_Odd).decode
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def read_glance(body: bytes) -> Glance:
    """Usage and finish, nothing else; an answer that holds an error raises it. The report of usage is not kept: nobody
    tells it again."""
    try:
        if not body.isascii():
            check_utf8(body)
        seen = _decode(body)
    except _UNREADABLE:
        return look_closely(body)
    if seen.error:
        raise parse_error(200, (), body)
    return Glance(sum_counts(seen.usage), _glance_finish(seen.candidates[0]), seen.model, seen.id)


def look_closely(body: bytes) -> Glance:
    """The same, for whatever shape the answer has."""
    try:
        check_utf8(body)
        seen = _decode_odd(body)
    except _UNREADABLE:
        raise malformed_upstream("The provider's answer is not a generateContent response.") from None
    if seen.error:
        raise parse_error(200, (), body)
    finish = _glance_finish(seen.candidates[0]) if seen.candidates else parse_blocked({"promptFeedback": seen.feedback})
    usage = parse_usage(seen.usage)
    if usage is not None:
        usage = msgspec.structs.replace(usage, reported=None)
    return Glance(usage, finish, seen.model, seen.id)


def _glance_finish(candidate: _GlancedCandidate) -> Finish:
    has_calls = False
    if candidate.content is not None:
        for part in candidate.content.parts:
            if part.call is not None:
                has_calls = True
    return parse_finish(candidate.finish_reason, None, has_calls=has_calls)


def parse_token_count(body: bytes) -> int:
    """The answer to `countTokens`."""
    try:
        total = read_whole(decode_object(body), "totalTokens")
    except DragomanError as error:
        raise blame_upstream(error) from None
    if total is None:
        raise malformed_upstream("The provider's token count holds no `totalTokens`.")
    return total
