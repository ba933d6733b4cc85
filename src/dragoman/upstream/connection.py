"""One socket to a provider, and the exchange that is on it.

Theory of operation. Whoever waits for anything (room to write, a head, a piece of body) waits on one future. While a head
is awaited only a whole one, or a failure, wakes it; else any event does, and whoever waits looks again. An answer that
comes in one packet therefore costs one wake-up, and a timeout costs nothing: the pool's ticker calls `check` now and
then, which compares a few numbers.

Invariants: a closed connection has a `failure` and never gets a second life; bytes that come when nobody has asked for
any close it; while nobody reads, no more than `HIGH_WATER_BYTES` and one read are held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from math import inf
from typing import Protocol, cast

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Phase
from dragoman.upstream.deadlines import Deadlines
from dragoman.upstream.failures import closed_early, cut_off, timed_out
from dragoman.upstream.framing import AnswerParser
from dragoman.upstream.outbox import Outbox
from dragoman.upstream.tls import has_said_goodbye
from dragoman.upstream.transport import DEFAULT_TIMEOUTS, OutgoingRequest, Take

HIGH_WATER_BYTES = 64 * 1024
LARGE_BODY_BYTES = 64 * 1024
SLICE_BYTES = 256 * 1024


class Owner(Protocol):
    """The pool, as its connections see it."""

    outbox: Outbox

    def take_back(self, connection: Connection) -> None:
        """The exchange is over and the connection could serve another."""
        ...

    def forget(self, connection: Connection) -> None:
        """The connection is closed; called once."""
        ...


class Connection(asyncio.Protocol):
    """Writes a request, collects the answer, and tells its owner what became of it."""

    __slots__ = (
        "_buffered_bytes",
        "_is_reading_paused",
        "_is_sending",
        "_is_writing_paused",
        "_loop",
        "_monotonic",
        "_outbox",
        "_owner",
        "_transport",
        "_use_count",
        "_waiter",
        "connect_seconds",
        "deadlines",
        "failure",
        "is_cut",
        "opened_at",
        "parser",
        "retires_at",
        "take_over",
    )

    _loop: asyncio.AbstractEventLoop
    _transport: asyncio.Transport

    def __init__(self, owner: Owner, clock: Clock) -> None:
        self.parser = AnswerParser()
        self.failure: DragomanError | None = None
        self._owner = owner
        self._outbox = owner.outbox
        self._monotonic = clock.monotonic
        self.opened_at = clock.monotonic()
        self.retires_at = inf
        self.connect_seconds = 0.0
        self.deadlines = Deadlines(DEFAULT_TIMEOUTS, self.opened_at, self.opened_at, self.opened_at)
        self.take_over: Take | None = None  # takes body bytes without waking their reader
        self._waiter: asyncio.Future[None] | None = None
        self._use_count = 0
        self._buffered_bytes = 0
        self.is_cut = False
        self._is_sending = False
        self._is_reading_paused = False
        self._is_writing_paused = False

    def __repr__(self) -> str:
        state = "closed" if self.failure else self.parser.stage
        return f"<Connection {state}, {self._use_count} requests>"

    # The caller's side

    def exchange(self, request: OutgoingRequest, head: bytes, started_at: float, now: float) -> Awaitable[None]:
        """Sends a request that was called for at `started_at`. Done when the head of the answer, or a failure, is there;
        whoever gives up waiting closes the connection."""
        self.parser.expect(request.method)
        self.deadlines = Deadlines(request.timeouts, started_at, now, now)
        self._use_count += 1
        body = request.body
        if len(body) >= LARGE_BODY_BYTES:
            return self._upload(head, body)
        waiter: asyncio.Future[None] = asyncio.Future(loop=self._loop)  # as `wait`, without another frame
        self._waiter = waiter
        if self.failure is None:
            self._outbox.put(self._transport, head + body)
        else:
            self._find_dead()
        return waiter

    @property
    def is_idle(self) -> bool:
        """No exchange is on it."""
        return self.parser.stage == "idle"

    @property
    def is_stale(self) -> bool:
        """It was a pooled one that the peer had given up: cut before it yielded a byte."""
        return self.is_cut and self._use_count > 1 and self.parser.is_silent

    def wait(self) -> asyncio.Future[None]:
        """Done when anything has happened; one caller at a time."""
        waiter: asyncio.Future[None] = asyncio.Future(loop=self._loop)  # to find it out costs a system call
        self._waiter = waiter
        return waiter

    def take(self) -> bytes:
        """All body bytes that have come; empty if there are none."""
        chunks = self.parser.chunks
        body = b"".join(chunks)  # which makes no copy of a single one
        chunks.clear()
        if self._buffered_bytes:
            self._make_room()
        return body

    def mark_progress(self) -> None:
        """What was taken last meant something."""
        self.deadlines.progress_at = self._monotonic()

    def release(self) -> None:
        """The answer is whole and nobody needs it any more."""
        parser = self.parser
        if self.failure is None and parser.is_reusable and not self._is_sending:
            parser.stage = "idle"
            if parser.chunks:
                self.take()
            self.take_over = None
            self.connect_seconds = 0.0
            self._owner.take_back(self)
        else:
            self.close()

    def close(self, reason: DragomanError | None = None) -> None:
        """Closes the socket at once. Whoever waits is woken and finds the reason, unless the answer is whole."""
        if self.failure is None:
            self.failure = reason or closed_early()
            self._transport.abort()
            self._owner.forget(self)
            self._wake()

    def check(self, now: float) -> bool:
        """Ends a call that is overdue. False if there is none to watch."""
        stage = self.parser.stage
        if stage == "idle":
            return False
        if stage != "complete":
            if self._is_reading_paused:
                self.deadlines.excuse(now)
            waiting = "send" if self._is_sending and stage == "head" else stage
            name = self.deadlines.find_overdue(waiting, now)
            if name is not None:
                self.close(timed_out(name, getattr(self.deadlines.timeouts, name), self._phase()))
        return True

    # The loop's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open, and so is TLS if there is any."""
        self._loop = asyncio.get_running_loop()
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=LARGE_BODY_BYTES, low=0)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        parser = self.parser
        if self.failure is not None or parser.stage == "idle":
            self.close()
            return
        self.deadlines.heard_at = self._monotonic()
        try:
            parser.feed(data)
        except DragomanError as error:
            self.close(error)
        stage = parser.stage
        if stage == "head":
            return  # there is nothing to see yet
        if stage == "body":
            if self.take_over is not None and self._pass_on(self.take_over):
                return
            self._bound_buffer(len(data))
        self._wake()

    def eof_received(self) -> None:
        """The peer will send no more, and neither shall we: nobody answers on a half-closed connection."""
        if has_said_goodbye(self._transport):
            self.parser.end()
        self.connection_lost(None)

    def connection_lost(self, error: Exception | None) -> None:
        """The socket is closed. Without an `eof_received` before it even a body that lasts until the end was cut."""
        if self.failure is None:
            self.is_cut = True
            self.close(cut_off(self._phase()))

    def pause_writing(self) -> None:
        """The peer takes the request more slowly than we write it."""
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        """All that was written has gone out."""
        self._is_writing_paused = False
        if self._is_sending:
            self._wake()

    async def _upload(self, head: bytes, body: bytes) -> None:
        """Writes a large body no faster than the peer takes it; stops when the answer comes before its end. The head goes
        with the first of it: in a packet of its own it would wake the peer for nothing."""
        if self.failure is not None:
            self._find_dead()
            return
        self._is_sending = True
        view = memoryview(body)
        for start in range(0, len(view), SLICE_BYTES):
            piece = view[start : start + SLICE_BYTES]
            self._transport.writelines((head, piece) if start == 0 else (piece,))
            while self._is_writing_paused:
                await self.wait()
                if self.parser.stage != "head" or self.failure is not None:
                    return
        self._is_sending = False
        self.deadlines.phase_at = self._monotonic()
        while self.parser.stage == "head" and self.failure is None:
            await self.wait()

    def _find_dead(self) -> None:
        """It died between being handed out and being used."""
        self.is_cut = True
        self._wake()

    def _phase(self) -> Phase:
        if self.parser.is_silent:
            return "send" if self._is_sending else "first_byte"
        return "connect" if self.parser.stage == "idle" else "body"

    def _bound_buffer(self, count: int) -> None:
        self._buffered_bytes += count
        if self._buffered_bytes > HIGH_WATER_BYTES and not self._is_reading_paused and self.failure is None:
            self._is_reading_paused = True
            self._transport.pause_reading()

    def _make_room(self) -> None:
        self._buffered_bytes = 0
        if self._is_reading_paused and self.failure is None:
            self._is_reading_paused = False
            self._transport.resume_reading()

    def _pass_on(self, take: Take) -> bool:
        """Whether what came went on by itself. If its reader is busy, it keeps its place behind what that has."""
        chunks = self.parser.chunks
        if self._waiter is None or self.failure is not None or not chunks:
            return False
        try:
            if not take(b"".join(chunks)):
                return False
        except DragomanError as error:
            self.close(error)
        chunks.clear()
        self._buffered_bytes = 0
        return True

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)
