"""Counting what a credential may still do: as a provider tells it, and as the operator allows it.

Theory of operation: a provider's count is true for the moment of its answer, so a `Gauge` takes off what has been sent
since and gives everything back when the count begins anew. Some providers begin anew all at once, at a moment that all
readings have in common. Others drip (OpenAI, Anthropic, Groq): there the time until "full" grows with what is used, and
readings have that ratio in common. Anthropic tells whole seconds only, so a reading is held against an older one until
the two ways differ by more than that. Until it has shown, the gauge believes in the former, which is never refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from math import inf

from dragoman.routing.limit_headers import Reading

MINUTE = 60.0
TENSE_USE = 0.8
"""From which share of a limit on it is looked at more closely who gets the rest."""
CLEAR_SECONDS = 1.5
"""By how much one of the two ways must explain a reading better; what is told may be off by a second."""
SLICE = 0.05
"""Seconds. What is sent within them is counted as one."""
CAREFUL = 0.97
"""How much of the rate that readings tell of is believed in, since they are rounded."""


class Gauge:
    """What a provider says is left of one thing, of tokens or of requests. What has just been sent is taken off `left`;
    below `tense_below` much of the limit is used up."""

    __slots__ = (
        "_anchor",
        "_limit",
        "_measured_at",
        "_rate",
        "_span",
        "counts_tokens",
        "left",
        "reset_at",
        "tense_below",
    )

    def __init__(self, *, counts_tokens: bool = False) -> None:
        self.counts_tokens = counts_tokens
        self.left = inf
        self._limit = inf
        self.tense_below = 0.0
        self._measured_at = 0.0
        self.reset_at = -inf
        self._span = 0.0
        self._rate = 0.0  # units that drip back in a second
        self._anchor: tuple[float, float] | None = (
            None  # an older reading: when it would be full, seconds for each unit
        )

    def __repr__(self) -> str:
        return f"<Gauge: {self.left:g} of {self._limit:g} left>"

    def read(self, reading: Reading, unanswered: float, now: float) -> None:
        """Take over a reading. `unanswered` is what has been sent and not been answered yet: it may not be counted."""
        limit = reading.limit if reading.limit is not None else inf
        used = limit - reading.remaining
        if 0 < used < inf:
            self._compare(used, reading.reset_seconds, now)
        self._limit = limit
        self.left = reading.remaining - unanswered
        self.tense_below = (1 - TENSE_USE) * limit if limit < inf else 0.0
        self._measured_at = now
        self.reset_at = now + reading.reset_seconds
        self._span = max(self._span, reading.reset_seconds)

    def _compare(self, used: float, reset_seconds: float, now: float) -> None:
        """Which of the two ways explains this reading better by an older one."""
        if self._anchor is not None and now < self._anchor[0]:
            full_at, unit_seconds = self._anchor
            off_moment = abs(now + reset_seconds - full_at)
            off_ratio = abs(reset_seconds - used * unit_seconds)
            if abs(off_moment - off_ratio) <= CLEAR_SECONDS:
                return
            self._rate = CAREFUL * used / reset_seconds if off_ratio < off_moment and reset_seconds > 0 else 0.0
        self._anchor = (now + reset_seconds, reset_seconds / used) if reset_seconds > 0 else None

    def show(self, now: float) -> tuple[float, float, float]:
        """What is left, of how much, and the seconds until it begins anew; infinite where that is not known."""
        if now >= self.reset_at:
            self._roll(now)
        return self.left, self._limit, self.reset_at - now

    def wait(self, need: float, now: float) -> float:
        """Seconds until `need` units are there; 0.0 if they are. What is larger than the limit needs only that."""
        if now >= self.reset_at:
            self._roll(now)
        if need <= self.left:
            return 0.0
        missing = min(need, self._limit) - self.left
        if missing <= 0:
            return 0.0
        until_reset = self.reset_at - now
        if self._rate > 0:
            dripping = missing / self._rate - (now - self._measured_at)
            return min(max(dripping, 0.0), until_reset)
        return until_reset

    def find_use(self, now: float) -> float:
        """The share of the limit that is used up, from 0 to 1; 0 where no limit was told."""
        if self._limit == inf:
            return 0.0
        if now >= self.reset_at:
            self._roll(now)
        dripped = self._rate * (now - self._measured_at)
        return min(max(1 - (self.left + dripped) / max(self._limit, 1.0), 0.0), 1.0)

    def _roll(self, now: float) -> None:
        """Begin anew, since the moment has come; the next reading will tell the truth."""
        self.left = self._limit
        self._measured_at = now
        self.reset_at = now + self._span if self._span > 0 else inf


class Entry:
    """What was sent within a slice of time. `moment` is its latest: all of it counts for a minute from then on."""

    __slots__ = ("ends_at", "is_over", "moment", "tokens", "units")

    def __init__(self, now: float) -> None:
        self.moment = now
        self.ends_at = now + SLICE
        self.units = 0
        self.tokens = 0
        self.is_over = False  # its minute is


class MinuteWindow:
    """Never more than so many units in any sixty seconds. However many are sent, there is an entry for a slice of time
    and not for each, so what is kept has a bound; a slice more is counted than there need be, never less. `sum` is what
    is counted, with what may be over by now. Where the units are requests, their tokens may be limited beside them.
    What is sent is counted here and in the entry `last`, or in a new one where that has ended."""

    __slots__ = ("_entries", "last", "limit", "sum", "token_limit", "tokens")

    def __init__(self, limit: float, token_limit: float = inf) -> None:
        self.limit = limit
        self.token_limit = token_limit
        self._entries: deque[Entry] = deque()
        self.last = Entry(-inf)
        self.sum = 0
        self.tokens = 0

    def __repr__(self) -> str:
        tokens = f", {self.tokens} of {self.token_limit:g} tokens" if self.token_limit < inf else ""
        return f"<MinuteWindow: {self.sum} of {self.limit:g}{tokens}>"

    def wait(self, need: int, now: float) -> float:
        """Seconds until `need` more units fit; 0.0 if they do. What is larger than the limit needs an empty window."""
        if self.sum + need <= self.limit:  # some of it may be over; then there is only more room
            return 0.0
        self._forget(now)
        return self._find_wait(self.sum - max(self.limit - need, 0), [entry.units for entry in self._entries], now)

    def wait_for_tokens(self, need: int, now: float) -> float:
        """The same for so many more tokens."""
        if self.tokens + need <= self.token_limit:
            return 0.0
        self._forget(now)
        excess = self.tokens - max(self.token_limit - need, 0)
        return self._find_wait(excess, [entry.tokens for entry in self._entries], now)

    def _find_wait(self, excess: float, sent: Iterable[int], now: float) -> float:
        """Seconds until so much of what was sent is over."""
        if excess <= 0:
            return 0.0
        for entry, units in zip(self._entries, sent, strict=True):
            excess -= units
            if excess <= 0:
                return entry.moment + MINUTE - now
        return 0.0

    def find_use(self, now: float) -> float:
        """The share of the limit that is used up, from 0 to 1."""
        self._forget(now)
        return min(self.sum / self.limit, 1.0)

    def charge(self, units: int, now: float, tokens: int = 0) -> Entry:
        """So much has just been sent."""
        entry = self.last
        if now >= entry.ends_at:
            entry = self.open(now)
        entry.moment = now
        entry.units += units
        entry.tokens += tokens
        self.sum += units
        self.tokens += tokens
        return entry

    def correct(self, entry: Entry, units: int, tokens: int = 0) -> None:
        """So much more, or less, was sent than was thought; of no interest once its minute is over."""
        if not entry.is_over:
            self.sum += units
            self.tokens += tokens
            entry.units += units
            entry.tokens += tokens

    def open(self, now: float) -> Entry:
        """The entry of a slice that begins now."""
        self._forget(now)
        entry = self.last = Entry(now)
        self._entries.append(entry)
        return entry

    def _forget(self, now: float) -> None:
        entries = self._entries
        while entries and entries[0].moment + MINUTE <= now:
            entry = entries.popleft()
            entry.is_over = True
            self.sum -= entry.units
            self.tokens -= entry.tokens
