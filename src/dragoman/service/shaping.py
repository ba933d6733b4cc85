"""What a target cannot do by itself is done for it around the translation: the request is changed before it is emitted,
and the answer's events on their way back.

Invariant: a shaping that has nothing to do gives back the very same request object and no reshape; if all of them do,
the request goes its usual way, bytes through where the dialects are the same. Which shapings a target needs is worked
out at configuration load (`Target.shapings`); nearly all need none. Requests pass them in order, answers in the
opposite order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from dragoman.dialects.assemble import assemble
from dragoman.dialects.base import StreamParser
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Candidate, Response
from dragoman.model.stream import StreamEvent, StreamStart, UsageReport
from dragoman.model.usage import Usage
from dragoman.routing.target import Target
from dragoman.service.unfold import unfold_response


class Reshape(Protocol):
    """Changes one answer on its way back. State of one answer; never reused."""

    def feed(self, events: list[StreamEvent]) -> list[StreamEvent]:
        """What may go on now. The list that comes may be empty, and so may the one that goes."""
        ...

    def finish(self) -> list[StreamEvent]:
        """The answer has come to its proper end, `StreamEnd` and all. May raise `UnmetError` (`adapt/unmet.py`): then the
        request is asked once more with its correction, if nothing has gone to the client yet."""
        ...


class Passage(Protocol):
    """Changes one answer after all reshapes, and may take its time. State of one answer; never reused."""

    async def pass_events(self, events: list[StreamEvent]) -> list[StreamEvent]:
        """What goes on in place of these events."""
        ...

    def finish(self) -> None:
        """The answer has come to its proper end."""
        ...


class Shaped(msgspec.Struct, frozen=True):
    """A request as its target gets it, and what happens to the answer. At most one shaping gives a passage."""

    request: Request
    reshape: Reshape | None = None
    passage: Passage | None = None

    def differs_from(self, request: Request | None) -> bool:
        """Whether anything was done to this request or is to be done to its answer."""
        return self.request is not request or self.reshape is not None or self.passage is not None

    def with_spent(self, spent: Usage | None) -> Shaped:
        """The same; the answer's usage has to tell what an earlier answer has cost as well."""
        if spent is None:
            return self
        added = AddedUsage(spent)
        reshape = added if self.reshape is None else ReshapeChain([self.reshape, added])
        return msgspec.structs.replace(self, reshape=reshape)


class Shaping(Protocol):
    """One thing that is done for targets. Serves all requests; `losses` is told what it did."""

    async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped: ...


async def shape_request(
    request: Request, target: Target, shapings: Mapping[str, Shaping], losses: list[Loss]
) -> Shaped:
    """The request after all shapings of its target."""
    reshapes: list[Reshape] = []
    passage: Passage | None = None
    for name in target.shapings:
        shaped = await shapings[name].shape(request, target, losses)
        request = shaped.request
        if shaped.reshape is not None:
            reshapes.append(shaped.reshape)
        passage = passage or shaped.passage
    reshapes.reverse()
    if len(reshapes) > 1:
        return Shaped(request, ReshapeChain(reshapes), passage)
    return Shaped(request, reshapes[0] if reshapes else None, passage)


class ReshapeChain:
    """Several reshapes as one; events pass them in the order in which they stand here."""

    __slots__ = ("_reshapes",)

    def __init__(self, reshapes: Sequence[Reshape]) -> None:
        self._reshapes = reshapes

    def feed(self, events: list[StreamEvent]) -> list[StreamEvent]:
        return _pass_through(self._reshapes, events)

    def finish(self) -> list[StreamEvent]:
        last: list[StreamEvent] = []
        for position, reshape in enumerate(self._reshapes):
            last += _pass_through(self._reshapes[position + 1 :], reshape.finish())
        return last


class AddedUsage:
    """Adds what was spent before to whatever usage an answer tells."""

    __slots__ = ("_spent",)

    def __init__(self, spent: Usage) -> None:
        self._spent = spent

    def feed(self, events: list[StreamEvent]) -> list[StreamEvent]:
        return [self._add(event) if isinstance(event, StreamStart | UsageReport) else event for event in events]

    def finish(self) -> list[StreamEvent]:
        return []

    def _add(self, event: StreamStart | UsageReport) -> StreamEvent:
        return (
            event if event.usage is None else msgspec.structs.replace(event, usage=add_usage(event.usage, self._spent))
        )


def add_usage(one: Usage, other: Usage) -> Usage:
    """Two answers' usage as one. What a provider reported itself is that of a single answer, so it is left out."""
    tokens = {
        name: count + getattr(other, name) for name, count in msgspec.structs.asdict(one).items() if type(count) is int
    }
    return Usage(**tokens, is_estimate=one.is_estimate or other.is_estimate, tier=one.tier or other.tier)


def _pass_through(reshapes: Iterable[Reshape], events: list[StreamEvent]) -> list[StreamEvent]:
    for reshape in reshapes:
        events = reshape.feed(events)
    return events


class ReshapingParser:
    """A provider's stream, parsed and reshaped: to the relay it is a parser like any other."""

    __slots__ = ("_parser", "_reshape")

    def __init__(self, parser: StreamParser, reshape: Reshape) -> None:
        self._parser = parser
        self._reshape = reshape

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        return self._reshape.feed(self._parser.feed(chunk))

    def finish(self) -> list[StreamEvent]:
        events = self._reshape.feed(self._parser.finish())
        return events + self._reshape.finish()


def reshape_response(response: Response, reshape: Reshape) -> Response:
    """A whole answer after its reshape: as a stream of it would have been."""
    events = reshape.feed(unfold_response(response))
    reshaped = assemble([*events, *reshape.finish()])
    known = {candidate.index: candidate for candidate in response.candidates}
    candidates = [_keep_extras(candidate, known.get(candidate.index)) for candidate in reshaped.candidates]
    return msgspec.structs.replace(response, candidates=candidates, usage=reshaped.usage)


def _keep_extras(candidate: Candidate, before: Candidate | None) -> Candidate:
    """What events have no room for stays as it was."""
    if before is None:
        return candidate
    return msgspec.structs.replace(before, parts=candidate.parts, finish=candidate.finish, logprobs=candidate.logprobs)
