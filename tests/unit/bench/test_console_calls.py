"""The console's calls, over a small ledger."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from bench.console_calls import MINUTES, list_calls, time_calls
from bench.ledger_rows import END_MS, make_rows
from dragoman.clock import FixedClock
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.reader import LedgerReader
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.overview import OverviewService
from dragoman.service.metering.pricing import PriceBook, Pricer

ROWS = list(make_rows(6_000))


def ask(name: str) -> Any:
    store = MemoryStore()
    store.record_exchanges(ROWS)
    pricer = Pricer(PriceBook())
    insight = Insight(LedgerReader(store), FixedClock(unix=END_MS / 1000), pricer.find_rates)
    overview = OverviewService(insight, pricer.find_rates, lambda: 0, list)

    async def answer() -> object:
        try:
            return await list_calls(insight, overview, END_MS, ROWS[7].id)[name]()
        finally:
            await insight.reader.aclose()

    return msgspec.to_builtins(asyncio.run(answer()))


def test_every_call_is_timed_and_the_overview_over_each_time() -> None:
    store = MemoryStore()
    store.record_exchanges(ROWS)
    timings = time_calls(store, END_MS, ROWS[7].id)
    names = [timing.name for timing in timings]
    assert names[0] == "list"
    assert [f"overview: {name}" for name in MINUTES] == names[-len(MINUTES) :]
    assert all(timing.first_ms > 0 and timing.typical_ms > 0 for timing in timings)


def test_filters_find_what_they_are_for_and_the_last_time_holds_the_last_rows() -> None:
    assert {item["principal"] for item in ask("filter: key")["items"]} == {"key-11"}
    assert {item["error"] for item in ask("filter: failures")["items"]} == {"timeout"}
    assert ask("filter: words that are nowhere")["items"] == []
    assert ask("list, and its second page")["items"][0]["id"] == ROWS[-51].id
    assert ask("one exchange")["exchange"]["id"] == ROWS[7].id
    assert ask("overview: 30 days")["totals"]["exchanges"] > 1_900
    assert {line["error"] for line in ask("what failed: 30 days")["items"]} == {"timeout"}
    narrowed = ask("overview: 30 days of one model")
    assert [line["name"] for line in narrowed["top"]["model"]] == ["provider-1/model-6"]
    assert 0 < narrowed["totals"]["exchanges"] < 1_900
