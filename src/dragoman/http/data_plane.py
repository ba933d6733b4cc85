"""The bare ASGI callable that every model request goes through: look up, check, read, answer.

Everything that can be prepared is prepared at start: one dictionary lookup finds the endpoint, one pass reads the
headers. No framework stands between the server and the service, because it would cost more than both together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
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
from dragoman.service.principals import ANYBODY, Principals

_log = logging.getLogger(__name__)

Scope = dict[str, Any]

KNOWN_PATHS = 1024

CONNECTION_KEY = "dragoman.connection"
"""Where the server's protocol leaves itself in the scope: the data plane asks it to be told of a disconnect."""

HEAD_KEY = "dragoman.head"
"""Where the data plane leaves what it has read out of the headers: the next request may have the very same scope."""


class Limits(msgspec.Struct, frozen=True):
    """What one request may cost the gateway."""

    body_bytes: int = 32 * 1024 * 1024
    body_seconds: float = 30.0
    in_flight: int = 1024


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
        endpoint = self._find_endpoint(scope["path"], scope["query_string"])
        if endpoint is None and self.control is not None and self.control.covers(scope["path"]):
            await self.control(scope, receive, send)
            return
        client = endpoint.client if endpoint else self._endpoints.select_speaker(scope["path"])
        connection = scope.get(CONNECTION_KEY)
        if connection is None:
            sink = AsgiSink(send, client, asyncio.get_running_loop())
        else:
            sink = AsgiSink(send, client, connection.loop, connection.current)
            connection.on_disconnect = sink.leave
        self.sinks.add(sink)
        try:
            await self._answer(scope, receive, endpoint, sink)
        except DragomanError as error:
            await self._refuse(error, client, sink)
        except ClientLeftError:
            return
        except asyncio.CancelledError:
            if sink.is_gone:
                _forgive(sink)
                if connection is not None:
                    connection.abort()
            elif sink.failure is not None:
                _forgive(sink)
                await self._refuse(sink.failure, client, sink)
            else:
                raise
        except Exception:
            _log.exception("a request failed inside the gateway")
            failure = DragomanError(Kind.INTERNAL, "The gateway failed; its log says why.", blame="gateway")
            await self._refuse(failure, client, sink)
        finally:
            self.sinks.discard(sink)

    async def _answer(self, scope: Scope, receive: Receive, endpoint: Endpoint | None, sink: AsgiSink) -> None:
        head: Head = scope.get(HEAD_KEY) or _read_head(scope)
        self.guard.check(head.host, head.origin)
        if head.origin:
            if self.guard.is_listed(head.origin):
                sink.page_headers = build_page_headers(head.origin)
            if scope["method"] == "OPTIONS":
                await self._let_page_ask(scope, head, sink)
                return
        if endpoint is None:
            await self._show_page(scope, head, sink)
            return
        if scope["method"] not in endpoint.methods:
            await self._open_socket(scope, head, endpoint, sink)
            return
        caller = self.principals.identify(head.credential)
        self._admit(head)
        limits, cycle = self._limits, sink.cycle
        if cycle is None or not cycle.is_whole:
            body = await read_body(receive, limits.body_bytes, limits.body_seconds)
        else:
            body = bound_body(cycle.take(), limits.body_bytes)
        inbound = Inbound(
            client=endpoint.client,
            body=body,
            forwarded=head.forwarded,
            hints=head.hints,
            path_model=head.asked_model if endpoint.asks_in_headers else endpoint.path_model,
            path_stream=head.asks_stream if endpoint.asks_in_headers else endpoint.path_stream,
            strict=head.strict,
            principal=caller.name,
            caller=caller,
            trace=head.trace,
            trace_state=head.trace_state,
        )
        if endpoint.item or endpoint.methods is not POST_ONLY:
            asked = {"method": scope["method"], "item": endpoint.item, "query": scope["query_string"]}
            inbound = msgspec.structs.replace(inbound, **asked)
        if head.idempotency_key is not None and self.idempotency is not None and not endpoint.item:
            await self.idempotency.answer(head.idempotency_key, endpoint.answer, inbound, sink)
        else:
            await endpoint.answer(inbound, sink)

    async def _open_socket(self, scope: Scope, head: Head, endpoint: Endpoint, sink: AsgiSink) -> None:
        """The connection becomes a WebSocket where that was asked for and there is one; every other method is refused."""
        sockets = self.sockets
        if sockets is None or not head.wants_websocket or scope["path"] != sockets.path or CONNECTION_KEY not in scope:
            # 426 tells Codex at once to go on with POST; after a 405 it tries a WebSocket six times more.
            status = 426 if head.wants_websocket else 405
            taken = " and ".join(sorted(endpoint.methods))
            raise DragomanError(Kind.INVALID_REQUEST, f"This path takes {taken}.", status=status)
        self.principals.identify(head.credential)
        self._admit(head)
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

    def _admit(self, head: Head) -> None:
        if self.is_draining:
            raise DragomanError(
                Kind.OVERLOADED, "The gateway is shutting down.", blame="gateway", retry_after_seconds=1
            )
        if len(self.sinks) > self._limits.in_flight:
            raise DragomanError(
                Kind.OVERLOADED, "The gateway has too many requests in flight.", blame="gateway", retry_after_seconds=1
            )
        if head.content_encoding not in {b"", b"identity"}:
            raise invalid("Compressed request bodies are not taken; send the body as it is.")

    async def _refuse(self, error: DragomanError, client: ClientSide, sink: AsgiSink) -> None:
        if sink.is_complete:
            return
        if sink.is_started:
            await sink.send_chunk(client.emit_stream_error(error))
            await sink.end_stream()
        else:
            closing = ((b"connection", b"close"),) if error.status in {408, 413} else ()
            await sink.send_reply(client.emit_error(error), closing)


def _read_head(scope: Scope) -> Head:
    head = scope[HEAD_KEY] = read_head(scope["headers"], scope["query_string"])
    return head


def _forgive(sink: AsgiSink) -> None:
    """The cancellation was ours and is dealt with; the task goes on to its end."""
    if sink.task is not None:
        sink.task.uncancel()
