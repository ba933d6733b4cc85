"""How much a key, a team or the whole gateway may do, and what of it is being done.

To look and to take is one step without a pause in it, so that requests that come together cannot all take the same last
dollar. Whoever took gives back exactly once, through its `Hold`. Rates are counted by a clock that nobody can set.
"""

from __future__ import annotations

from math import inf

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Limits, Period
from dragoman.routing.gauges import Entry, MinuteWindow
from dragoman.service.spending import Spending, find_end, find_starts

NO_LIMITS = Limits()
NANODOLLARS = 1_000_000_000
BUSY_RETRY_SECONDS = 1.0

PERIOD_WORDS: dict[Period, str] = {"day": "for a day", "week": "for a week", "month": "for a month", "total": "in all"}


class Account:
    """What one of them may and does. `title` says whose it is, in words for the caller."""

    __slots__ = ("_minute", "has_budget", "in_flight", "limits", "reserved", "spending", "title")

    def __init__(self, title: str, now_ms: int) -> None:
        self.title = title
        self.limits = NO_LIMITS
        self.has_budget = False
        self.spending = Spending(now_ms)
        self.reserved = 0
        self.in_flight = 0
        self._minute: MinuteWindow | None = None  # where something is limited by the minute

    def __repr__(self) -> str:
        return f"<Account of {self.title}: {self.in_flight} in flight, {self.reserved} nanodollars reserved>"

    @property
    def is_limited(self) -> bool:
        return self.limits != NO_LIMITS

    def change(self, limits: Limits) -> None:
        """Other limits from now on; what is counted stays counted, also where nothing is limited by the minute any more."""
        self.limits = limits
        self.has_budget = bool(limits.budgets)
        self.spending.limit(limits.budgets)
        rpm, tpm = limits.rpm or inf, limits.tpm or inf
        if self._minute is not None:
            self._minute.limit, self._minute.token_limit = rpm, tpm
        elif limits.rpm or limits.tpm:
            self._minute = MinuteWindow(rpm, tpm)

    def take(self, estimate: int, tokens: int, now: float, clock: Clock) -> Entry | None:
        """One more request; where it was counted by the minute. Raises RATE_LIMIT or PAYMENT_REQUIRED where it is one too
        many, and takes nothing. What day it is matters only where there is no room."""
        minute, concurrency = self._minute, self.limits.concurrency
        if concurrency and self.in_flight >= concurrency:
            raise self._refuse_rate(f"{concurrency} requests at the same time", BUSY_RETRY_SECONDS)
        if minute is not None and (minute.sum >= minute.limit or minute.tokens + tokens > minute.token_limit):
            self._check_minute(minute, tokens, now)
        reserved = self.reserved + estimate
        if reserved > self.spending.room:
            self._check_budgets(estimate, int(clock.unix() * 1000))
        self.in_flight += 1
        self.reserved = reserved
        if minute is None:
            return None
        entry = minute.last
        if now >= entry.ends_at:
            entry = minute.open(now)
        entry.moment = now
        entry.units += 1
        entry.tokens += tokens
        minute.sum += 1
        minute.tokens += tokens
        return entry

    def _check_minute(self, minute: MinuteWindow, tokens: int, now: float) -> None:
        """There is no room, unless some of what is counted is over."""
        if wait := minute.wait(1, now):
            raise self._refuse_rate(f"{self.limits.rpm} requests a minute", wait)
        if wait := minute.wait_for_tokens(tokens, now):
            raise self._refuse_rate(f"{self.limits.tpm} tokens a minute", wait)

    def _check_budgets(self, estimate: int, now_ms: int) -> None:
        """There is no room, unless a period has ended."""
        self.spending.roll(now_ms)
        spent, wanted = self.spending.spent, self.reserved + estimate
        for period, budget in self.limits.budgets.items():
            if spent[period] + wanted > budget:
                raise self._refuse_payment(period, budget, estimate, now_ms)

    def give_back(self, estimate: int, entry: Entry | None, tokens: int, is_counted: bool) -> None:
        """The request is over. So many more tokens count by the minute than were taken; it itself may count for nothing."""
        self.in_flight -= 1
        self.reserved -= estimate
        minute = self._minute
        if entry is not None and minute is not None and not entry.is_over:
            entry.tokens += tokens
            minute.tokens += tokens
            if not is_counted:
                entry.units -= 1
                minute.sum -= 1

    def _refuse_rate(self, what: str, wait: float) -> DragomanError:
        message = f"{self.title} may do no more than {what}."
        return DragomanError(Kind.RATE_LIMIT, message, retry_after_seconds=wait, code="rate_limit_exceeded")

    def _refuse_payment(self, period: Period, budget: int, estimate: int, now_ms: int) -> DragomanError:
        spent, reserved = self.spending.spent[period], self.reserved
        end_ms = find_end(period, find_starts(now_ms)[period])
        ends = f" It begins anew in {_show_wait((end_ms - now_ms) / 1000)}." if end_ms is not None else ""
        message = (
            f"{self.title} has a budget of {show_dollars(budget)} {PERIOD_WORDS[period]}, of which "
            f"{show_dollars(spent)} is spent and {show_dollars(reserved)} is reserved for requests that are running; "
            f"this request could cost {show_dollars(estimate)}.{ends}"
        )
        return DragomanError(Kind.PAYMENT_REQUIRED, message, code="budget_exceeded")


def show_dollars(nanodollars: int) -> str:
    """To the digit that matters: `$12.50`, `$0.000123`."""
    whole, rest = divmod(nanodollars, NANODOLLARS)
    digits = f"{rest:09d}".rstrip("0").ljust(2, "0")
    return f"${whole:,}.{digits}"


def _show_wait(seconds: float) -> str:
    hours, minutes = divmod(max(int(seconds), 0) // 60, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
