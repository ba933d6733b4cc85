"""A transport without a network, shipped because our tests and those of plugins need the same one.

It answers each request from a script, remembers what it was asked, and obeys the rules of the real one: cancelling a
`send` or a read closes the answer, `close` before the end counts as closed early, and a read after that is an error
and never a clean end. Nothing here knows time: a timeout is scripted as the error that it would be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from dragoman.errors import DragomanError
from dragoman.upstream.failures import closed_early, oversized, shut_down
from dragoman.upstream.transport import Headers, OutgoingRequest, Take

Step = bytes | asyncio.Event | DragomanError
"""A piece of body, something to wait for, or a failure that ends the answer."""


class Script(msgspec.Struct, frozen=True):
    """One answer to come. `before_head` are steps too; bytes have no meaning there."""

    status: int = 200
    headers: Headers = []
    chunks: tuple[Step, ...] = ()
    before_head: tuple[asyncio.Event | DragomanError, ...] = ()
    connect_seconds: float = 0.0


Scripts = Iterable[Script | DragomanError] | Callable[[OutgoingRequest], Script | DragomanError]


class ScriptedAnswer:
    """Plays a script: one read, one chunk."""

    def __init__(self, script: Script) -> None:
        self.status = script.status
        self.headers: Headers = list(script.headers)
        self.connect_seconds = script.connect_seconds
        self.progress_count = 0
        self.is_ended = False
        self.closed_early = False
        self._steps = iter(script.chunks)
        self._failure: DragomanError | None = None
        self._waiting: asyncio.Task[Literal[True]] | None = None

    def __repr__(self) -> str:
        state = "ended" if self.is_ended else "closed early" if self.closed_early else "open"
        return f"<ScriptedAnswer {self.status}, {state}>"

    def header(self, name: bytes) -> bytes | None:
        """The first header of that (lower-case) name."""
        return next((value for candidate, value in self.headers if candidate == name), None)

    async def read_chunk(self) -> bytes:
        """The next chunk of the script; empty at its end."""
        if self._failure is not None:
            raise self._failure
        for step in self._steps:
            if not isinstance(step, bytes):
                await self._follow(step)
            elif step:
                return step
        self.is_ended = True
        return b""

    def pass_to(self, take: Take) -> None:
        """A script is read chunk by chunk."""

    async def read_all(self, limit_bytes: int) -> bytes:
        """All chunks, or an error if they are more than that."""
        body = b""
        while chunk := await self.read_chunk():
            body += chunk
            if len(body) > limit_bytes:
                self.close()
                raise oversized(limit_bytes)
        return body

    def mark_progress(self) -> None:
        """Counts how often the reader found meaning in what it read."""
        self.progress_count += 1

    def close(self) -> None:
        """Closes the answer; before its end that is early."""
        if not self.is_ended and self._failure is None:
            self.closed_early = True
            self._failure = closed_early()
            if self._waiting is not None:
                self._waiting.cancel()

    async def _follow(self, step: asyncio.Event | DragomanError) -> None:
        if isinstance(step, DragomanError):
            self._failure = step
            raise step
        try:
            async with asyncio.TaskGroup() as group:
                self._waiting = group.create_task(step.wait())
        except BaseException:
            self.close()
            raise
        if self._failure is not None:  # closed from elsewhere meanwhile
            raise self._failure


class ScriptedTransport:
    """Answers by a list (one script a request, in order) or by a function of the request."""

    def __init__(self, scripts: Scripts) -> None:
        self.requests: list[OutgoingRequest] = []
        self.answers: list[ScriptedAnswer] = []
        self.cancelled_sends = 0
        self.is_closed = False
        self._next_script = scripts if callable(scripts) else _take_in_order(scripts)

    def __repr__(self) -> str:
        return f"<ScriptedTransport {len(self.requests)} requests>"

    async def send(self, request: OutgoingRequest) -> ScriptedAnswer:
        """Plays the next script up to its head."""
        if self.is_closed:
            raise shut_down()
        self.requests.append(request)
        script = self._next_script(request)
        if isinstance(script, DragomanError):
            raise script
        await self._play_until_head(script)
        answer = ScriptedAnswer(script)
        self.answers.append(answer)
        return answer

    async def aclose(self) -> None:
        """Closes what is still open and refuses further requests."""
        self.is_closed = True
        for answer in self.answers:
            answer.close()

    async def _play_until_head(self, script: Script) -> None:
        for step in script.before_head:
            if isinstance(step, DragomanError):
                raise step
            try:
                await step.wait()
            except BaseException:
                self.cancelled_sends += 1
                raise


def _take_in_order(scripts: Iterable[Script | DragomanError]) -> Callable[[OutgoingRequest], Script | DragomanError]:
    remaining = iter(scripts)

    def take(request: OutgoingRequest) -> Script | DragomanError:
        script = next(remaining, None)
        if script is None:
            message = f"the script has no answer for one more request ({request.target.decode('latin-1')})"
            raise AssertionError(message)
        return script

    return take
