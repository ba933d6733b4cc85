"""The server's side of one TCP connection: uvicorn's httptools protocol with the limits and signals that it lacks.

It bounds the size of a request's head and the time it may take, tells the data plane at once when the client has gone
(so that no task has to wait for that), and keeps its deadlines as plain numbers that one sweep looks at, instead of a
timer for each request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from math import inf
from typing import Any, cast
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dragoman.http.cycle import GatewayCycle
from dragoman.http.data_plane import CONNECTION_KEY

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 200
SWEEP_SECONDS = 0.25


class GatewayProtocol(HttpToolsProtocol):
    """One connection. `deadline` is when it is closed if nothing happens; infinite while a request is being served."""

    head_seconds = 10.0
    idle_seconds = 75.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.on_disconnect: Callable[[], None] | None = None
        self._head_bytes = 0
        self._is_reading_head = True
        self.deadline = self.loop.time() + self.head_seconds

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.on_disconnect is not None:
            self.on_disconnect()
            self.on_disconnect = None

    def abort(self) -> None:
        """Close at once, without waiting for what the client has not read."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._is_reading_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(b"431 Request Header Fields Too Large", b"The request's head is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope[CONNECTION_KEY] = self
        self._is_reading_head = True
        self._head_bytes = 0
        self.deadline = self.loop.time() + self.head_seconds

    def on_headers_complete(self) -> None:
        self._is_reading_head = False
        self.deadline = inf
        if len(self.headers) > MAX_HEADERS:
            self._refuse(b"431 Request Header Fields Too Large", b"The request has too many headers.")
            return
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        version = self.parser.get_http_version()
        path, _, query = self.url.partition(b"?")
        text = path.decode("latin-1")
        scope["http_version"] = version
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["path"] = unquote(text) if "%" in text else text
        scope["raw_path"] = path
        scope["query_string"] = query
        previous = cast("GatewayCycle | None", self.cycle)
        self.cycle = self._open_cycle(keep_alive=version != "1.0")
        if previous is None or previous.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _open_cycle(self, *, keep_alive: bool) -> GatewayCycle:
        return GatewayCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keep_alive and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )

    def on_body(self, body: bytes) -> None:
        if self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.cycle is not None:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        self.on_disconnect = None
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        else:
            self.deadline = self.loop.time() + self.idle_seconds

    def expire(self) -> None:
        """The deadline has passed: an idle connection is closed, a slow head is told so."""
        if self._is_reading_head and self._head_bytes:
            self._refuse(b"408 Request Timeout", b"The request's head did not arrive in time.")
        else:
            self.transport.close()
        self.deadline = inf

    def _refuse(self, status: bytes, message: bytes) -> None:
        body = b'{"error":{"message":"' + message + b'","type":"invalid_request_error","param":null,"code":null}}'
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n" % len(body) + body
        )
        self.transport.close()


def sweep_connections(connections: Iterable[Any], now: float) -> None:
    """Expire every connection whose deadline has passed."""
    for connection in list(connections):
        if connection.deadline < now:
            connection.expire()
