"""Runs somebody else's code so that it can harm nobody but itself: in a thread of its own, for no longer than one is
willing to wait, with whatever it raises as a value.

A thread cannot be stopped. One that goes on after its time is left to itself: nobody waits for it, not even the end of
the process, and it counts until it is over, so that no more than `MAX_THREADS` are ever lost that way.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar

MAX_THREADS = 64

Result = TypeVar("Result")


class Outcome(NamedTuple, Generic[Result]):
    """What came of it: a result, or an error."""

    result: Result | None = None
    error: BaseException | None = None


Work = Callable[[], Result]


def attempt(work: Work[Result]) -> Outcome[Result]:
    """What comes of it, here and now."""
    try:
        return Outcome(work())
    except BaseException as error:
        return Outcome(error=error)


class Aside:
    """Starts threads and counts them."""

    def __init__(self, max_threads: int = MAX_THREADS) -> None:
        self._places = threading.BoundedSemaphore(max_threads)

    async def run(self, work: Work[Result], seconds: float) -> Outcome[Result]:
        """What comes of it in that time."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome[Result]] = loop.create_future()

        def tell(outcome: Outcome[Result]) -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(_settle, future, outcome)

        if not self.start(work, tell):
            return Outcome(error=TimeoutError("too many hooks of plugins are running already"))
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return Outcome(error=TimeoutError(f"it took longer than {seconds:g} s"))

    def start(self, work: Work[Result], tell: Callable[[Outcome[Result]], None]) -> bool:
        """Begin, if there is a place, and do not wait; `tell` is called in the thread."""
        if not self._places.acquire(blocking=False):
            return False

        def live() -> None:
            outcome = attempt(work)
            self._places.release()
            tell(outcome)

        threading.Thread(target=live, name="plugin", daemon=True).start()
        return True


def _settle(future: asyncio.Future[Outcome[Result]], outcome: Outcome[Result]) -> None:
    if not future.done():
        future.set_result(outcome)
