"""Counting what a credential may still do: as a provider tells it, and as the operator allows it.

Theory of operation: a provider's count is true for the moment of its answer, so a `Gauge` takes off what has been sent
since and gives everything back when the count begins anew. Some providers begin anew all at once, at a moment that two
readings have in common. Others drip (OpenAI, Anthropic, Groq): there the time until "full" grows with what is used, and
two readings have that ratio in common. Until it has shown, the gauge believes in the former, which is never refused.
"""

from __future__ import annotations

from collections import deque
from math import inf

from dragoman.routing.limit_headers import Reading

MINUTE = 60.0
CLEARLY = 0.5


class Gauge:
    """What a provider says is left of one thing."""

    __slots__ = ("_left", "_limit", "_measured_at", "_rate", "_reset_at", "_span", "_unit_seconds")

    def __init__(self) -> None:
        self._left = inf
        self._limit = inf
        self._measured_at = 0.0
        self._reset_at = -inf
        self._span = 0.0
        self._rate = 0.0  # units that drip back in a second
        self._unit_seconds: float | None = None

    def __repr__(self) -> str:
        return f"<Gauge: {self._left:g} of {self._limit:g} left>"

    def read(self, reading: Reading, unanswered: float, now: float) -> None:
        """Take over a reading. `unanswered` is what has been sent and not been answered yet: it may not be counted."""
        limit = reading.limit if reading.limit is not None else inf
        used = limit - reading.remaining
        if 0 < used < inf:
            self._compare(used, reading.reset_seconds, now)
        self._limit = limit
        self._left = reading.remaining - unanswered
        self._measured_at = now
        self._reset_at = now + reading.reset_seconds
        self._span = max(self._span, reading.reset_seconds)

    def _compare(self, used: float, reset_seconds: float, now: float) -> None:
        """Which of the two ways explains this reading better by the one before."""
        before = self._unit_seconds
        if before is not None and now < self._reset_at:
            off_moment = abs(now + reset_seconds - self._reset_at)
            off_ratio = abs(reset_seconds - used * before)
            self._rate = 1 / before if off_ratio < off_moment * CLEARLY else 0.0
        self._unit_seconds = reset_seconds / used or None

    def wait(self, need: float, now: float) -> float:
        """Seconds until `need` units are there; 0.0 if they are. What is larger than the limit needs only that."""
        self._roll(now)
        need = min(need, self._limit)
        missing = need - self._left
        if missing <= 0:
            return 0.0
        until_reset = self._reset_at - now
        if self._rate > 0:
            dripping = missing / self._rate - (now - self._measured_at)
            return min(max(dripping, 0.0), until_reset)
        return until_reset

    def charge(self, units: float) -> None:
        """So much has just been sent."""
        self._left -= units

    def _roll(self, now: float) -> None:
        """Begin anew when the moment has come; the next reading will tell the truth."""
        if now >= self._reset_at:
            self._left = self._limit
            self._measured_at = now
            self._reset_at = now + self._span if self._span > 0 else inf


class Entry:
    """What was sent at one moment."""

    __slots__ = ("is_over", "moment", "units")

    def __init__(self, moment: float, units: float) -> None:
        self.moment = moment
        self.units = units
        self.is_over = False  # its minute is


class MinuteWindow:
    """Never more than so many units in any sixty seconds."""

    __slots__ = ("_entries", "_sum", "limit")

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._entries: deque[Entry] = deque()
        self._sum = 0.0

    def __repr__(self) -> str:
        return f"<MinuteWindow: {self._sum:g} of {self.limit:g}>"

    def wait(self, need: float, now: float) -> float:
        """Seconds until `need` more units fit; 0.0 if they do. What is larger than the limit needs an empty window."""
        self._forget(now)
        room = self.limit - min(need, self.limit)
        if self._sum <= room:
            return 0.0
        left = self._sum
        for entry in self._entries:
            left -= entry.units
            if left <= room:
                return entry.moment + MINUTE - now
        return 0.0

    def charge(self, units: float, now: float) -> Entry:
        """So much has just been sent."""
        entry = Entry(now, units)
        self._entries.append(entry)
        self._sum += units
        return entry

    def correct(self, entry: Entry, units: float) -> None:
        """It was more, or less, than was thought; of no interest once its minute is over."""
        if not entry.is_over:
            self._sum += units - entry.units
            entry.units = units

    def _forget(self, now: float) -> None:
        entries = self._entries
        while entries and entries[0].moment + MINUTE <= now:
            entry = entries.popleft()
            entry.is_over = True
            self._sum -= entry.units
        if not entries:
            self._sum = 0.0
