"""Answers on their way through a passage, which may have to be waited for.

Relays are fed and never wait. So whatever takes time is done where bytes are waited for anyway: `PassingAnswer` reads
them, has them parsed and passed, and lays the events ready; `ReadyEvents` is the parser that a relay then takes them
from.
"""

from __future__ import annotations

import msgspec

from dragoman.dialects.assemble import assemble
from dragoman.dialects.base import StreamParser
from dragoman.model.response import Response
from dragoman.model.stream import StreamEvent
from dragoman.service.answers import WrappedAnswer
from dragoman.service.shaping import Passage, Shaped, reshape_response
from dragoman.service.unfold import unfold_response
from dragoman.upstream.transport import Answer


class ReadyEvents:
    """A parser that has nothing to parse."""

    __slots__ = ("events",)

    def __init__(self) -> None:
        self.events: list[StreamEvent] = []

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        """What lies ready, whatever bytes it was made of."""
        events, self.events = self.events, []
        return events

    def finish(self) -> list[StreamEvent]:
        """The last of it."""
        return self.feed(b"")


class PassingAnswer(WrappedAnswer):
    """A stream whose events pass before anybody sees its bytes."""

    def __init__(self, answer: Answer, parser: StreamParser, passage: Passage) -> None:
        super().__init__(answer)
        self.ready = ReadyEvents()
        self._parser = parser
        self._passage = passage
        self._is_over = False

    async def read_chunk(self) -> bytes:
        """The next bytes, when their events have passed; at the end, those that only the end brings have passed."""
        chunk = await self._answer.read_chunk()
        if chunk:
            self.ready.events += await self._passage.pass_events(self._parser.feed(chunk))
        elif not self._is_over:
            self._is_over = True
            self.ready.events += await self._passage.pass_events(self._parser.finish())
            self._passage.finish()
        return chunk


def let_pass(answer: Answer, parser: StreamParser, shaped: Shaped | None) -> tuple[Answer, StreamParser]:
    """A stream and its parser, with the passage between them if there is one."""
    if shaped is None or shaped.passage is None:
        return answer, parser
    passing = PassingAnswer(answer, parser, shaped.passage)
    return passing, passing.ready


async def finish_response(response: Response, shaped: Shaped) -> Response:
    """A whole answer after its reshape and its passage."""
    if shaped.reshape is not None:
        response = reshape_response(response, shaped.reshape)
    if shaped.passage is not None:
        response = await pass_response(response, shaped.passage)
    return response


async def pass_response(response: Response, passage: Passage) -> Response:
    """A whole answer, as a stream of it would have passed."""
    passed = assemble(await passage.pass_events(unfold_response(response)))
    passage.finish()
    return msgspec.structs.replace(response, candidates=passed.candidates, usage=passed.usage)
