"""One request and its answer on a server connection, as ASGI sees them.

A small request comes with its body in one packet, so `receive` mostly has nothing to wait for; the status line waits
for the first piece of the answer's body, so that a whole answer is one write to the socket. Headers are joined without
looking at each, and the head's lines are counted at the end: that proves that none of them broke in two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http.client import responses
from typing import Any

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
_LINES_OF_WHOLE = 4  # status, type, length, and the empty one
_join_pair = b": ".join


class GatewayCycle(msgspec.Struct, eq=False):
    """For applications that name their headers in lower case and never set `transfer-encoding`. A Struct, because there
    is one for each request, and it is made at half the cost of a class with that many fields."""

    scope: Message
    _transport: asyncio.Transport
    _flow: FlowControl
    _outbox: Outbox
    _on_response: Callable[[], None]
    _body: bytes = b""  # what has come of the request's and was not taken
    is_whole: bool = False  # the request's body has come
    keep_alive: bool = True
    is_answered: bool = False
    is_gone: bool = False  # the client has closed the connection
    task: asyncio.Task[None] | None = None  # the one that answers
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
            self._flow.pause_reading()
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
        """The application has ended; if it has failed or said nothing, that costs its client the connection."""
        if not self.is_answered and not self.is_gone:
            self._outbox.flush()
            self._transport.close()

    # The application's side

    async def receive(self) -> Message:
        """The next of the request's body; waits for some."""
        if self._waits_for_continue and not self._transport.is_closing():
            self._outbox.put(self._transport, b"HTTP/1.1 100 Continue\r\n\r\n")
            self._waits_for_continue = False
        while not (self._body or self.is_whole or self.is_gone):
            self._flow.resume_reading()
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self.is_gone:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self.take(), "more_body": not self.is_whole}

    def take(self) -> bytes:
        """What has come of the request's body since the last time."""
        body, self._body = self._body, b""
        if self._flow.read_paused:
            self._flow.resume_reading()  # or nobody would see the client leave
        return body

    async def send(self, message: Message) -> None:
        """Take some of the answer; waits while the client does not read."""
        if self._flow.write_paused and not self.is_gone:
            await self._flow.drain()
        if self.is_gone:
            return
        if message["type"] == "http.response.start":
            self._start(message["status"], message["headers"])
        else:
            self.send_body(message.get("body", b""), more_body=message.get("more_body", False))

    @property
    def is_free(self) -> bool:
        """Whether more of the answer would go out without waiting."""
        return not (self._flow.write_paused or self.is_gone)

    def send_whole(self, status: int, content_type: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
        """Take a whole answer at once; False if it would have to wait."""
        if self._flow.write_paused or self.is_gone:
            return False
        start = b"%b\r\ncontent-type: %b\r\ncontent-length: %d" % (_STATUS_LINES[status], content_type, len(body))
        head = self._emit_head([start], headers, _LINES_OF_WHOLE)
        self._outbox.put(self._transport, head + body if self.scope["method"] != "HEAD" else head)
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
            self._outbox.put(self._transport, head + body if head else body)
        if not more_body:
            self._end()

    def _end(self) -> None:
        self.is_answered = True
        if not self.keep_alive:
            self._outbox.flush()
            self._transport.close()
        self._on_response()

    def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head of an answer, which goes with the first of its body."""
        lines = [_STATUS_LINES[status]]
        if self._may_be_chunked(status) and b"content-length" not in dict(headers):
            self._is_chunked = True
            lines.append(_CHUNKED)
        self._pending_head = self._emit_head(lines, headers, len(lines) + 1)

    def _emit_head(self, lines: list[bytes], headers: Sequence[tuple[bytes, bytes]], count: int) -> bytes:
        """The first `lines`, the headers, and the empty line; `count` is how many lines that is without the headers."""
        if _CLOSE in headers:  # the only thing that is ever said of the connection
            self.keep_alive = False
        elif not self.keep_alive:
            headers = [*headers, _CLOSE]
        head = b"\r\n".join([*lines, *[_join_pair(pair) for pair in headers], b"\r\n"])
        if len(head.splitlines()) != count + len(headers):
            raise DragomanError(Kind.INTERNAL, "A response header would have broken its line.", blame="gateway")
        return head

    def _may_be_chunked(self, status: int) -> bool:
        is_old = self.scope["http_version"] == "1.0"  # knows no chunks: the connection's end is that of the body
        return self.scope["method"] != "HEAD" and status not in _BODILESS and not is_old

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
