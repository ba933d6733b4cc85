"""The bare ASGI callable that every model request goes through: look up, check, read, answer.

Everything that can be prepared is prepared at start: one dictionary lookup finds the endpoint, one pass reads the
headers. No framework stands between the server and the service, because it would cost more than both together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from dragoman.dialects.base import ClientSide
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.http.body import ClientLeftError, Receive, bound_body, read_body
from dragoman.http.cors import build_page_headers, build_preflight
from dragoman.http.endpoints import POST_ONLY, Endpoint, EndpointTable
from dragoman.http.head import Head, read_accept, read_head
from dragoman.http.hosts import HostGuard, refuse_origin
from dragoman.http.pages import PageTable
from dragoman.http.sink import AsgiSink, Send
from dragoman.service.detours.idempotency import Idempotency
from dragoman.service.exchange import Inbound
from dragoman.service.principals import ANYBODY, Principal, Principals

_log = logging.getLogger(__name__)

Scope = dict[str, Any]

KNOWN_PATHS = 1024

CONNECTION_KEY = "dragoman.connection"
"""Where the server's protocol leaves itself in the scope: the data plane asks it to be told of a disconnect."""

ASKED_KEY = "dragoman.asked"
"""Where the data plane leaves what it has found out of a head: the next request may have the very same scope."""


class Limits(msgspec.Struct, frozen=True):
    """What one request may cost the gateway."""

    body_bytes: int = 32 * 1024 * 1024
    body_seconds: float = 30.0
    in_flight: int = 1024


class Asked(msgspec.Struct):
    """What a head asks for, and of whom; found out once for all requests that have it. It has been let in by `guard`, as
    `caller`, and is again as long as guard and callers (`edition`) are the same."""

    endpoint: Endpoint | None
    client: ClientSide
    connection: Any
    head: Head | None = None
    guard: HostGuard | None = None
    edition: object = None
    caller: Principal | None = None
    path_model: str | None = None
    path_stream: bool | None = None
    method: str = "POST"
    query: bytes = b""
    content_encoding: bytes = b""

    def __repr__(self) -> str:
        return f"<Asked {self.method} {self.client.name}>"


class Control(Protocol):
    """What is for operators."""

    def covers(self, path: str) -> bool: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Sockets(Protocol):
    """What comes over WebSockets."""

    path: str

    async def serve(self, scope: Scope, head: Head, *, is_listed: bool) -> None: ...


