"""The first page."""

from __future__ import annotations

import asyncio

from dragoman.catalog.prices import CLASSES, Rates
from dragoman.clock import FixedClock
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.rollup import Totals
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import Only, Search
from dragoman.ledger.store import UsageLine
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.overview import (
    LEAST_SAMPLE,
    Overview,
    OverviewService,
    Trouble,
    find_unpriced,
    read_sample,
    reckon_saving,
)
from tests.unit.ledger.rows import MINUTE_MS, make_row

IN, READ, WRITE = 3_000_000_000, 300_000_000, 3_750_000_000
RATES = Rates(0, 0, tuple({"cache_read": READ, "cache_write_5m": WRITE}.get(name, IN) for name in CLASSES))


def find_rates(row: ExchangeRow) -> tuple[str, Rates] | None:
    return None if row.provider == "unknown" else ("p", RATES)


def test_a_time_is_told_beside_the_one_before_it() -> None:
    store, clock = MemoryStore(), FixedClock()
    now_ms = int(clock.unix() * 1000)
    store.record_exchanges(
        [
            make_row(1, started_ms=now_ms - MINUTE_MS, duration_us=10, cost_nanodollars=5, tags="t"),
            make_row(
                2, started_ms=now_ms - 2 * MINUTE_MS, duration_us=30, cost_nanodollars=None, first_content_us=None
            ),
            make_row(3, started_ms=now_ms - 15 * MINUTE_MS),
        ]
    )
    resting = Trouble("credential_resting", "a/k", "a/k rests.")
    insight = Insight(LedgerReader(store), clock, find_rates)
    service = OverviewService(insight, find_rates, lambda: 9, lambda: [resting])
    told = asyncio.run(service.read(10))
    assert (told.totals.exchanges, told.before.exchanges, told.in_flight) == (2, 1, 9)
    assert (told.latency.sample, told.latency.p99_us, told.first_content.sample) == (2, 30, 1)
    assert [line.name for line in told.top["tag"]] == ["t"]
    assert told.top["team"] == []
    assert [one.kind for one in told.trouble] == ["credential_resting", "unpriced"]
    assert told.cache_saved_nanodollars is None


def read_narrowed(only: Only) -> Overview:
    """Three exchanges of two models, two of them with a tag."""
    store, clock = MemoryStore(), FixedClock()
    now_ms = int(clock.unix() * 1000) - MINUTE_MS
    store.record_exchanges(
        [
            make_row(1, started_ms=now_ms, model="m", provider="a", duration_us=10, tags="t"),
            make_row(2, started_ms=now_ms, model="m", provider="a", duration_us=30),
            make_row(3, started_ms=now_ms, model="n", provider="a", duration_us=70, tags="t"),
        ]
    )
    insight = Insight(LedgerReader(store), clock, find_rates)
    return asyncio.run(OverviewService(insight, find_rates, lambda: 0, list).read(10, only))


def test_a_part_of_the_exchanges_has_its_own_sums_times_and_lists() -> None:
    told = read_narrowed(Only(model="a/m"))
    assert (told.totals.exchanges, sum(point.totals.exchanges for point in told.series)) == (2, 2)
    assert (told.latency.sample, told.latency.p99_us) == (2, 30)
    assert [line.name for line in told.top["model"]] == ["a/m"]


def test_times_of_a_part_are_measured_on_that_part() -> None:
    store = MemoryStore()
    store.record_exchanges(
        [make_row(number, started_ms=5, model="mn"[number % 2]) for number in range(3 * LEAST_SAMPLE)]
    )
    many = read_sample(store, Search(Only(model="m"), 0, 9, limit=LEAST_SAMPLE))
    assert len(many) > LEAST_SAMPLE
    assert {row.model for row in many} == {"m"}
    assert len(read_sample(store, Search(until_ms=9))) == 3 * LEAST_SAMPLE


def test_of_a_tag_is_told_what_its_sums_know() -> None:
    told = read_narrowed(Only(tag="t"))
    assert (told.totals.exchanges, told.latency.sample) == (2, 2)
    assert [line.name for line in told.top["tag"]] == ["t"]
    assert told.top["model"] == []


def test_what_has_no_price_is_told_by_name() -> None:
    lines = [UsageLine("a/m", Totals(unpriced=2)), UsageLine("b/m", Totals()), UsageLine("", Totals(unpriced=1))]
    (trouble,) = find_unpriced(lines)
    assert (trouble.subject, trouble.message[:13]) == ("a/m", "2 exchanges h")
    assert trouble.link == "/exchanges?model=a%2Fm"


def test_a_cache_saves_what_reading_is_cheaper_less_what_writing_is_dearer() -> None:
    lines = [
        UsageLine("a/m", Totals(cache_read=1_000_000, cache_write_5m=1_000)),
        UsageLine("unknown/m", Totals(cache_read=1_000_000)),
        UsageLine("a/n", Totals(input=5)),
    ]
    assert reckon_saving(lines, find_rates, 0) == (1_000_000 * (IN - READ) + 1_000 * (IN - WRITE)) // 1_000_000
    assert reckon_saving(lines[1:], find_rates, 0) is None


def test_answers_given_again_have_saved_what_they_would_have_cost() -> None:
    lines = [UsageLine("unknown/m", Totals(hits=2, saved_nanodollars=70)), UsageLine("", Totals(input=5))]
    assert reckon_saving(lines, find_rates, 0) == 70
