"""Periods, and what is spent in each, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dragoman.clock import FixedClock
from dragoman.service.spending import DAY_MS, UNBOUNDED, Spending, charge_all, find_end, find_starts


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "day", "week", "month"),
    [
        ("2026-11-21 17:04", "2026-11-21", "2026-11-16", "2026-11-01"),
        ("2026-11-16 00:00", "2026-11-16", "2026-11-16", "2026-11-01"),
        ("2026-11-15 23:59:59.999", "2026-11-15", "2026-11-09", "2026-11-01"),
        ("2028-02-29 12:00", "2028-02-29", "2028-02-28", "2028-02-01"),
        ("2026-12-31 23:00", "2026-12-31", "2026-12-28", "2026-12-01"),
        ("1970-01-01 00:00", "1970-01-01", "1969-12-29", "1970-01-01"),
    ],
)
def test_periods_begin_with_a_day_of_utc(moment: str, day: str, week: str, month: str) -> None:
    assert find_starts(at(moment)) == {"day": at(day), "week": at(week), "month": at(month), "total": 0}


def test_periods_end_where_the_next_one_begins() -> None:
    starts = find_starts(at("2026-12-30 17:00"))
    ends = {period: find_end(period, start) for period, start in starts.items()}
    assert ends == {"day": at("2026-12-31"), "week": at("2027-01-04"), "month": at("2027-01-01"), "total": None}


NOON = at("2026-11-30 12:00")  # a Monday and the last day of its month


def charge(spending: Spending, cost: int, started_ms: int, now_ms: int) -> None:
    charge_all([spending], cost, started_ms, FixedClock(unix=now_ms / 1000))


def test_each_period_begins_anew_in_its_own_time() -> None:
    spending = Spending(NOON)
    charge(spending, 5, NOON, NOON)
    assert spending.spent == {"day": 5, "week": 5, "month": 5, "total": 5}
    spending.roll(NOON + DAY_MS // 2)
    assert spending.spent == {"day": 0, "week": 5, "month": 0, "total": 5}
    spending.roll(NOON + 7 * DAY_MS)
    assert spending.spent == {"day": 0, "week": 0, "month": 0, "total": 5}


def test_what_began_yesterday_counts_for_yesterday() -> None:
    spending = Spending(NOON)
    charge(spending, 5, NOON, NOON + DAY_MS)
    spending.roll(NOON + DAY_MS)
    assert spending.spent == {"day": 0, "week": 5, "month": 0, "total": 5}


@pytest.mark.parametrize("back_ms", [1000, DAY_MS, 40 * DAY_MS])
def test_a_clock_that_is_set_back_earns_no_second_budget(back_ms: int) -> None:
    spending = Spending(NOON)
    charge(spending, 5, NOON, NOON)
    for _ in range(3):
        spending.roll(NOON - back_ms)
        charge(spending, 5, NOON - back_ms, NOON - back_ms)
    assert spending.spent == {"day": 20, "week": 20, "month": 20, "total": 20}


def test_a_clock_that_jumps_ahead_and_back_begins_a_day_once() -> None:
    spending = Spending(NOON)
    charge(spending, 5, NOON, NOON)
    charge(spending, 5, NOON + DAY_MS, NOON + DAY_MS)
    charge(spending, 5, NOON, NOON)
    assert spending.spent["day"] == 10
    spending.roll(NOON + DAY_MS)
    assert spending.spent["day"] == 10
    spending.roll(NOON + 2 * DAY_MS)
    assert spending.spent["day"] == 0


def test_a_row_on_its_way_counts_once_before_and_after_it_arrives() -> None:
    spending = Spending(NOON)
    starts = find_starts(NOON)
    day = spending_day = starts["day"]
    charge(spending, 5, NOON, NOON)
    spending.load(starts, {"day": 100, "week": 200, "month": 300, "total": 400})
    assert spending.spent == {"day": 105, "week": 205, "month": 305, "total": 405}
    spending.arrive(5, day)
    assert spending.spent["day"] == 105
    spending.load(starts, {"day": 105, "week": 205, "month": 305, "total": 405})
    assert spending.spent == {"day": 105, "week": 205, "month": 305, "total": 405}
    assert spending_day == day


def test_what_the_ledger_says_of_a_day_that_is_over_is_not_taken_for_today() -> None:
    spending = Spending(NOON)
    starts = find_starts(NOON)
    spending.roll(NOON + DAY_MS)
    spending.load(starts, {"day": 9, "week": 9, "month": 9, "total": 9})
    assert spending.spent == {"day": 0, "week": 9, "month": 0, "total": 9}


def test_the_room_is_that_of_the_tightest_budget_whatever_happens() -> None:
    spending = Spending(NOON)
    assert spending.room == UNBOUNDED
    spending.limit({"day": 10, "total": 100})
    charge(spending, 4, NOON, NOON)
    assert spending.room == 6
    charge(spending, 3, NOON - DAY_MS, NOON)  # yesterday's, which is no part of the day
    assert spending.room == 6
    spending.load(find_starts(NOON), {"day": 1, "total": 95})
    assert spending.room == 100 - 95 - 7
    spending.add(1, find_starts(NOON)["day"])
    assert spending.room == -3
    spending.limit({"day": 10})
    assert spending.room == 10 - 1 - 4 - 1
    spending.roll(NOON + DAY_MS)
    assert spending.room == 10


def test_what_is_charged_while_a_day_ends_counts_for_the_day_it_began_in() -> None:
    spending = Spending(NOON)
    spending.limit({"day": 10, "total": 100})
    charge(spending, 4, NOON, NOON)
    charge(spending, 3, NOON + DAY_MS, NOON + DAY_MS)
    charge(spending, 2, NOON, NOON + DAY_MS)
    assert spending.spent == {"day": 3, "week": 9, "month": 3, "total": 9}
    assert spending.room == 7
    for cost, moment in ((6, NOON), (3, NOON + DAY_MS)):
        spending.arrive(cost, find_starts(moment)["day"])
    spending.load(find_starts(NOON + DAY_MS), {"day": 3, "week": 9, "month": 3, "total": 9})
    assert spending.spent == {"day": 3, "week": 9, "month": 3, "total": 9}


def test_what_is_charged_to_several_counts_for_each_on_its_own_day() -> None:
    early, late = Spending(NOON), Spending(NOON + DAY_MS)
    early.limit({"day": 10})
    charge_all([early, late], 4, NOON, FixedClock(unix=(NOON + DAY_MS // 4) / 1000))
    assert (early.spent["day"], early.room, late.spent["day"], late.spent["total"]) == (4, 6, 4, 4)
    charge_all([early, late], 2, NOON + DAY_MS, FixedClock(unix=(NOON + DAY_MS) / 1000))
    assert (early.spent["day"], early.room, late.spent["day"]) == (2, 8, 6)
