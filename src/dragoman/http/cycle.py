"""One request and its answer on a server connection, as ASGI sees them.

A small request comes with its body in one packet, so `receive` mostly has nothing to wait for; the status line waits
for the first piece of the answer's body, so that a whole answer is one write to the socket. Headers are joined without
looking at each, and the breaks between lines are counted at the end: that proves that no line broke in two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http.client import responses
from typing import Any, Protocol

import msgspec
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.outbox import Outbox

Message = dict[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

_STATUS_LINES = {status: f"HTTP/1.1 {status} {responses.get(status, '')}".encode() for status in range(200, 600)}
_BODILESS = frozenset({204, 304})
_CLOSE = (b"connection", b"close")
_CHUNKED = b"transfer-encoding: chunked"
_BREAKS_OF_WHOLE = 4  # after status, type, length, and the empty line
_REFUSALS = 400  # the first status of those that may end a connection
_join_pair = b": ".join


class Connection(Protocol):
    """What the requests of one connection have in common."""

    transport: asyncio.Transport
    flow: FlowControl
    out: Outbox

    def go_on(self) -> None:
        """An answer is out."""


class GatewayCycle(msgspec.Struct, eq=False):
    """For applications that name their headers in lower case and never set `transfer-encoding`. A Struct, because there
    is one for each request, and it is made at half the cost of a class with that many fields."""

    scope: Message
    _connection: Connection
    _body: bytes = b""  # what has come of the request's and was not taken
    is_whole: bool = False  # the request's body has come
    keep_alive: bool = True
    is_answered: bool = False
    is_gone: bool = False  # the client has closed the connection
    _waiter: asyncio.Future[None] | None = None
    _waits_for_continue: bool = False
    _pending_head: bytes = b""
    _is_chunked: bool = False

    def __repr__(self) -> str:
        return f"<GatewayCycle {'answered' if self.is_answered else 'open'}>"

    # The connection's side

    def expect_continue(self) -> None:
        """The client waits for leave to send its body."""
        self._waits_for_continue = True

    def add_body(self, piece: bytes) -> None:
        """Some of the request's body came. Reading stops while too much of it waits to be taken."""
        if self.is_answered:
            return
        self._body = self._body + piece if self._body else piece
        if len(self._body) > HIGH_WATER_LIMIT:
            self._connection.flow.pause_reading()
        self._wake()

    def end_body(self) -> None:
        """The request is whole."""
        self.is_whole = True
        self._wake()

    def leave(self) -> None:
        """The client has gone."""
        self.is_gone = not self.is_answered
        self._wake()

    def close_unanswered(self) -> None:
        """The application has ended without an answer; if its client waits for one, that costs it the connection."""
        if not self.is_gone:
            self._connection.out.flush()
            self._connection.transport.close()

    # The application's side

    async def receive(self) -> Message:
        """The next of the request's body; waits for some."""
        connection = self._connection
        if self._waits_for_continue and not connection.transport.is_closing():
            connection.out.put(connection.transport, b"HTTP/1.1 100 Continue\r\n\r\n")
            self._waits_for_continue = False
        while not (self._body or self.is_whole or self.is_gone):
            connection.flow.resume_reading()
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self.is_gone:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self.take(), "more_body": not self.is_whole}

    def take(self) -> bytes:
        """What has come of the request's body since the last time."""
        body, self._body = self._body, b""
        flow = self._connection.flow
        if flow.read_paused:
            flow.resume_reading()  # or nobody would see the client leave
        return body

    async def send(self, message: Message) -> None:
        """Take some of the answer; waits while the client does not read."""
        flow = self._connection.flow
        if flow.write_paused and not self.is_gone:
            await flow.drain()
        if self.is_gone:
            return
        if message["type"] == "http.response.start":
            self._start(message["status"], message["headers"])
        else:
            self.send_body(message.get("body", b""), more_body=message.get("more_body", False))

    @property
    def is_free(self) -> bool:
        """Whether more of the answer would go out without waiting."""
        return not (self._connection.flow.write_paused or self.is_gone)

    def send_whole(self, status: int, content_type: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
        """Take a whole answer at once; False if it would have to wait."""
        connection = self._connection
        if self.is_gone or connection.flow.write_paused:
            return False
        if status >= _REFUSALS and _CLOSE in headers:
            self.keep_alive = False
        start = b"%b\r\ncontent-type: %b\r\ncontent-length: %d" % (_STATUS_LINES[status], content_type, len(body))
        head = self._emit_head(start, headers, _BREAKS_OF_WHOLE)
        connection.out.put(connection.transport, head + body if self.scope["method"] != "HEAD" else head)
        self._end()
        return True

    def send_body(self, body: bytes, *, more_body: bool) -> None:
        """Take some of the answer at once."""
        head, self._pending_head = self._pending_head, b""
        if self.scope["method"] == "HEAD":
            body = b""
        elif self._is_chunked:
            if body:
                body = b"%x\r\n%b\r\n" % (len(body), body)
            if not more_body:
                body += b"0\r\n\r\n"
        if head or body:
            self._connection.out.put(self._connection.transport, head + body if head else body)
        if not more_body:
            self._end()

    def _end(self) -> None:
        self.is_answered = True
        connection = self._connection
        if not self.keep_alive:
            connection.out.flush()
            connection.transport.close()
        connection.go_on()

    def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head of an answer, which goes with the first of its body."""
        if _CLOSE in headers:
            self.keep_alive = False
        lines = [_STATUS_LINES[status]]
        if self._may_be_chunked(status) and b"content-length" not in dict(headers):
            self._is_chunked = True
            lines.append(_CHUNKED)
        self._pending_head = self._emit_head(b"\r\n".join(lines), headers, len(lines) + 1)

    def _emit_head(self, start: bytes, headers: Sequence[tuple[bytes, bytes]], breaks: int) -> bytes:
        """The first lines, the headers, and the empty line; `breaks` is how many lines end without the headers."""
        if not self.keep_alive and _CLOSE not in headers:
            headers = [*headers, _CLOSE]
        head = b"\r\n".join([start, *map(_join_pair, headers), b"\r\n"])
        breaks += len(headers)
        if head.count(b"\n") != breaks or head.count(b"\r") != breaks:
            raise DragomanError(Kind.INTERNAL, "A response header would have broken its line.", blame="gateway")
        return head

    def _may_be_chunked(self, status: int) -> bool:
        is_old = self.scope["http_version"] == "1.0"  # knows no chunks: the connection's end is that of the body
        return self.scope["method"] != "HEAD" and status not in _BODILESS and not is_old

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
