"""How many of the attempts may be retries, so that an outage is not made worse by those who suffer from it.

Of the requests of the last ten seconds 20 % may be tried again, and at least three. Only a retry with somebody whose
last call failed can be refused: a failover to someone who is well burdens nobody, and is only counted.
"""

from __future__ import annotations

SHARE = 0.2
AT_LEAST = 3
HALF_SECONDS = 5.0


class RetryBudget:
    """Counts in two halves of the window, the older of which is forgotten as a whole."""

    __slots__ = ("_before", "_half_ends", "_requests", "_retries")

    def __init__(self) -> None:
        self._half_ends = 0.0
        self._before = (0, 0)  # requests and retries of the older half
        self._requests = 0
        self._retries = 0

    def __repr__(self) -> str:
        return f"<RetryBudget: {self._before[1] + self._retries} retries>"

    def note_request(self, now: float) -> None:
        """A client's request begins."""
        if now >= self._half_ends:
            self._turn(now)
        self._requests += 1

    def note_failover(self, now: float) -> None:
        """An attempt with somebody who is well."""
        if now >= self._half_ends:
            self._turn(now)
        self._retries += 1

    def take(self, now: float) -> bool:
        """Whether one more retry is within the budget; it is spent then."""
        if now >= self._half_ends:
            self._turn(now)
        requests = self._before[0] + self._requests
        retries = self._before[1] + self._retries
        if retries + 1 > max(AT_LEAST, SHARE * requests):
            return False
        self._retries += 1
        return True

    def _turn(self, now: float) -> None:
        is_recent = now < self._half_ends + HALF_SECONDS
        self._before = (self._requests, self._retries) if is_recent else (0, 0)
        self._requests = self._retries = 0
        self._half_ends = now + HALF_SECONDS
