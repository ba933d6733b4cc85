"""The client transport: HTTP/1.1 over pooled connections, cheap enough to stand in the way of every request.

On the hot path (a pooled connection, a small request, an answer in one packet) a call costs one write, one future and
one wake-up: no task, no lock, no timer. Timeouts are watched by one ticker for all calls, which runs only while there
are calls or idle connections. Invariant: whatever ends a call early closes its socket before the caller goes on.
"""

from __future__ import annotations

import asyncio
import ssl

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError
from dragoman.upstream.connect import Connector, Resolve, resolve_name
from dragoman.upstream.connection import Connection
from dragoman.upstream.decoding import Decoder, drop_coding_headers, select_decoder
from dragoman.upstream.failures import closed_early, oversized, shut_down
from dragoman.upstream.outbox import Outbox
from dragoman.upstream.pool import DEFAULT_LIMITS, Limits, OriginPool
from dragoman.upstream.proxy import NO_PROXIES, ProxyRules
from dragoman.upstream.transport import Headers, Origin, OutgoingRequest, Take

TICK_SECONDS = 0.05


class Http1Answer(msgspec.Struct, eq=False):
    """An answer whose body is still being read off its connection."""

    _connection: Connection | None
    status: int
    headers: Headers
    connect_seconds: float
    _failure: DragomanError | None = None

    def __repr__(self) -> str:
        return f"<Http1Answer {self.status}, {'open' if self._connection else 'closed'}>"

    def header(self, name: bytes) -> bytes | None:
        """The first header of that (lower-case) name."""
        for candidate, value in self.headers:
            if candidate == name:
                return value
        return None

    async def read_chunk(self) -> bytes:
        """All body bytes that have arrived, waiting for some if there are none; empty at the end of the body."""
        while (connection := self._connection) is not None:
            parser = connection.parser
            if parser.chunks:
                return connection.take()
            if parser.stage == "complete":
                self._connection = None
                connection.release()
            elif connection.failure is not None:
                self.close(connection.failure)
            else:
                try:
                    await connection.wait()
                except BaseException:
                    self.close()
                    raise
        if self._failure is not None:
            raise self._failure
        return b""

    def pass_to(self, take: Take) -> None:
        """What comes while somebody waits goes straight on, out of the socket's own callback."""
        if self._connection is not None:
            self._connection.take_over = take

    async def read_all(self, limit_bytes: int) -> bytes:
        """The whole body, or an error and a closed socket if it is longer than that."""
        connection = self._connection
        if connection is None or connection.parser.stage != "complete":
            return await self._gather(limit_bytes)
        body = connection.take()
        self._connection = None
        connection.release()
        if len(body) > limit_bytes:
            raise oversized(limit_bytes)
        return body

    def mark_progress(self) -> None:
        """The bytes read last meant something (a ping does not)."""
        if self._connection is not None:
            self._connection.mark_progress()

    def close(self, reason: DragomanError | None = None) -> None:
        """Lets go of the connection: back to the pool if the whole answer has come, else closed at once."""
        connection = self._connection
        if connection is not None:
            self._connection = None
            self._failure = reason or closed_early()
            if connection.parser.stage == "complete":
                connection.release()
            else:
                connection.close()

    async def _gather(self, limit_bytes: int) -> bytes:
        chunks = []
        size = 0
        while chunk := await self.read_chunk():
            size += len(chunk)
            if size > limit_bytes:
                self.close()
                raise oversized(limit_bytes)
            self.mark_progress()  # nobody can judge the parts of a body that is read in one go
            chunks.append(chunk)
        return b"".join(chunks)


