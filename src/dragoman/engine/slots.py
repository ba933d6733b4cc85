"""A worker's places: as many as it answers at once, and a bounded line of those who wait for one.

First come, first served; who waits too long or finds the line full gets an honest 503 with the time to come back at.
"""

from __future__ import annotations

import asyncio
from collections import deque

from dragoman.engine.failures import busy


class SlotLine:
    """Hands out places in the order in which they are asked for."""

    __slots__ = ("_free", "_limit", "_name", "_waiters", "slots")

    def __init__(self, name: str, slots: int, limit: int) -> None:
        self._name = name
        self._limit = limit
        self._free = slots
        self._waiters: deque[asyncio.Future[None]] = deque()
        self.slots = slots

    def __repr__(self) -> str:
        return f"<SlotLine {self._name}: {self.taken} of {self.slots} busy, {len(self._waiters)} waiting>"

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return self.slots - self._free

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._waiters)

    def resize(self, slots: int, limit: int) -> None:
        """Another number of places and of those who may wait. Places that are too many go as they are given back."""
        self._free += slots - self.slots
        self.slots = slots
        self._limit = limit
        while self._free > 0 and self._waiters:
            self._free -= 1
            self.give_back()

    async def take(self, seconds: float) -> None:
        """A place, at once or after those who came before; whoever got one gives it back."""
        if self._free > 0 and not self._waiters:
            self._free -= 1
            return
        if len(self._waiters) >= self._limit:
            raise busy(f"The local model {self._name!r} is busy and {self._limit} requests wait for it already.")
        await self._stand_in_line(seconds)

    def give_back(self) -> None:
        """The place goes to whoever waits longest."""
        while self._waiters and self._free >= 0:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1

    async def _stand_in_line(self, seconds: float) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except (TimeoutError, asyncio.CancelledError) as error:
            if waiter.done() and not waiter.cancelled():
                self.give_back()  # the place came in the moment of giving up
            elif waiter in self._waiters:
                self._waiters.remove(waiter)
            if isinstance(error, TimeoutError):
                raise busy(f"The local model {self._name!r} was busy for {seconds:g} s.") from None
            raise
