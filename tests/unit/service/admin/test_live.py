"""What happens now."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.clock import FixedClock
from dragoman.service.admin import live as live_module
from dragoman.service.admin.live import REMEMBERED, Feed, Live, LiveEvent
from tests.unit.ledger.rows import make_row


def test_only_who_watches_hears_and_only_once() -> None:
    feed = Feed()
    feed.note([make_row(1)])
    watcher = feed.open()
    other = feed.open()
    feed.note([make_row(2), make_row(3)])
    totals, rows = watcher.take()
    assert (totals.exchanges, [row.id[-1] for row in rows]) == (2, ["3", "2"])
    assert watcher.take()[1] == []
    feed.close(watcher)
    feed.note([make_row(4)])
    assert watcher.take()[0].exchanges == 0
    assert other.take()[0].exchanges == 3


def test_of_many_rows_the_last_are_kept_and_all_are_counted() -> None:
    feed = Feed()
    watcher = feed.open()
    feed.note([make_row(number) for number in range(REMEMBERED + 20)])
    totals, rows = watcher.take()
    assert (totals.exchanges, len(rows), rows[0].id) == (REMEMBERED + 20, REMEMBERED, make_row(REMEMBERED + 19).id)


def test_each_event_tells_of_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "TICK_SECONDS", 0.001)
    feed, clock = Feed(), FixedClock()
    ends = iter([False, False, True])
    live = Live(feed, clock, lambda: (4, 5), list, lambda: next(ends))

    async def watch() -> list[LiveEvent]:
        heard = []
        async for event in live.watch():
            heard.append(event)
            feed.note([make_row(1, outcome="failed", cost_nanodollars=10), make_row(2)])
            clock.advance(2.0)
        return heard

    first, second = asyncio.run(watch())
    assert (first.in_flight, first.waiting, first.requests_per_second) == (4, 5, 0.0)
    assert (second.requests_per_second, second.failed_per_second, second.tokens_per_second) == (1.0, 0.5, 120.0)
    assert (second.cost_nanodollars_per_second, len(second.last), second.ended) == (5.0, 2, 2)
    assert "0 watch" in repr(feed)


def test_of_very_many_the_newest_are_told_and_all_are_counted() -> None:
    feed = Feed()
    live = Live(feed, FixedClock(), lambda: (0, 0), list, lambda: False)

    async def watch() -> LiveEvent:
        events = live.watch()
        await anext(events)
        feed.note([make_row(number) for number in range(REMEMBERED + 30)])
        event = await anext(events)
        await events.aclose()
        return event

    event = asyncio.run(watch())
    assert (len(event.last), event.ended) == (REMEMBERED, REMEMBERED + 30)
    assert event.last[0].id == make_row(REMEMBERED + 29).id