class DecodedAnswer(Http1Answer, kw_only=True):
    """An answer that was compressed although nobody had asked for it."""

    decoder: Decoder

    async def read_chunk(self) -> bytes:
        """The next plain bytes, at most one bounded step of them."""
        if self._failure is not None:
            raise self._failure
        decoder = self.decoder
        try:
            while not (plain := decoder.step()):
                compressed = await super().read_chunk()
                if not compressed:
                    decoder.finish()
                    return b""
                decoder.feed(compressed)
        except DragomanError as error:
            self.close()
            self._failure = error
            raise
        return plain

    def pass_to(self, take: Take) -> None:
        """What comes has to be unpacked first, in bounded steps."""

    async def read_all(self, limit_bytes: int) -> bytes:
        """The whole body, plain, or an error and a closed socket if it is longer than that."""
        return await self._gather(limit_bytes)


def open_answer(connection: Connection) -> Http1Answer:
    """The answer whose head has come; raises what came instead, or if its body is in a coding that we cannot undo."""
    parser, deadlines = connection.parser, connection.deadlines
    if connection.failure is not None and parser.stage == "head":
        raise connection.failure
    deadlines.progress_at = deadlines.heard_at
    headers = parser.headers
    decoder = select_decoder(headers)
    if decoder is None:
        return Http1Answer(connection, parser.status, headers, connection.connect_seconds)
    headers = drop_coding_headers(headers)
    return DecodedAnswer(connection, parser.status, headers, connection.connect_seconds, decoder=decoder)


class Http1Transport:
    """Sends requests to origins over pooled connections; lives on one event loop."""

    def __init__(
        self,
        clock: Clock,
        tls_context: ssl.SSLContext | None = None,
        limits: Limits = DEFAULT_LIMITS,
        proxies: ProxyRules = NO_PROXIES,
        resolve: Resolve = resolve_name,
    ) -> None:
        self._clock = clock
        self._monotonic = clock.monotonic
        self._limits = limits
        self._connector = Connector(tls_context, proxies, resolve)
        self._outbox = Outbox()
        self._pools: dict[Origin, OriginPool] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._is_watching = False
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<Http1Transport {list(self._pools.values())}>"

    async def send(self, request: OutgoingRequest) -> Http1Answer:
        """Sends the request and waits for the head of the answer. A pooled connection that turns out to be dead
        before it has yielded a byte is replaced by a fresh one, once."""
        pool = self._pools.get(request.origin) or self._add_pool(request.origin)
        head = pool.heads.build(request)
        monotonic = self._monotonic
        started_at = now = monotonic()
        connection = pool.take_idle(now)
        if connection is None:
            connection = await pool.open(request.timeouts)
            now = monotonic()
        try:
            if not self._is_watching:  # only now: the ticker goes to rest while a connection is being opened
                self._watch()
            await connection.exchange(request, head, started_at, now)
            if connection.is_cut and connection.is_stale:
                connection = await pool.open(request.timeouts)
                self._watch()
                await connection.exchange(request, head, started_at, monotonic())
            return open_answer(connection)
        except BaseException:
            connection.close()
            raise

    async def aclose(self) -> None:
        """Ends all calls and closes all sockets; further calls are refused."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        for pool in self._pools.values():
            pool.close()
        await asyncio.sleep(0)  # an aborted socket is closed in the loop's next round

    def _add_pool(self, origin: Origin) -> OriginPool:
        if self._is_closed:
            raise shut_down()
        pool = self._pools[origin] = OriginPool(origin, self._connector, self._clock, self._limits, self._outbox)
        return pool

    def _watch(self) -> None:
        """A call is under way: look at it every tick."""
        if not self._is_watching:
            self._is_watching = True
            self._arm(TICK_SECONDS)

    def _tick(self) -> None:
        self._arm(TICK_SECONDS)  # first of all, so that nothing that goes wrong below stops the clock
        now = self._monotonic()
        is_busy = [pool.check(now) for pool in self._pools.values()]
        self._is_watching = any(is_busy)
        if not self._is_watching:
            self._rest()

    def _rest(self) -> None:
        """No calls: look once more when every connection that is idle now has been so for long enough."""
        if any(pool.connections for pool in self._pools.values()):
            self._arm(self._limits.idle_seconds)
        elif self._timer is not None:
            self._timer.cancel()

    def _arm(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)
