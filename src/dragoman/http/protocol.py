"""The server's side of one TCP connection: httptools reads the requests, one task answers them, one after the other.

Theory of operation. A client mostly says the same head again, so one that came before is known by its bytes and not
parsed anew. The task that has answered waits for the next request, since to make one costs more than to wake it; where
it still has something to do after its answer, another takes over.

uvicorn runs the server; its own protocol class lacks limits on a request's head and on the time that it may take, and
finds out only by a waiting task that a client has gone. Here deadlines are plain numbers that one sweep looks at,
instead of a timer for each request, and whoever answers is told of a disconnect at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from math import inf
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from dragoman.http.cycle import App, GatewayCycle, Message
from dragoman.http.data_plane import CONNECTION_KEY
from dragoman.http.said_head import SaidHead, note_head
from dragoman.upstream.outbox import Outbox

_log = logging.getLogger(__name__)

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 200
SWEEP_SECONDS = 0.25
JUST_IDLE = 0.0
"""The deadline of a connection whose last answer has just gone: the sweep that finds it gives it a real one, so that no
request has to ask for the time."""

_SPECIAL = frozenset({b"expect", b"upgrade", b"transfer-encoding"})
"""A request without these headers is nothing but a head, and a body as long as it says."""


class GatewayProtocol(asyncio.Protocol):
    """One connection. `deadline` is when it is closed if nothing happens; infinite while a request is being served."""

    head_seconds = 10.0
    idle_seconds = 75.0
    application: App | None = None  # who answers, if that is not all that uvicorn talks to
    outbox: Outbox | None = None  # one for all connections of a server

    transport: asyncio.Transport
    flow: FlowControl
    _url: bytes
    _headers: list[tuple[bytes, bytes]]
    _scope: Message

    def __init__(self, config: Config, server_state: ServerState, app_state: Message, _loop: Any = None) -> None:
        self.deadline = inf
        self.on_disconnect: Callable[[], None] | None = None
        self.loop = asyncio.get_running_loop()
        self.task: asyncio.Task[None] | None = None  # the one that answers
        self.out = self.outbox or Outbox()
        app: Any = self.application or config.loaded_app
        self._app: App = app.__call__  # a method is called at half the cost of an object that has one
        self._app_state = app_state
        self._server_state = server_state
        self._parser = httptools.HttpRequestParser(self)
        self._is_reading_head = True
        self._head_bytes = 0
        self._cycle: GatewayCycle | None = None  # the request that is being read or was read last
        self.current: GatewayCycle | None = None  # the one that is being answered
        self._queued: deque[GatewayCycle] = deque()
        self._unparsed_bytes = 0  # of a body that the parser does not see
        self._is_between = True  # requests: the parser has seen the last one whole
        self._said: SaidHead | None = None
        self._turn: asyncio.Future[GatewayCycle | None] | None = None  # on which the task that answers waits

    # The server's and the data plane's side

    def shutdown(self) -> None:
        """The server ends: close now, or after the answer that is under way."""
        if self.current is None:
            self.out.flush()
            self.transport.close()
        else:
            self.current.keep_alive = False

    def abort(self) -> None:
        """Close at once, without waiting for what the client has not read."""
        if self.current is not None:
            self.current.leave()
        self.transport.abort()

    def hand_over(self, protocol: asyncio.Protocol) -> tuple[asyncio.Transport, set[Any]]:
        """Another protocol goes on with the connection, and is the server's instead of this one."""
        connections: set[Any] = self._server_state.connections
        connections.discard(self)
        connections.add(protocol)
        self._queued.clear()
        self.out.flush()
        self.flow.resume_reading()
        self.transport.set_protocol(protocol)
        return self.transport, connections

    def expire(self) -> None:
        """The deadline has passed: an idle connection is closed, a slow head is told so."""
        if self.deadline == JUST_IDLE:
            self.deadline = self.loop.time() + self.idle_seconds
            return
        if self._is_reading_head and self._head_bytes:
            self._refuse(b"408 Request Timeout", b"The request's head did not arrive in time.")
        else:
            self.transport.close()
        self.deadline = inf

    # The loop's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.flow = FlowControl(self.transport)
        self._server_state.connections.add(self)  # type: ignore[arg-type]
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": get_local_addr(self.transport),
            "client": get_remote_addr(self.transport),
            "scheme": "https" if is_ssl(self.transport) else "http",
            "root_path": "",
            "state": self._app_state,
            CONNECTION_KEY: self,
        }
        self.deadline = self.loop.time() + self.head_seconds

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._server_state.connections.discard(self)
        self._queued.clear()
        if self.current is not None:
            self.current.leave()
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)
        self.flow.resume_writing()
        if self.on_disconnect is not None:
            self.on_disconnect()
            self.on_disconnect = None

    def data_received(self, data: bytes) -> None:
        said = self._said
        if self._unparsed_bytes:
            self._take_unparsed(data)
        elif said is not None and self.current is None and self._is_between and (found := said.find_body(data)):
            length, body = found  # the head of the request before: the parser is not shown this one
            self.deadline = inf
            if len(body) == length:
                self._start(GatewayCycle(said.scope, self, body, True))
            else:
                self._cycle = cycle = GatewayCycle(said.scope, self)
                self._unparsed_bytes = length
                self._start(cycle)
                self._take_unparsed(body)
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        is_first = self._is_between
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(b"400 Bad Request", b"This is not an HTTP/1.1 request.")
        if self._is_reading_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(b"431 Request Header Fields Too Large", b"The request's head is too large.")
        elif is_first and self._cycle is not None:
            self._note_head(data, self._cycle)

    def _note_head(self, data: bytes, cycle: GatewayCycle) -> None:
        """A request with this head came and is nothing out of the ordinary: the next may have it as well."""
        self._said = None
        if cycle.keep_alive and cycle.scope["http_version"] == "1.1" and _SPECIAL.isdisjoint(dict(self._headers)):
            self._said = note_head(data, cycle.scope)

    def pause_writing(self) -> None:
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        self.flow.resume_writing()

    # The parser's side

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = []
        self._is_between = False
        self._is_reading_head = True
        self._head_bytes = 0
        self.deadline = self.loop.time() + self.head_seconds

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._is_reading_head = False
        self.deadline = inf
        if len(self._headers) > MAX_HEADERS:
            self._refuse(b"431 Request Header Fields Too Large", b"The request has too many headers.")
            return
        parser = self._parser
        cycle = self._cycle = GatewayCycle(self._open_scope(), self)
        version = parser.get_http_version()
        if version != "1.1":
            cycle.scope["http_version"] = version
        cycle.keep_alive = version != "1.0" and parser.should_keep_alive()
        if (b"expect", b"100-continue") in self._headers:
            cycle.expect_continue()
        if self.current is None:
            self._start(cycle)
        else:
            self.flow.pause_reading()
            self._queued.append(cycle)

    def on_body(self, body: bytes) -> None:
        if self._cycle is not None:
            self._cycle.add_body(body)

    def on_message_complete(self) -> None:
        if self._parser.should_upgrade():
            return
        self._is_between = True
        if self._cycle is not None:
            self._cycle.end_body()

    def _open_scope(self) -> Message:
        path, _, query = self._url.partition(b"?")
        text = path.decode("latin-1")
        scope = self._scope.copy()
        scope["method"] = self._parser.get_method().decode("ascii")
        scope["path"] = unquote(text) if "%" in text else text
        scope["raw_path"] = path
        scope["query_string"] = query
        scope["headers"] = self._headers
        return scope

    def _start(self, cycle: GatewayCycle) -> None:
        self.current = cycle
        turn, self._turn = self._turn, None
        if turn is not None and not turn.done():
            turn.set_result(cycle)
            return
        tasks = self._server_state.tasks  # the server waits for them when it ends
        task = self.loop.create_task(self._answer(cycle))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _answer(self, cycle: GatewayCycle | None) -> None:
        """Have request after request answered, until the connection ends or another task has the next one."""
        task = asyncio.current_task(self.loop)
        while cycle is not None:
            self.task = task
            try:
                await self._app(cycle.scope, cycle.receive, cycle.send)
            except Exception:
                _log.exception("an application failed")
            if not cycle.is_answered:
                cycle.close_unanswered()
            if self._turn is not None or self.transport.is_closing():
                return
            turn = self._turn = asyncio.Future(loop=self.loop)  # half of what the loop's own method costs
            cycle = await turn

    def _decline_upgrade(self, rest: bytes) -> None:
        """We know no other protocol, so the request is answered in this one. The parser takes its body for bytes of the
        new protocol (the offer of HTTP/2 that Java's client makes with each first request comes with a body)."""
        if self._cycle is None:
            return
        self._cycle.keep_alive = False
        length = dict(self._headers).get(b"content-length", b"0")
        self._unparsed_bytes = int(length) if length.isdigit() else 0
        self._take_unparsed(rest)

    def _take_unparsed(self, data: bytes) -> None:
        wanted = self._unparsed_bytes
        rest = data[wanted:]
        self._unparsed_bytes = wanted - (len(data) - len(rest))
        if self._cycle is not None:
            self._cycle.add_body(data[:wanted] if rest else data)
            if not self._unparsed_bytes:
                self._cycle.end_body()
        if rest and self._is_between:
            self.data_received(rest)

    def go_on(self) -> None:
        """The answer is out: on to the next request, which may have been waiting."""
        self.on_disconnect = None
        self.current = None
        if self._queued:
            if not self.transport.is_closing():
                self._start(self._queued.popleft())
            return
        if self.flow.read_paused and not self.transport.is_closing():
            self.flow.resume_reading()
        if not self._is_reading_head:
            self.deadline = JUST_IDLE

    def _refuse(self, status: bytes, message: bytes) -> None:
        """Give this connection up. What is said of it must not get between the pieces of an answer under way."""
        unfinished, self._cycle = self._cycle, None
        self._is_reading_head = False
        self._queued.clear()
        current = self.current
        if current is not None and current is unfinished and not current.is_whole:
            current.leave()
        elif current is not None:
            current.keep_alive = False
            self.flow.pause_reading()
            return
        body = b'{"error":{"message":"' + message + b'","type":"invalid_request_error","param":null,"code":null}}'
        self.out.flush()
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
