"""A second attempt beside a slow first one: whoever first has something to say answers, the other is broken off.

Theory of operation: both are requests like any other, each with its own exchange, so that both are metered and each may
fail over by itself. They write to sinks that hold back the beginning of the answer until the gate has let one through;
the other is cancelled then, and with it its call. An error is held back as long as the other may still do better.
Nothing of this happens once something has gone to the client. Costs one look where no route has a hedge.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from dragoman.dialects.base import WireReply
from dragoman.errors import DragomanError
from dragoman.routing.target import Attempt, HeaderPairs, Hedge, Route
from dragoman.service.exchange import Inbound, ReplySink
from dragoman.service.switchboard import Switchboards

Generate = Callable[[Inbound, ReplySink], Coroutine[Any, Any, None]]

LONG_ENOUGH = 1000
FIRST_ERROR = 400


class Hedging:
    """Stands before the service that answers requests."""

    def __init__(self, inner: Generate, switchboards: Switchboards) -> None:
        self._inner = inner
        self._switchboards = switchboards
        self._budgets = HedgeBudgets()

    def __repr__(self) -> str:
        return f"<Hedging: {self._budgets!r}>"

    def generate(self, inbound: Inbound, sink: ReplySink) -> Coroutine[Any, Any, None]:
        """Answer one request, perhaps with the help of a second attempt."""
        if not self._switchboards().has_hedges:
            return self._inner(inbound, sink)
        route = self._find_route(inbound)
        if route is None or route.hedge is None:
            return self._inner(inbound, sink)
        self._budgets.note_request(route.name)
        return self._race(inbound, sink, route.name, route.hedge)

    def _find_route(self, inbound: Inbound) -> Route | None:
        try:
            envelope = inbound.client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream)
            return self._switchboards().resolver.resolve(envelope.model)
        except DragomanError:
            return None

    async def _race(self, inbound: Inbound, sink: ReplySink, route: str, hedge: Hedge) -> None:
        gate = Gate(sink)
        trail: list[Attempt] = []
        async with asyncio.TaskGroup() as group:
            first = gate.open_leg()
            first.task = group.create_task(self._run(msgspec.structs.replace(inbound, trail=trail), first))
            if not await gate.is_decided_within(hedge.after_seconds) and trail and self._budgets.take(route, hedge):
                second = gate.open_leg()
                second.task = group.create_task(self._run(msgspec.structs.replace(inbound, beside=trail), second))
            await gate.wait()
            gate.cancel_losers()
        await gate.tell_failure()

    async def _run(self, inbound: Inbound, leg: Leg) -> None:
        try:
            await self._inner(inbound, leg)
        finally:
            leg.end()


class Gate:
    """Lets one leg through to the client."""

    def __init__(self, sink: ReplySink) -> None:
        self.sink = sink
        self.winner: Leg | None = None
        self._legs: list[Leg] = []
        self._change = asyncio.Event()

    def open_leg(self) -> Leg:
        """One more that may win."""
        leg = Leg(self, is_first=not self._legs)
        self._legs.append(leg)
        return leg

    @property
    def is_decided(self) -> bool:
        """Somebody has won, or nobody can any more."""
        return self.winner is not None or all(leg.is_over for leg in self._legs)

    async def is_decided_within(self, seconds: float) -> bool:
        """Whether that is so in time."""
        try:
            async with asyncio.timeout(seconds):
                await self.wait()
        except TimeoutError:
            return False
        return True

    async def wait(self) -> None:
        """Until it is decided."""
        while not self.is_decided:
            self._change.clear()
            await self._change.wait()

    def note_change(self) -> None:
        """A leg has won or ended."""
        self._change.set()

    async def pass_through(self, leg: Leg) -> None:
        """Return if the leg may write to the client; whoever may not is cancelled here."""
        if self.winner is None:
            self.winner = leg
            self.note_change()
        if self.winner is not leg:
            await asyncio.get_running_loop().create_future()

    def cancel_losers(self) -> None:
        """Break off everybody but the winner."""
        for leg in self._legs:
            if leg is not self.winner and leg.task is not None:
                leg.task.cancel()

    async def tell_failure(self) -> None:
        """Where nobody has won, the client is told why the first has failed."""
        held = next((leg.held for leg in self._legs if leg.held is not None), None)
        if self.winner is not None or held is None:
            return
        if self.sink.is_started:  # by a heartbeat
            await self.sink.send_chunk(held[0].as_event)
            await self.sink.end_stream()
        else:
            await self.sink.send_reply(*held)


class Leg:
    """The sink of one attempt of the two."""

    def __init__(self, gate: Gate, *, is_first: bool) -> None:
        self.task: asyncio.Task[None] | None = None
        self.held: tuple[WireReply, HeaderPairs] | None = None
        self.is_over = False
        self._gate = gate
        self._is_first = is_first

    @property
    def is_started(self) -> bool:
        """This leg has begun to answer. That a heartbeat has sent the status line says nothing about it."""
        return self._gate.winner is self and self._gate.sink.is_started

    def end(self) -> None:
        """Nothing more comes."""
        self.is_over = True
        self._gate.note_change()

    def announce(self, *, is_stream: bool, survives_disconnect: bool) -> None:
        """Once is enough."""
        if self._is_first:
            self._gate.sink.announce(is_stream=is_stream, survives_disconnect=survives_disconnect)

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None:
        """A whole answer. An error waits for what becomes of the other leg."""
        if reply.status >= FIRST_ERROR:
            self.held = (reply, headers)
            return
        await self._gate.pass_through(self)
        await self._gate.sink.send_reply(reply, headers)

    async def start_stream(self, content_type: bytes, headers: HeaderPairs) -> None:
        """The beginning of a stream, which has something to say."""
        await self._gate.pass_through(self)
        if not self._gate.sink.is_started:
            await self._gate.sink.start_stream(content_type, headers)

    async def send_chunk(self, chunk: bytes) -> None:
        await self._gate.pass_through(self)
        await self._gate.sink.send_chunk(chunk)

    def find_outlet(self) -> None:
        """There is no way around `send_chunk`."""

    async def end_stream(self) -> None:
        await self._gate.pass_through(self)
        await self._gate.sink.end_stream()


class HedgeBudgets:
    """How many of a route's requests were asked twice. The past counts less and less."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, list[float]] = {}

    def __repr__(self) -> str:
        return f"<HedgeBudgets of {len(self._counts)} routes>"

    def note_request(self, route: str) -> None:
        """One more request of the route."""
        counts = self._counts.setdefault(route, [0.0, 0.0])
        counts[0] += 1
        if counts[0] >= LONG_ENOUGH:
            self._counts[route] = [counts[0] / 2, counts[1] / 2]

    def take(self, route: str, hedge: Hedge) -> bool:
        """Whether one more request may be asked twice; at least one always may."""
        counts = self._counts.setdefault(route, [0.0, 0.0])
        if counts[1] + 1 > max(1.0, counts[0] * hedge.share):
            return False
        counts[1] += 1
        return True
