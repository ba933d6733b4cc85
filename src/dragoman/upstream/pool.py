"""The connections to one origin: kept alive, bounded, shared out fairly.

Invariants: never more than `max_connections` sockets; while somebody waits, nothing is idle; the connection used last
is used next, so that surplus ones stay idle and are closed; none older than `max_age_seconds` gets another request, so
that a changed DNS answer is noticed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

import msgspec

from dragoman.clock import Clock
from dragoman.upstream.connect import Connector
from dragoman.upstream.connection import Connection
from dragoman.upstream.failures import CONNECT_ERRORS, not_connected, pool_exhausted, shut_down, timed_out
from dragoman.upstream.outbox import Outbox
from dragoman.upstream.request_head import HeadBuilder
from dragoman.upstream.transport import Origin, Timeouts


class Limits(msgspec.Struct, frozen=True):
    """Bounds of a pool; each origin has one of its own."""

    max_connections: int = 1024
    max_idle: int = 256
    idle_seconds: float = 30.0
    max_age_seconds: float = 60.0


DEFAULT_LIMITS = Limits()


class OriginPool:
    """Hands out connections to one origin and takes them back."""

    def __init__(self, origin: Origin, connector: Connector, clock: Clock, limits: Limits, outbox: Outbox) -> None:
        self.connections: set[Connection] = set()
        self.outbox = outbox
        self._origin = origin
        self._connector = connector
        self._clock = clock
        self._limits = limits
        self.heads = HeadBuilder(origin, connector.find_proxy(origin))
        self._idle: deque[Connection] = deque()  # the longest unused one first
        self._opening_count = 0
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()  # None is leave to open one
        self._is_closed = False

    def __repr__(self) -> str:
        busy = len(self.connections) - len(self._idle)
        return f"<OriginPool {self._origin.host}: {busy} busy, {len(self._idle)} idle, {len(self._waiters)} waiting>"

    def take_idle(self, now: float) -> Connection | None:
        """The idle connection used last, if there is one that is not too old."""
        while self._idle:
            connection = self._idle.pop()
            if now <= connection.retires_at:
                return connection
            connection.close()
        return None

    async def open(self, timeouts: Timeouts) -> Connection:
        """A new connection, or the next one that comes back if there are as many as there may be."""
        seconds = min(timeouts.connect, timeouts.total)
        is_queued = True
        try:
            async with asyncio.timeout(seconds):
                connection = await self._take_turn()
                is_queued = False
                return connection or await self._connect()
        except TimeoutError as error:
            if is_queued:
                raise pool_exhausted(self._limits.max_connections, seconds) from error
            raise timed_out("connect", seconds, "connect") from error

    def take_back(self, connection: Connection) -> None:
        """Gives the connection to whoever waits longest, or keeps it for later."""
        idle = self._idle
        if connection.deadlines.heard_at > connection.retires_at:
            connection.close()
        elif self._waiters and self._serve_waiter(connection):
            return
        elif len(idle) < self._limits.max_idle:
            idle.append(connection)
        else:
            connection.close()

    def forget(self, connection: Connection) -> None:
        """The connection is closed: its place is free."""
        if connection not in self.connections:
            return
        self.connections.remove(connection)
        if connection.is_idle:
            with suppress(ValueError):
                self._idle.remove(connection)
        self._serve_waiter(None)

    def check(self, now: float) -> bool:
        """Ends overdue calls and closes connections that were idle for too long; True while calls are under way."""
        while self._idle and now - self._idle[0].deadlines.heard_at >= self._limits.idle_seconds:
            self._idle.popleft().close()
        is_busy = [connection.check(now) for connection in tuple(self.connections)]
        return any(is_busy)

    def close(self) -> None:
        """Ends everything; whoever waits gets an error."""
        self._is_closed = True
        while self._serve_waiter(None):
            pass
        for connection in tuple(self.connections):
            connection.close(shut_down())

    async def _take_turn(self) -> Connection | None:
        """Counts one more opening, at once or when a place is free; or comes back with a connection that was free."""
        if len(self.connections) + self._opening_count < self._limits.max_connections:
            self._opening_count += 1
            return None
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                with suppress(ValueError):
                    self._waiters.remove(waiter)
            else:
                self._give_up_turn(waiter.result())
            raise

    def _give_up_turn(self, turn: Connection | None) -> None:
        """The turn came just as its owner was cancelled: the next one gets it."""
        if turn is not None:
            self.take_back(turn)
        else:
            self._opening_count -= 1
            self._serve_waiter(None)

    def _serve_waiter(self, turn: Connection | None) -> bool:
        """Gives a connection, or leave to open one, to whoever waits longest."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                if turn is None:
                    self._opening_count += 1
                waiter.set_result(turn)
                return True
        return False

    async def _connect(self) -> Connection:
        connection = Connection(self, self._clock)
        try:
            self._refuse_when_closed()
            await self._connector.open(self._origin, connection)
            self._adopt(connection)
        except CONNECT_ERRORS as error:
            raise not_connected(error) from error
        finally:
            self._opening_count -= 1
            if connection not in self.connections:
                self._serve_waiter(None)
        return connection

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise shut_down()

    def _adopt(self, connection: Connection) -> None:
        connection.connect_seconds = self._clock.monotonic() - connection.opened_at
        connection.retires_at = connection.opened_at + self._limits.max_age_seconds
        if self._is_closed:
            connection.close(shut_down())
        if connection.failure is None:
            self.connections.add(connection)
