"""What one key, one team or the whole gateway has spent, by day, week, month and in all, by UTC.

Theory of operation. The ledger has the truth, but rows take a moment to arrive there. So what counts is what the ledger
said when it was last asked, and what has been settled here since and not arrived (`_unmoved`, by day); a row that arrives
moves from the latter to the former, which changes no sum. A period begins anew when the clock enters it, and never goes
back: a clock that is set back earns nobody a second budget. What is charged today counts for every period, so it is one
number until somebody asks for the sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import get_args

from dragoman.clock import Clock
from dragoman.ledger.control.records import Period

PERIODS: tuple[Period, ...] = get_args(Period)
DAY_MS = 86_400_000
UNBOUNDED = 2**62
"""The room of one without budgets: more than can be spent."""


def find_starts(moment_ms: int) -> dict[Period, int]:
    """When the periods began that a moment lies in. Week and month begin with a day, so days are the finest there is."""
    day_ms = moment_ms - moment_ms % DAY_MS
    day = datetime.fromtimestamp(day_ms / 1000, UTC)
    return {
        "day": day_ms,
        "week": day_ms - day.weekday() * DAY_MS,
        "month": day_ms - (day.day - 1) * DAY_MS,
        "total": 0,
    }


def find_end(period: Period, start_ms: int) -> int | None:
    """When a period that began then is over; None for the one that never is."""
    if period == "total":
        return None
    if period == "month":
        first = datetime.fromtimestamp(start_ms / 1000, UTC)
        return int(((first + timedelta(days=32)).replace(day=1)).timestamp() * 1000)
    return start_ms + (DAY_MS if period == "day" else 7 * DAY_MS)


class Spending:
    """Sums by period. All money is whole nanodollars. `room` is what may still be spent by the tightest of the budgets;
    `today` what was charged for the day that began at `day_ms` and is not added to the sums yet."""

    __slots__ = ("_budgets", "_end_ms", "_spent", "_starts", "_unmoved", "day_ms", "room", "today")

    def __init__(self, now_ms: int) -> None:
        self.room = UNBOUNDED
        self._budgets: Mapping[Period, int] = {}
        self._begin(find_starts(now_ms))
        self.today = 0  # charged and not added to the sums yet: it counts for every period
        self._unmoved: dict[int, int] = {}
        self._spent: dict[Period, int] = dict.fromkeys(PERIODS, 0)

    def __repr__(self) -> str:
        return f"<Spending {self.spent['total']} nanodollars>"

    @property
    def spent(self) -> Mapping[Period, int]:
        """What was spent in each period, as far as the clock was told."""
        self._fold()
        return self._spent

    def limit(self, budgets: Mapping[Period, int]) -> None:
        """Other budgets from now on."""
        self._budgets = budgets
        self._find_room()

    def roll(self, now_ms: int) -> None:
        """Begin anew whatever has ended."""
        if now_ms < self._end_ms:
            return
        self._fold()
        before = self._starts
        self._begin(find_starts(now_ms))
        for period in PERIODS:
            if self._starts[period] != before[period]:
                self._spent[period] = self._sum_unmoved(self._starts[period])
        self._find_room()

    def charge_other_day(self, cost: int, day_ms: int, now_ms: int) -> None:
        """An exchange is settled that did not begin today, as far as it was told what day it is."""
        self.roll(now_ms)
        # Where the clock is behind the period, the period counts: nothing is spent that counts nowhere.
        if now_ms < self.day_ms:
            day_ms = self.day_ms
        self._unmoved[day_ms] = self._unmoved.get(day_ms, 0) + cost
        self.add(cost, day_ms)

    def add(self, cost: int, day_ms: int) -> None:
        """So much was spent on that day."""
        spent, starts, is_today = self._spent, self._starts, day_ms >= self.day_ms
        for period in PERIODS:
            if is_today or day_ms >= starts[period]:
                spent[period] += cost
        self._find_room()

    def arrive(self, cost: int, day_ms: int) -> None:
        """Some of what was charged has arrived in the ledger."""
        self._fold()
        left = self._unmoved.get(day_ms, 0) - cost
        if left:
            self._unmoved[day_ms] = left
        else:
            self._unmoved.pop(day_ms, None)

    def load(self, starts: Mapping[Period, int], told: Mapping[Period, int]) -> None:
        """What the ledger says of the periods that began then."""
        self._fold()
        for period in PERIODS:
            if starts[period] == self._starts[period]:
                self._spent[period] = told.get(period, 0) + self._sum_unmoved(starts[period])
        self._find_room()

    def _begin(self, starts: dict[Period, int]) -> None:
        self._starts = starts
        self.day_ms = starts["day"]
        self._end_ms = self.day_ms + DAY_MS

    def _fold(self) -> None:
        """Add to the sums what was charged today."""
        cost, self.today = self.today, 0
        if cost:
            self._unmoved[self.day_ms] = self._unmoved.get(self.day_ms, 0) + cost
            for period in PERIODS:
                self._spent[period] += cost

    def _find_room(self) -> None:
        spent = self.spent
        self.room = min([budget - spent[period] for period, budget in self._budgets.items()], default=UNBOUNDED)

    def _sum_unmoved(self, since_ms: int) -> int:
        return sum(cost for day_ms, cost in self._unmoved.items() if day_ms >= since_ms)


def charge_all(payers: Iterable[Spending], cost: int, started_ms: int, clock: Clock) -> None:
    """An exchange is settled here, for all of these, and on its way to the ledger. If it began today, that is for all
    periods of which this is a day, whatever time it is."""
    day_ms = started_ms - started_ms % DAY_MS
    for spending in payers:
        if spending.day_ms == day_ms:
            spending.today += cost
            spending.room -= cost
        else:
            spending.charge_other_day(cost, day_ms, int(clock.unix() * 1000))
