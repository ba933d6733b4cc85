"""One request and its answer on a server connection, as ASGI sees them.

A small request comes with its body in one packet, so `receive` mostly has nothing to wait for; the status line waits
for the first piece of the answer's body, so that a whole answer is one write to the socket. Headers are joined without
looking at each, and one count at the end proves that none of them broke a line.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http.client import responses
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.outbox import Outbox

_log = logging.getLogger(__name__)

Message = dict[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

_STATUS_LINES = {status: f"HTTP/1.1 {status} {responses.get(status, '')}".encode() for status in range(200, 600)}
_BODILESS = frozenset({204, 304})
_CLOSE = (b"connection", b"close")
_LENGTH = b"\r\ncontent-length: "
_CHUNKED = b"\r\ntransfer-encoding: chunked"
_join_pair = b": ".join


class GatewayCycle:
    """For applications that name their headers in lower case and never set `transfer-encoding`."""

    __slots__ = (
        "_body",
        "_flow",
        "_is_chunked",
        "_on_response",
        "_outbox",
        "_pending_head",
        "_transport",
        "_waiter",
        "_waits_for_continue",
        "is_answered",
        "is_gone",
        "is_whole",
        "keep_alive",
        "scope",
        "task",
    )

    def __init__(
        self,
        scope: Message,
        transport: asyncio.Transport,
        flow: FlowControl,
        outbox: Outbox,
        on_response: Callable[[], None],
    ) -> None:
        self.scope = scope
        self.task: asyncio.Task[None] | None = None  # the one that answers
        self.keep_alive = True
        self.is_answered = False
        self.is_gone = False  # the client has closed the connection
        self.is_whole = False  # the request's body has come
        self._transport = transport
        self._flow = flow
        self._outbox = outbox
        self._on_response = on_response
        self._body = b""
        self._waiter: asyncio.Future[None] | None = None
        self._waits_for_continue = False
        self._pending_head = b""
        self._is_chunked = False

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

    def fill(self, body: bytes) -> None:
        """The whole body came at once, before anybody waits for it."""
        self._body = body
        self.is_whole = True

    def end_body(self) -> None:
        """The request is whole."""
        self.is_whole = True
        self._wake()

    def leave(self) -> None:
        """The client has gone."""
        self.is_gone = not self.is_answered
        self._wake()

    async def run(self, app: App) -> None:
        """Have the request answered; an application that fails or says nothing costs its client the connection."""
        try:
            await app(self.scope, self.receive, self.send)
        except Exception:
            _log.exception("an application failed")
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
            self._pending_head = self._emit_head(message["status"], message["headers"])
        else:
            self.send_body(message.get("body", b""), more_body=message.get("more_body", False))

    @property
    def is_free(self) -> bool:
        """Whether more of the answer would go out without waiting."""
        return not (self._flow.write_paused or self.is_gone)

    def send_whole(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        """Take a whole answer, whose length its headers tell, at once; False if it would have to wait."""
        if self._flow.write_paused or self.is_gone:
            return False
        head = self._emit_head(status, headers)
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

    def _emit_head(self, status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
        if _CLOSE in headers:  # the only thing that is ever said of the connection
            self.keep_alive = False
        elif not self.keep_alive:
            headers = [*headers, _CLOSE]
        head = b"\r\n".join([_STATUS_LINES[status], *map(_join_pair, headers)])
        if head.count(b"\n") != len(headers) or head.count(b"\r") != len(headers):
            raise DragomanError(Kind.INTERNAL, "A response header would have broken its line.", blame="gateway")
        self._is_chunked = _LENGTH not in head and self._may_be_chunked(status)
        return head + (_CHUNKED + b"\r\n\r\n" if self._is_chunked else b"\r\n\r\n")

    def _may_be_chunked(self, status: int) -> bool:
        is_old = self.scope["http_version"] == "1.0"  # knows no chunks: the connection's end is that of the body
        return self.scope["method"] != "HEAD" and status not in _BODILESS and not is_old

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
