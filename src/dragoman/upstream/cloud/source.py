"""What a cloud lends, kept while it lasts and replaced before it ends.

Theory of operation: a request asks for what is there (`read_present`), which waits for nobody. Shortly before its end
something new is fetched beside the traffic, while the old still serves. Only where nothing usable is left a request has
to wait (`read`): one of them fetches, the others share what it got, a refusal too; if it gives up, the next one fetches.
After a refusal nobody asks for a moment, so that a cloud that says no is not asked once for every request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError

MARGIN_SECONDS = 300.0
"""So long before the end something new is fetched; of what lasts less than twice as long, after half of it."""

LAST_SECONDS = 30.0
"""What is this near to its end is used no more: it has to reach the provider alive."""

AGAIN_SECONDS = 15.0
"""So long after a failed renewal the next one is tried, while the old still serves."""

REST_SECONDS = 5.0
"""For so long a refusal is told again instead of being asked for again."""

FRESH_SECONDS = 60.0
"""For so long something lent is kept although a provider refuses it."""

_log = logging.getLogger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Start = Callable[[Coroutine[Any, Any, None], str], object]
"""Runs work beside the traffic."""


class Grant(msgspec.Struct, Generic[T_co], frozen=True):
    """Something lent, and for how long from now on."""

    value: T_co
    lasts_seconds: float

    def __repr__(self) -> str:
        return f"<Grant for {self.lasts_seconds:.0f} s>"


class Issuer(Protocol[T_co]):
    """Who lends. Raises `DragomanError` where nothing can be had, with nothing secret in it."""

    async def issue(self) -> Grant[T_co]: ...


class Source(Generic[T]):
    """What one credential is lent, one after the other."""

    def __init__(self, issuer: Issuer[T], clock: Clock, start: Start) -> None:
        self._issuer = issuer
        self._clock = clock
        self._start = start
        self._value: T | None = None
        self._fetched_at = self._renews_at = self._ends_at = 0.0  # monotonic
        self._is_renewing = False
        self._turn = asyncio.Lock()
        self._failures = 0
        self._failure: DragomanError | None = None
        self._rests_until = 0.0

    def __repr__(self) -> str:
        return f"<Source of {self._issuer!r}>"

    def read_present(self) -> T | None:
        """What is there and still lasts; None where somebody has to wait for it."""
        now = self._clock.monotonic()
        if self._value is None or now >= self._ends_at:
            return None
        if now >= self._renews_at and not self._is_renewing:
            self._is_renewing = True
            self._start(self._renew(self._value), f"renew {self._issuer!r}")
        return self._value

    async def read(self) -> T:
        """Something that lasts a while; raises if nothing can be had."""
        present = self.read_present()
        if present is not None:
            return present
        seen = self._failures
        async with self._turn:
            present = self.read_present()
            if present is not None:
                return present
            is_resting = self._clock.monotonic() < self._rests_until
            if self._failure is not None and (is_resting or self._failures != seen):
                raise _repeat(self._failure)  # of somebody who asked a moment ago, or while this caller waited
            return await self._fetch()

    def forget(self, value: T) -> bool:
        """The provider does not take this. Whether something better may be had: not where it was lent just now, for then
        the next one would be taken as little."""
        if value != self._value:
            return True
        if self._clock.monotonic() < self._fetched_at + FRESH_SECONDS:
            return False
        self._value = None
        return True

    async def _renew(self, old: T) -> None:
        try:
            async with self._turn:
                if self._value == old:
                    await self._fetch()
        except DragomanError:
            self._renews_at = self._clock.monotonic() + AGAIN_SECONDS
        finally:
            self._is_renewing = False

    async def _fetch(self) -> T:
        asked_at = self._clock.monotonic()
        try:
            grant = await self._issuer.issue()
        except DragomanError as error:
            self._failure = error
            self._failures += 1
            self._rests_until = self._clock.monotonic() + REST_SECONDS
            _log.warning("%r gives nothing: %s", self._issuer, error)
            raise
        lasts = grant.lasts_seconds
        self._value = grant.value
        self._fetched_at = asked_at
        self._renews_at = asked_at + max(lasts - MARGIN_SECONDS, lasts / 2)
        self._ends_at = asked_at + lasts - min(LAST_SECONDS, lasts / 10)
        self._failure = None
        return grant.value


def _repeat(error: DragomanError) -> DragomanError:
    """The same for another caller: an error gathers the way of each that raises it."""
    return DragomanError(
        error.kind, error.message, blame=error.blame, status=error.status, code=error.code, phase=error.phase
    )
