"""Where a request for a WebSocket becomes one: the connection goes from the protocol that read it to one of frames.

Pages of browsers may open a WebSocket without asking first, so only those are let in that are the gateway's own or that
the operator has listed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol
from urllib.parse import urlsplit

from dragoman.clock import Clock
from dragoman.dialects.base import Dialect
from dragoman.errors import DragomanError, Kind
from dragoman.http.data_plane import CONNECTION_KEY, Limits, Scope
from dragoman.http.handshake import open_framing
from dragoman.http.head import Head
from dragoman.http.hosts import refuse_origin
from dragoman.http.socket_session import App, Shared, SocketSession
from dragoman.http.websocket import SocketProtocol
from dragoman.service.background import Background
from dragoman.service.keeping.socket_memory import SocketMemory
from dragoman.service.keeping.warm_up import WarmUps

_log = logging.getLogger(__name__)

_OF_THE_CONNECTION = frozenset(
    {
        b"connection",
        b"upgrade",
        b"content-length",
        b"content-encoding",
        b"transfer-encoding",
        b"expect",
        b"idempotency-key",
    }
)
"""Headers that say something of the first request alone."""


class Connection(Protocol):
    """The server's side of the connection, until it is handed over."""

    def hand_over(self, protocol: asyncio.Protocol) -> tuple[asyncio.Transport, set[Any]]: ...


class Sockets:
    """All of them. `app` answers what comes in them."""

    path = "/v1/responses"

    def __init__(self, app: App, dialect: Dialect, clock: Clock, limits: Limits) -> None:
        client = dialect.client
        if client is None:
            raise AssertionError("what comes over WebSockets comes from clients")
        self._limits = limits
        self._shared = Shared(app, client, SocketMemory(), WarmUps(client, clock), Background().start)
        self._open = 0

    def __repr__(self) -> str:
        return f"<Sockets: {self._open} open>"

    async def serve(self, scope: Scope, head: Head, *, is_listed: bool) -> None:
        """Have a connection be a WebSocket until it ends; raises where it may not become one."""
        if head.origin and not is_listed and not is_same_place(head.origin, head.host):
            raise refuse_origin()
        if self._open >= self._limits.in_flight:
            raise DragomanError(
                Kind.OVERLOADED, "The gateway has too many WebSockets open.", blame="gateway", retry_after_seconds=1
            )
        framing, greeting = open_framing(scope["headers"], self._limits.body_bytes)
        protocol = SocketProtocol(framing, self._limits.body_seconds)
        session = SocketSession(protocol, select_scope(scope), self._shared)
        self._open += 1
        try:
            connection: Connection = scope[CONNECTION_KEY]
            transport, connections = connection.hand_over(protocol)
            protocol.begin(transport, connections, session, greeting)
            _log.debug("a WebSocket was opened, there are %d", self._open)
            await protocol.closed
            await session.finish()
        finally:
            self._open -= 1
            _log.debug("a WebSocket has ended, there are %d", self._open)


def select_scope(scope: Scope) -> Scope:
    """What all requests of a connection have in common."""
    headers = [pair for pair in scope["headers"] if is_lasting(pair[0])]
    names = ("type", "asgi", "http_version", "server", "client", "scheme", "root_path", "state", "path", "raw_path")
    kept = {name: scope[name] for name in (*names, "query_string") if name in scope}
    return kept | {"method": "POST", "headers": headers}


def is_lasting(name: bytes) -> bool:
    """Whether a header of the first request is one of all requests."""
    return name not in _OF_THE_CONNECTION and not name.startswith(b"sec-websocket-")


def is_same_place(origin: bytes, host: bytes) -> bool:
    """Whether a page comes from where the gateway is reached."""
    try:
        place = urlsplit(origin.decode("latin-1")).netloc
    except ValueError:
        return False
    return bool(place) and place.lower() == host.decode("latin-1").lower()
