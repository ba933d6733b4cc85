"""Where requests wait for a key: first come, first served for each route, bounded, and at most one of them on a timer.

Theory of operation: a request that finds nobody takes a ticket. Only the first of a route's queue looks for a key, when
the shortest rest is over or when any key was given back; it leaves as soon as it has one, and the next is first.
Newcomers line up behind those who wait already, even if a key has become ready in the meantime.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from dragoman.errors import DragomanError, Kind

DEFAULT_QUEUE_LIMIT = 1024


class Ticket:
    """One request's place in the queue of its route. Whoever takes one leaves it, however the request ends."""

    __slots__ = ("_queue", "_room", "_route", "_woken")

    def __init__(self, room: WaitingRoom, route: str, queue: deque[Ticket]) -> None:
        self._room = room
        self._route = route
        self._queue = queue
        self._woken = asyncio.Event()
        queue.append(self)

    async def wait(self, seconds: float, patience_seconds: float) -> None:
        """Return when it is worth looking again: for the first of the queue after so many seconds or when a key was
        given back, for the others when they have become first; for all when patience is over."""
        self._woken.clear()
        try:
            async with asyncio.timeout(seconds if self._queue[0] is self else patience_seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    def wake(self) -> None:
        """Something has changed: look again."""
        self._woken.set()

    def leave(self) -> None:
        """Give the place up; the next one may be first now."""
        was_first = self._queue[0] is self
        self._queue.remove(self)
        self._room.note_leaving(self._route)
        if was_first and self._queue:
            self._queue[0].wake()


class WaitingRoom:
    """All queues. `sleep` is for pauses that nobody can cut short."""

    def __init__(
        self, queue_limit: int = DEFAULT_QUEUE_LIMIT, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self.count = 0
        self.queue_limit = queue_limit
        self.sleep = sleep
        self._queues: dict[str, deque[Ticket]] = {}

    def __repr__(self) -> str:
        return f"<WaitingRoom: {self.count} waiting in {len(self._queues)} queues>"

    def has_queue(self, route: str) -> bool:
        """Whether somebody waits for this route already."""
        return route in self._queues

    def take_ticket(self, route: str) -> Ticket:
        """A place at the end of the route's queue; raises when too many wait."""
        if self.count >= self.queue_limit:
            message = "Too many requests wait for a credential of a provider."
            raise DragomanError(Kind.OVERLOADED, message, blame="gateway", code="queue_full", retry_after_seconds=1.0)
        self.count += 1
        return Ticket(self, route, self._queues.setdefault(route, deque()))

    def note_leaving(self, route: str) -> None:
        """One of the route's queue has left it."""
        self.count -= 1
        if not self._queues[route]:
            del self._queues[route]

    def note_release(self) -> None:
        """A key was given back: those who are first look whether it is theirs."""
        for queue in self._queues.values():
            queue[0].wake()
