"""What the console's first pages ask of a ledger, timed as they come: through the thread that reads, as JSON at the end.

Each call is what the admin API does for it: a list, lists with each kind of filter, a search for words, one exchange,
the overview over each of the times that its page offers, also of a part, and what failed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec

from dragoman.clock import FixedClock
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.search import Only, Search
from dragoman.ledger.store import Store
from dragoman.service.admin.failures import read_failure_report
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.overview import OverviewService
from dragoman.service.metering.pricing import PriceBook, Pricer

REPEATS = 5
HOUR_MS = 3_600_000
MINUTES = {"an hour": 60, "a day": 1_440, "7 days": 10_080, "30 days": 43_200}

Ask = Callable[[], Awaitable[object]]


class Timing(NamedTuple):
    """A call, as it came first and as it is asked again."""

    name: str
    first_ms: float
    typical_ms: float


def time_calls(store: Store, now_ms: int, exchange_id: str) -> list[Timing]:
    """All calls, with the clock held at the end of the rows."""
    return asyncio.run(_time_all(store, now_ms, exchange_id))


def list_calls(insight: Insight, overview: OverviewService, now_ms: int, exchange_id: str) -> dict[str, Ask]:
    """By the names that the table has for them."""

    def search(search: Search) -> Ask:
        return lambda: insight.search(search, "")

    def only(**names: str) -> Ask:
        return search(Search(Only(**names)))

    def look(minutes: int, **names: str) -> Ask:
        return lambda: overview.read(minutes, Only(**names))

    async def turn_page() -> object:
        first = await insight.search(Search(), "")
        return await insight.search(Search(), first.next or "")

    async def open_one() -> object:
        return insight.build_view(await insight.read_row(exchange_id))

    return {
        "list": search(Search()),
        "list, and its second page": turn_page,
        "list of the last hour": search(Search(since_ms=now_ms - HOUR_MS)),
        "filter: model": only(model="provider-1/model-6"),
        "filter: provider": only(provider="provider-2"),
        "filter: key": only(principal="key-11"),
        "filter: team and user": only(team="team-4", user="user-14"),
        "filter: tag": only(tag="batch"),
        "filter: failures": search(Search(error="any")),
        "filter: failures of one key": search(Search(Only(principal="key-23"), error="timeout")),
        "filter: words": search(Search(text="model-19")),
        "filter: words that are nowhere": search(Search(text="no such thing")),
        "one exchange": open_one,
        "overview: 30 days of one model": look(MINUTES["30 days"], model="provider-1/model-6"),
        "what failed: 30 days": lambda: read_failure_report(insight, MINUTES["30 days"]),
        "what failed: 30 days of one key": lambda: read_failure_report(insight, MINUTES["30 days"], Only("key-7")),
        **{f"overview: {name}": look(minutes) for name, minutes in MINUTES.items()},
    }


async def _time_all(store: Store, now_ms: int, exchange_id: str) -> list[Timing]:
    pricer = Pricer(PriceBook())
    insight = Insight(LedgerReader(store), FixedClock(unix=now_ms / 1000), pricer.find_rates)
    overview = OverviewService(insight, pricer.find_rates, lambda: 0, list)
    calls = list_calls(insight, overview, now_ms, exchange_id)
    timings = [await _time_one(name, ask) for name, ask in calls.items()]
    await insight.reader.aclose()
    return timings


async def _time_one(name: str, ask: Ask) -> Timing:
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        msgspec.json.encode(await ask())
        times.append((time.perf_counter() - begun) * 1000)
    return Timing(name, times[0], sorted(times)[REPEATS // 2])
