"""A whole answer as the events that a stream of it would have had: the opposite of `dialects/assemble.py`, for those
who know how to change a stream and get an answer in one piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dragoman.model import stream as s
from dragoman.model.content import Part, Reasoning, Refusal, Text, ToolCall
from dragoman.model.response import Candidate, Response


def unfold_response(response: Response) -> list[s.StreamEvent]:
    """All events, from `StreamStart` to `StreamEnd`."""
    events: list[s.StreamEvent] = [
        s.StreamStart(
            response.id,
            response.model,
            response.created_unix,
            service_tier=response.service_tier,
            extras=response.extras,
        )
    ]
    number = 0
    for candidate in response.candidates:
        for part in candidate.parts:
            events += _unfold_part(part, number, candidate.index)
            number += 1
        events += _unfold_end(candidate)
    if response.usage is not None:
        events.append(s.UsageReport(response.usage))
    events.append(s.StreamEnd())
    return events


def _unfold_end(candidate: Candidate) -> Iterator[s.StreamEvent]:
    if candidate.logprobs is not None:
        yield s.LogprobsDelta(candidate.logprobs, candidate.index)
    yield s.CandidateEnd(candidate.finish, candidate.index)


def _unfold_part(part: Part, number: int, candidate: int) -> Iterator[s.StreamEvent]:
    unfold = _UNFOLD.get(type(part))
    if unfold is None:
        return iter((s.PartDone(number, part, candidate),))
    return unfold(part, number, candidate)


def _unfold_text(part: Text, number: int, candidate: int) -> Iterator[s.StreamEvent]:
    yield s.TextStart(number, candidate, part.extras)
    yield s.TextDelta(number, part.text)
    for citation in part.citations or ():
        yield s.TextCitation(number, citation)
    yield s.TextEnd(number, part.signature)


def _unfold_reasoning(part: Reasoning, number: int, candidate: int) -> Iterator[s.StreamEvent]:
    is_summary = part.summary is not None
    yield s.ReasoningStart(number, candidate, part.id, is_summary, part.redacted)
    for section, text in enumerate(part.summary if part.summary is not None else [part.text] if part.text else []):
        yield s.ReasoningDelta(number, text, section)
    yield s.ReasoningEnd(number, part.signature, part.encrypted, part.extras)


def _unfold_refusal(part: Refusal, number: int, candidate: int) -> Iterator[s.StreamEvent]:
    yield s.RefusalStart(number, candidate, part.extras)
    yield s.RefusalDelta(number, part.text)
    yield s.RefusalEnd(number)


def _unfold_call(part: ToolCall, number: int, candidate: int) -> Iterator[s.StreamEvent]:
    yield s.ToolCallStart(number, part.id, part.name, candidate, part.kind, part.signature, part.extras)
    if part.arguments:
        yield s.ToolCallDelta(number, part.arguments)
    yield s.ToolCallEnd(number)


_UNFOLD: dict[type, Callable[[Any, int, int], Iterator[s.StreamEvent]]] = {
    Text: _unfold_text,
    Reasoning: _unfold_reasoning,
    Refusal: _unfold_refusal,
    ToolCall: _unfold_call,
}
