"""What is said on one WebSocket of the Responses API: each request in it goes the way of a `POST`.

Theory of operation. A message becomes a request to the data plane, with the headers that the connection began with; the
events of its answer become messages again. So who calls, what he may, what it costs and what is lost is found out as for
any other request, each time anew. Requests of one lane are answered one after the other, lanes beside each other. To the
data plane a lane is a connection: it is told of the disconnect, and may end it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Protocol

import msgspec

from dragoman.dialects.base import ClientSide
from dragoman.dialects.openai_responses import socket
from dragoman.errors import DragomanError
from dragoman.http.data_plane import CONNECTION_KEY, Scope
from dragoman.http.lane_answer import LaneAnswer, word_error
from dragoman.http.websocket import GOING_AWAY, MAX_MINUTES
from dragoman.service.keeping.socket_memory import SocketMemory
from dragoman.service.keeping.warm_up import WarmUps

MAX_LANES = 32
MAX_AT_A_TIME = 16
MAX_WAITING = 64
MAX_WAITING_BYTES = 64 * 1024 * 1024

App = Callable[[Scope, Callable[[], Awaitable[Scope]], Callable[[Scope], Awaitable[None]]], Awaitable[None]]
Start = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]


class Wire(Protocol):
    """The connection itself."""

    loop: asyncio.AbstractEventLoop

    @property
    def is_free(self) -> bool: ...

    def write(self, message: bytes) -> None: ...

    async def send(self, message: bytes) -> None: ...

    def close(self, code: int, reason: str = "") -> None: ...

    def abort(self) -> None: ...


class Shared(msgspec.Struct, frozen=True):
    """What all connections have in common: who answers, in which words, and what is remembered."""

    app: App
    client: ClientSide
    memory: SocketMemory
    warm_ups: WarmUps
    start: Start  # runs work beside everything else


class Lane:
    """Requests that are answered one after the other; what waits is a request, or what is to be said in its turn."""

    current = None  # the data plane gets all that it needs by ASGI's messages

    def __init__(self, name: str | None, wire: Wire) -> None:
        self.name = name
        self.loop = wire.loop
        self.abort = wire.abort
        self.on_disconnect: Callable[[], None] | None = None
        self.waiting: deque[socket.ClientEvent | bytes] = deque()
        self.task: asyncio.Task[None] | None = None


class SocketSession:
    """One connection's."""

    def __init__(self, wire: Wire, scope: Scope, shared: Shared) -> None:
        self._wire = wire
        self._scope = scope
        self._shared = shared
        self._number = shared.memory.open()
        self._lanes: dict[str | None, Lane] = {None: Lane(None, wire)}
        self._slots = asyncio.Semaphore(MAX_AT_A_TIME)
        self._waiting = 0
        self._waiting_bytes = 0
        self._farewell: bytes | None = None  # said when all is done; then the connection ends

    def __repr__(self) -> str:
        return f"<SocketSession: {len(self._lanes)} lanes, {self._waiting} requests>"

    # The connection's side

    def take(self, message: bytes, *, is_text: bool) -> None:
        """A client has said something."""
        try:
            event = socket.read_event(message) if is_text else None
        except DragomanError as error:
            self._queue(None, self._word(error))
            return
        if event is None:
            self._queue(None, self._word(socket.no_text()))
        elif event.kind == socket.CREATE:
            self._queue(event.lane, self._farewell or event)
        elif event.kind == socket.STEER:
            self._queue(None, socket.emit_steer_refusal(event.document))
        else:
            self._queue(event.lane, self._word(socket.unknown_event(event.kind), event.lane))

    def leave(self) -> None:
        """The client is gone: what is under way ends, unless it is to be finished for the record."""
        self._shared.memory.forget(self._number)
        for lane in self._lanes.values():
            lane.waiting.clear()
            if lane.on_disconnect is not None:
                lane.on_disconnect()

    def end(self, *, is_too_old: bool) -> None:
        """Answer what was asked, and then no more."""
        too_old = socket.connection_too_old(MAX_MINUTES)
        self._farewell = self._word(too_old) if is_too_old else b""
        self._end_if_done()

    async def finish(self) -> None:
        """Until nothing is under way any more."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if tasks:
            await asyncio.wait(tasks)

    # The lanes' side

    def _queue(self, name: str | None, said: socket.ClientEvent | bytes) -> None:
        lane = self._lanes.get(name)
        if lane is None and len(self._lanes) > MAX_LANES:
            lane, said = self._lanes[None], self._word(socket.too_many_lanes(MAX_LANES), name)
        if self._waiting >= MAX_WAITING or self._waiting_bytes > MAX_WAITING_BYTES:
            self._turn_away(name)
            return
        if lane is None:
            lane = self._lanes[name] = Lane(name, self._wire)
        lane.waiting.append(said)
        self._waiting += 1
        self._waiting_bytes += measure(said)
        if lane.task is None:
            lane.task = self._shared.start(self._work(lane), "lane of a websocket")

    def _turn_away(self, name: str | None) -> None:
        """One who does not even read what he is told is left alone."""
        if self._wire.is_free:
            self._wire.write(self._word(socket.too_many_waiting(MAX_WAITING), name))
        else:
            self._wire.abort()

    async def _work(self, lane: Lane) -> None:
        try:
            while lane.waiting:
                said = lane.waiting.popleft()
                async with self._slots:
                    await (self._wire.send(said) if isinstance(said, bytes) else self._answer(lane, said))
                self._waiting -= 1
                self._waiting_bytes -= measure(said)
        finally:
            lane.task = None
            self._end_if_done()

    async def _answer(self, lane: Lane, event: socket.ClientEvent) -> None:
        shared = self._shared
        asked = shared.memory.recall(self._number, event.document)
        note = partial(shared.memory.note, self._number, lane.name, asked)
        if socket.is_warm_up(event.document):
            for message in self._warm_up(asked.body, lane.name, note):
                await self._wire.send(message)
            return
        reply = LaneAnswer(lane.name, asked.changes, note, self._wire.send)
        await shared.app({**self._scope, CONNECTION_KEY: lane}, open_receive(asked.body), reply.send)
        lane.on_disconnect = None

    def _warm_up(self, body: bytes, lane: str | None, note: Callable[[bytes], None]) -> list[bytes]:
        """What is told of a request to which nothing is answered."""
        try:
            messages, answer = self._shared.warm_ups.answer(body, lane)
        except DragomanError as error:
            return [self._word(error, lane)]
        note(answer)
        return messages

    def _word(self, error: DragomanError, lane: str | None = None) -> bytes:
        return word_error(self._shared.client, error, lane)

    def _end_if_done(self) -> None:
        if self._farewell is None or any(lane.task is not None for lane in self._lanes.values()):
            return
        if self._farewell:
            self._wire.write(self._farewell)
        self._wire.close(GOING_AWAY)


def measure(said: socket.ClientEvent | bytes) -> int:
    """How many bytes wait with it."""
    return len(said) if isinstance(said, bytes) else len(said.document.body)


def open_receive(body: bytes) -> Callable[[], Awaitable[Scope]]:
    """A body as ASGI has it, whole."""

    async def receive() -> Scope:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
