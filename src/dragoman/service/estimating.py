"""Tokens of exchanges whose provider says nothing of them, estimated from the words themselves.

By then the words would be gone, so answers of targets that have not yet shown that they report are kept until their end
(`Reporters`); the others go by without a thought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import msgspec

from dragoman.adapt.counting.ruler import find_ruler
from dragoman.dialects.base import ProviderSide
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model.content import Part, Text, ToolCall
from dragoman.model.request import Request
from dragoman.model.stream import ReasoningDelta, RefusalDelta, StreamEvent, TextDelta, ToolCallDelta, ToolCallStart
from dragoman.model.usage import Usage
from dragoman.routing.target import Target
from dragoman.service.answers import WrappedAnswer
from dragoman.upstream.transport import Answer

MAX_KEPT_BYTES = 256 * 1024
"""Of a stream; what comes after it is taken to be like what came before."""
PARSED_BYTES = 512
"""Read in such pieces, an event that is broken takes none of those before it along."""
MAX_REPORTERS = 4096

ReadRequest = Callable[[], Request]
Report = tuple[str, str, bool]
"""Provider, model, and whether it is about streams."""


class Reporters:
    """The targets that have told of their usage."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: set[Report] = set()

    def listen(self, answer: Answer, side: ProviderSide, target: Target, *, is_stream: bool) -> Tape | None:
        """What keeps this answer; None where that is not needed."""
        if (target.provider.name, target.model, is_stream) in self._told or side.name not in DIALECTS:
            return None
        return Tape(answer, side, target, self)

    def note(self, report: Report) -> None:
        """This one has told."""
        if len(self._told) >= MAX_REPORTERS:
            self._told.clear()
        self._told.add(report)


class Tape(WrappedAnswer):
    """A provider's answer, kept as it is read, up to a bound. To whoever reads it, it is the answer itself."""

    def __init__(self, answer: Answer, side: ProviderSide, target: Target, reporters: Reporters) -> None:
        super().__init__(answer)
        self._side = side
        self._target = target
        self._reporters = reporters
        self._kept_bytes = 0
        self._lost_bytes = 0
        self._chunks: list[bytes] = []
        self._is_whole = False

    async def read_chunk(self) -> bytes:
        chunk = await self._answer.read_chunk()
        self._keep(chunk)
        return chunk

    async def read_all(self, limit_bytes: int) -> bytes:
        body = await self._answer.read_all(limit_bytes)
        self._is_whole = True
        self._chunks.append(body)
        return body

    def _keep(self, chunk: bytes) -> None:
        if self._lost_bytes or self._kept_bytes + len(chunk) > MAX_KEPT_BYTES:
            self._lost_bytes += len(chunk)
        else:
            self._kept_bytes += len(chunk)
            self._chunks.append(chunk)

    def settle(self, usage: Usage | None, read_request: ReadRequest, *, is_answered: bool) -> Usage | None:
        """The usage that was told, or else an estimate; None where there was no answer, or it cannot be understood."""
        if usage is not None:
            self._reporters.note(name_report(self._target, is_stream=not self._is_whole))
            return usage
        if not is_answered:
            return None
        estimate = estimate_reply if self._is_whole else estimate_stream
        estimated = estimate(read_request, self._target.model, self._side, b"".join(self._chunks))
        if estimated is None or not self._lost_bytes:
            return estimated
        output = estimated.output * (self._kept_bytes + self._lost_bytes) // max(self._kept_bytes, 1)
        return msgspec.structs.replace(estimated, output=output)


def name_report(target: Target, *, is_stream: bool) -> Report:
    """What a target tells of a stream it may not tell of a whole answer."""
    return target.provider.name, target.model, is_stream


def estimate_reply(read_request: ReadRequest, model: str, side: ProviderSide, body: bytes) -> Usage | None:
    """The usage of a whole answer; None where one of the two cannot be understood."""
    try:
        request, response = read_request(), side.parse_response(body)
    except DragomanError:
        return None
    parts = [part for candidate in response.candidates for part in candidate.parts]
    return _estimate(request, model, parts)


def estimate_stream(read_request: ReadRequest, model: str, side: ProviderSide, body: bytes) -> Usage | None:
    """The usage of a stream, also of one that was cut off."""
    try:
        request = read_request()
    except DragomanError:
        return None
    return _estimate(request, model, collect_parts(_parse(side, body)))


def _estimate(request: Request, model: str, parts: list[Part]) -> Usage:
    ruler = find_ruler(model)
    return Usage(input=ruler.count_request(request), output=ruler.count_answer(parts), is_estimate=True)


def _parse(side: ProviderSide, body: bytes) -> list[StreamEvent]:
    """All events until the first thing that is wrong."""
    parser = side.open_parser()
    events: list[StreamEvent] = []
    try:
        for start in range(0, len(body), PARSED_BYTES):
            events += parser.feed(body[start : start + PARSED_BYTES])
        events += parser.finish()
    except DragomanError:
        pass  # what came before it was said all the same
    return events


def collect_parts(events: Iterable[StreamEvent]) -> list[Part]:
    """What was said in a stream: all of its text as one, and every call."""
    texts: list[str] = []
    calls: dict[int, str] = {}
    arguments: dict[int, list[str]] = defaultdict(list)
    for event in events:
        if isinstance(event, (TextDelta, ReasoningDelta, RefusalDelta)):
            texts.append(event.text)
        elif isinstance(event, ToolCallStart):
            calls[event.part] = event.name
        elif isinstance(event, ToolCallDelta):
            arguments[event.part].append(event.arguments)
    said: list[Part] = [ToolCall("", name, "".join(arguments[part])) for part, name in calls.items()]
    return [Text("".join(texts)), *said]
