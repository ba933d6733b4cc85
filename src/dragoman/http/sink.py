"""The edge's half of one exchange: an ASGI `send` with a memory of what has gone and since when the client is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import msgspec

from dragoman.dialects.base import ClientSide, WireReply
from dragoman.errors import DragomanError
from dragoman.routing.target import HeaderPairs

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Cycle(Protocol):
    """The server's own side of a request, where the server is ours: it takes bytes without a message around them."""

    is_whole: bool

    def take(self) -> bytes: ...

    @property
    def is_free(self) -> bool: ...

    def send_whole(self, status: int, content_type: bytes, headers: HeaderPairs, body: bytes) -> bool: ...

    def send_body(self, body: bytes, *, more_body: bool) -> None: ...


class AsgiSink(msgspec.Struct, eq=False):
    """Where the service writes an answer to. `task` is the one that answers, so that others can stop it. A Struct, because
    there is one for each request, and it is made at half the cost of a class with that many fields."""

    send: Send
    client: ClientSide
    loop: asyncio.AbstractEventLoop
    task: asyncio.Task[Any] | None
    cycle: Cycle | None = None
    page_headers: HeaderPairs = ()  # what goes with each answer to a browser's page
    is_started: bool = False
    is_complete: bool = False
    is_gone: bool = False  # the client has left
    is_stream: bool = False
    survives_disconnect: bool = False
    failure: DragomanError | None = None  # why the gateway itself ends this exchange
    last_sent: float = 0.0
    sending_since: float | None = None

    def __repr__(self) -> str:
        return f"<AsgiSink {self.client.name}>"

    def announce(self, *, is_stream: bool, survives_disconnect: bool) -> None:
        """What kind of answer is coming, as soon as that is known."""
        self.is_stream = is_stream
        self.survives_disconnect = survives_disconnect
        if is_stream:
            self.last_sent = self.loop.time()

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None:
        """A whole answer."""
        if reply.headers or self.page_headers:
            headers = (*reply.headers, *headers, *self.page_headers)
        cycle = self.cycle
        if cycle is None or not cycle.send_whole(reply.status, reply.content_type, headers, reply.body):
            self.is_started = True
            start = [(b"content-type", reply.content_type), (b"content-length", b"%d" % len(reply.body)), *headers]
            await self.send({"type": "http.response.start", "status": reply.status, "headers": start})
            await self.send({"type": "http.response.body", "body": reply.body})
        self.is_started = self.is_complete = True

    async def send_nothing(self, headers: HeaderPairs) -> None:
        """An answer that is all head."""
        await self._begin(204, headers)
        await self.end_stream()

    async def start_stream(self, content_type: bytes, headers: HeaderPairs) -> None:
        """The status line of a stream. Proxies on the way are asked not to gather its events."""
        start = ((b"content-type", content_type), (b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))
        await self._begin(200, (*start, *headers))

    async def _begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.is_started = True
        start = [*headers, *self.page_headers]
        await self.send({"type": "http.response.start", "status": status, "headers": start})

    async def send_chunk(self, chunk: bytes) -> None:
        """Some of a stream; returns when the client's connection has room again."""
        self.sending_since = self.last_sent = self.loop.time()
        await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
        self.sending_since = None

    def find_outlet(self) -> AsgiSink | None:
        """Itself, where the server is ours."""
        return None if self.cycle is None else self

    @property
    def is_free(self) -> bool:
        """Whether the client's connection takes more of a stream at once."""
        return self.cycle is not None and self.cycle.is_free

    def write(self, chunk: bytes) -> None:
        """Some of a stream, where the sink is free."""
        if self.cycle is None:
            raise AssertionError("only a free sink is written to")
        self.last_sent = self.loop.time()
        self.cycle.send_body(chunk, more_body=True)

    async def end_stream(self) -> None:
        """The stream's proper end, as HTTP sees it."""
        await self.send({"type": "http.response.body", "body": b""})
        self.is_complete = True

    async def beat(self) -> None:
        """A sign of life while nothing else is being said."""
        heartbeat = self.client.heartbeat
        if heartbeat is None or self.is_complete or self.is_gone or self.sending_since is not None:
            return
        if not self.is_started:
            await self.start_stream(self.client.stream_content_type, ())
        await self.send_chunk(heartbeat)

    def leave(self) -> None:
        """The client has gone: stop the work unless it is to be finished for the record."""
        if not self.is_complete and not self.survives_disconnect:
            self.is_gone = True
            self._stop()

    def end_early(self, failure: DragomanError) -> None:
        """The gateway must end this exchange; the client is told in its own words."""
        if not self.is_complete and self.failure is None:
            self.failure = failure
            self._stop()

    def _stop(self) -> None:
        if self.task is not None:
            self.task.cancel()


def tick_sinks(sinks: Iterable[AsgiSink], now: float, heartbeat_seconds: float, slow_seconds: float) -> list[AsgiSink]:
    """One look at all open exchanges: gives up on readers that are too slow, returns those that need a heartbeat."""
    quiet: list[AsgiSink] = []
    for sink in sinks:
        if sink.sending_since is not None:
            if now - sink.sending_since > slow_seconds:
                sink.leave()
        elif sink.is_stream and now - sink.last_sent >= heartbeat_seconds and sink.client.heartbeat is not None:
            sink.last_sent = now
            quiet.append(sink)
    return quiet