class DataPlane:
    """One instance serves every request; a reload swaps `principals` and `guard`."""

    def __init__(
        self, endpoints: EndpointTable, pages: PageTable, principals: Principals, guard: HostGuard, limits: Limits
    ) -> None:
        self._endpoints = endpoints
        self._find_endpoint = lru_cache(KNOWN_PATHS)(endpoints.find)  # most clients ask for the same few all day
        self.pages = pages
        self.principals = principals
        self.guard = guard
        self._limits = limits
        self.idempotency: Idempotency | None = None  # answers what comes under a name
        self.control: Control | None = None  # answers operators, at paths of its own
        self.sockets: Sockets | None = None  # has connections become WebSockets
        self.end_round: Callable[[], None] | None = None  # called before the answers of a round of the loop go out
        self.sinks: set[AsgiSink] = set()
        self.is_draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked: Asked = scope.get(ASKED_KEY) or self._look_up(scope)
        if asked.endpoint is None and self.control is not None and self.control.covers(scope["path"]):
            await self.control(scope, receive, send)
            return
        connection, limits = asked.connection, self._limits
        cycle = connection.current if connection is not None else None
        if cycle is None:
            sink = _open_sink(send, asked)
        else:
            sink = AsgiSink(send, asked.client, connection.loop, connection.task, cycle)
            connection.on_disconnect = sink.leave
        self.sinks.add(sink)
        try:
            if asked.guard is not self.guard or asked.edition is not self.principals.edition:
                other = self._let_in(asked, scope, sink)
                if other is not None:
                    await other
                    return
            if self.is_draining or len(self.sinks) > limits.in_flight or asked.content_encoding:
                self._admit(asked.content_encoding)
            if cycle is not None and cycle.is_whole:
                body = cycle.take()
            else:
                body = await read_body(receive, limits.body_bytes, limits.body_seconds)
            await self._pass_on(asked, body, sink)
        except ClientLeftError:
            return
        except (Exception, asyncio.CancelledError) as error:
            if not await self._recover(error, connection, sink):
                raise
        finally:
            self.sinks.discard(sink)

    async def _recover(self, error: BaseException, connection: Any, sink: AsgiSink) -> bool:
        """Have the client told of what went wrong, if there still is one; False for a cancellation that is not ours."""
        if isinstance(error, DragomanError):
            await self._refuse(error, sink)
        elif not isinstance(error, asyncio.CancelledError):
            _log.exception("a request failed inside the gateway")
            failure = DragomanError(Kind.INTERNAL, "The gateway failed; its log says why.", blame="gateway")
            await self._refuse(failure, sink)
        elif sink.is_gone:
            _forgive(sink)
            if connection is not None:
                connection.abort()
        elif sink.failure is not None:
            _forgive(sink)
            await self._refuse(sink.failure, sink)
        else:
            return False
        return True

    def _look_up(self, scope: Scope) -> Asked:
        endpoint = self._find_endpoint(scope["path"], scope["query_string"])
        client = endpoint.client if endpoint is not None else self._endpoints.select_speaker(scope["path"])
        asked = Asked(endpoint, client, scope.get(CONNECTION_KEY))
        if endpoint is not None:  # nothing else comes often, and the playground hands scopes on under other paths
            scope[ASKED_KEY] = asked
        return asked

    def _let_in(self, asked: Asked, scope: Scope, sink: AsgiSink) -> Awaitable[None] | None:
        """Look closely at a head that has not been let in before, or not by those who decide now. Gives back the answer
        to what is out of the ordinary."""
        head, endpoint = asked.head or _read_head(asked, scope), asked.endpoint
        self.guard.check(head.host, head.origin)
        if endpoint is None or asked.method not in endpoint.methods or head.origin:
            other = self._answer_other(endpoint, head, scope, sink)
            if other is not None:
                return other
        caller = asked.caller = self.principals.identify(head.credential)
        if not head.origin and caller.expires_ms is None:  # others are looked at each time
            asked.guard, asked.edition = self.guard, self.principals.edition
        return None

    def _pass_on(self, asked: Asked, body: bytes, sink: AsgiSink) -> Awaitable[None]:
        """The request, whole, to whoever answers it. Nothing is awaited here: each that is costs every request."""
        head, endpoint, caller = asked.head, asked.endpoint, asked.caller
        if head is None or endpoint is None or caller is None:
            raise AssertionError("a request is let in first")
        if len(body) > self._limits.body_bytes:
            bound_body(body, self._limits.body_bytes)
        inbound = Inbound(
            asked.client,
            body,
            head.forwarded,
            head.hints,
            asked.path_model,
            asked.path_stream,
            head.strict,
            caller.name,
            caller,
            asked.method,
            endpoint.item,
            asked.query,
            None,
            None,
            head.trace,
            head.trace_state,
        )
        if head.idempotency_key is not None and self.idempotency is not None and not endpoint.item:
            return self.idempotency.answer(head.idempotency_key, endpoint.answer, inbound, sink)
        return endpoint.answer(inbound, sink)

    def _answer_other(
        self, endpoint: Endpoint | None, head: Head, scope: Scope, sink: AsgiSink
    ) -> Awaitable[None] | None:
        """What is out of the ordinary: pages that ask, pages that are shown, and WebSockets; None for what is not."""
        if head.origin:
            if self.guard.is_listed(head.origin):
                sink.page_headers = build_page_headers(head.origin)
            if scope["method"] == "OPTIONS":
                return self._let_page_ask(scope, head, sink)
        if endpoint is None:
            return self._show_page(scope, head, sink)
        if scope["method"] not in endpoint.methods:
            return self._open_socket(scope, head, endpoint, sink)
        return None

    async def _open_socket(self, scope: Scope, head: Head, endpoint: Endpoint, sink: AsgiSink) -> None:
        """The connection becomes a WebSocket where that was asked for and there is one; every other method is refused."""
        sockets = self.sockets
        if sockets is None or not head.wants_websocket or scope["path"] != sockets.path or CONNECTION_KEY not in scope:
            # 426 tells Codex at once to go on with POST; after a 405 it tries a WebSocket six times more.
            status = 426 if head.wants_websocket else 405
            taken = " and ".join(sorted(endpoint.methods))
            raise DragomanError(Kind.INVALID_REQUEST, f"This path takes {taken}.", status=status)
        self.principals.identify(head.credential)
        self._admit(head.content_encoding)
        self.sinks.discard(sink)  # each request in it will have its own
        await sockets.serve(scope, head, is_listed=self.guard.is_listed(head.origin))

    async def _let_page_ask(self, scope: Scope, head: Head, sink: AsgiSink) -> None:
        """A preflight comes without a credential, so it is answered the same whatever there is at its path."""
        if not self.guard.is_listed(head.origin):
            raise refuse_origin()
        await sink.send_nothing(build_preflight(scope["headers"]))

    async def _show_page(self, scope: Scope, head: Head, sink: AsgiSink) -> None:
        head.accept = read_accept(scope["headers"])
        page = self.pages.find(scope["path"], head)
        if page is None:
            raise DragomanError(Kind.NOT_FOUND, f"There is nothing at {scope['path'][:200]!r}.", code="unknown_url")
        if scope["method"] not in {"GET", "HEAD"}:
            raise DragomanError(Kind.INVALID_REQUEST, "This path takes GET.", status=405)
        caller = ANYBODY if page.is_public else self.principals.identify(head.credential)
        reply = page.write(caller)
        await sink.send_reply(reply, ())

    def _admit(self, content_encoding: bytes) -> None:
        if self.is_draining:
            raise DragomanError(
                Kind.OVERLOADED, "The gateway is shutting down.", blame="gateway", retry_after_seconds=1
            )
        if len(self.sinks) > self._limits.in_flight:
            raise DragomanError(
                Kind.OVERLOADED, "The gateway has too many requests in flight.", blame="gateway", retry_after_seconds=1
            )
        if content_encoding not in {b"", b"identity"}:
            raise invalid("Compressed request bodies are not taken; send the body as it is.")

    async def _refuse(self, error: DragomanError, sink: AsgiSink) -> None:
        client = sink.client
        if sink.is_complete:
            return
        if sink.is_started:
            await sink.send_chunk(client.emit_stream_error(error))
            await sink.end_stream()
        else:
            closing = ((b"connection", b"close"),) if error.status in {408, 413} else ()
            await sink.send_reply(client.emit_error(error), closing)


def _open_sink(send: Send, asked: Asked) -> AsgiSink:
    """Where the server is not ours, or has no cycle for what it hands over."""
    loop = asyncio.get_running_loop()
    sink = AsgiSink(send, asked.client, loop, asyncio.current_task(loop))
    if asked.connection is not None:
        asked.connection.on_disconnect = sink.leave
    return sink


def _read_head(asked: Asked, scope: Scope) -> Head:
    head = read_head(scope["headers"], scope["query_string"])
    endpoint = asked.endpoint
    asked.head, asked.method, asked.content_encoding = head, scope["method"], head.content_encoding
    if endpoint is not None:
        is_in_headers = endpoint.asks_in_headers
        asked.path_model = head.asked_model if is_in_headers else endpoint.path_model
        asked.path_stream = head.asks_stream if is_in_headers else endpoint.path_stream
        if endpoint.item or endpoint.methods is not POST_ONLY:
            asked.query = scope["query_string"]
    return head


def _forgive(sink: AsgiSink) -> None:
    """The cancellation was ours and is dealt with; the task goes on to its end."""
    if sink.task is not None:
        sink.task.uncancel()
