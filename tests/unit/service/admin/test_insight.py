"""Questions about the past, bounded and added up."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.rollup import Totals
from dragoman.ledger.search import Search
from dragoman.ledger.store import Asked, SeriesPoint, UsageLine
from dragoman.service.admin.insight import (
    MAX_NAMES,
    OTHER,
    Insight,
    UsageReport,
    add_up,
    disarm,
    emit_usage_csv,
    find_percentiles,
    is_exchange_id,
    limit_names,
    select_bucket,
)
from tests.unit.ledger.rows import DAY_MS, HOUR_MS, NOON_MS, make_row


def make_insight(*numbers: int) -> Insight:
    store = MemoryStore()
    store.record_exchanges([make_row(number, started_ms=NOON_MS + number) for number in numbers])
    return Insight(LedgerReader(store), FixedClock(), lambda row: None)


def test_a_page_leads_to_the_next() -> None:
    insight = make_insight(1, 2, 3)

    async def read() -> list[list[str]]:
        first = await insight.search(Search(limit=2), "")
        assert first.next is not None
        assert first.searched_until_ms == NOON_MS + 2
        second = await insight.search(Search(limit=2), first.next)
        return [[line.id[-1] for line in page.items] for page in (first, second)]

    assert asyncio.run(read()) == [["3", "2"], ["1"]]


def test_a_cursor_that_was_not_given_out_is_refused() -> None:
    with pytest.raises(DragomanError, match="no cursor"):
        asyncio.run(make_insight().search(Search(), "x"))


def test_an_id_is_looked_up_and_not_searched_for() -> None:
    insight = make_insight(1)
    assert is_exchange_id(make_row(1).id)
    assert not is_exchange_id("ex_1")
    found = asyncio.run(insight.search(Search(text=make_row(1).id), ""))
    assert ([line.id for line in found.items], found.next) == ([make_row(1).id], None)
    assert asyncio.run(insight.search(Search(text=make_row(2).id), "")).items == []


def test_a_limit_beyond_reason_is_cut_down() -> None:
    insight = make_insight(*range(1, 4))
    assert len(asyncio.run(insight.search(Search(limit=10**9), "")).items) == 3
    assert len(asyncio.run(insight.search(Search(limit=-5), "")).items) == 1


def test_a_series_with_too_many_points_is_refused() -> None:
    with pytest.raises(DragomanError, match="longer bucket"):
        asyncio.run(make_insight().read_usage(Asked(0, 30 * DAY_MS), "minute"))


def test_an_export_has_no_more_than_was_asked_for() -> None:
    text = asyncio.run(make_insight(*range(1, 8)).export(Search(), 5)).decode()
    assert len(text.splitlines()) == 6
    assert text.startswith("id,started_ms")


def test_names_beyond_the_first_few_become_one() -> None:
    lines = [UsageLine(f"n{number}", Totals(exchanges=1)) for number in range(MAX_NAMES + 3)]
    points = [SeriesPoint(start, line.name, Totals(exchanges=1)) for start in (0, 60) for line in lines]
    limited = limit_names(points, lines)
    assert len(limited) == 2 * (MAX_NAMES + 1)
    assert {point.totals.exchanges for point in limited if point.name == OTHER} == {3}
    assert limit_names(points[:5], lines[:5]) == points[:5]


def test_percentiles_are_nearest_ranks() -> None:
    told = find_percentiles(list(range(100, 0, -1)))
    assert (told.sample, told.p50_us, told.p95_us, told.p99_us) == (100, 51, 96, 100)
    assert find_percentiles([7]).p99_us == 7
    assert find_percentiles([]).p50_us is None


def test_the_bucket_suits_the_time() -> None:
    assert [select_bucket(span) for span in (HOUR_MS, 3 * HOUR_MS, 4 * HOUR_MS, 7 * DAY_MS, 8 * DAY_MS)] == [
        "minute",
        "minute",
        "hour",
        "hour",
        "day",
    ]


def test_a_report_as_text_has_names_that_no_spreadsheet_runs() -> None:
    lines = [UsageLine("=1+1", Totals(exchanges=2))]
    report = UsageReport(0, 1, "user", "none", add_up(lines), lines, [])
    assert emit_usage_csv(report).decode().splitlines()[1].startswith("'=1+1,2,")
    series = UsageReport(0, 1, "user", "day", add_up(lines), lines, [SeriesPoint(5, "@x", Totals())])
    assert emit_usage_csv(series).decode().splitlines()[1].startswith("5,'@x,0,")
    assert [disarm(value) for value in ("+1", "a", 5, "-")] == ["'+1", "a", 5, "'-"]
