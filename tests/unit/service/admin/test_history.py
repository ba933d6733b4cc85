"""A configuration over what was recorded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.row import ExchangeRow
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Route, Target
from dragoman.service.admin import history
from dragoman.service.admin.history import History, WhatIf, WhatIfEvent, select_newest
from dragoman.service.admin.insight import Insight
from dragoman.service.metering.pricing import PriceBook, Pricer
from dragoman.service.switchboard import Switchboard
from tests.unit.ledger.rows import make_row
from tests.unit.service.desk import make_provider, make_switchboard


def build(text: str) -> tuple[Switchboard, Pricer]:
    """Every name leads to the provider that the text names."""
    if text == "wrong":
        raise DragomanError(Kind.INVALID_REQUEST, "This is no configuration.")
    provider = make_provider(text)
    routes = [Route(name, (Target(provider, "m"),)) for name in ("fast", "quick")]
    board = make_switchboard(provider)
    resolver = Resolver(routes, [provider], Target)
    return Switchboard(resolver, board.pools, board.dialects, board.patience), Pricer(PriceBook(free=frozenset({text})))


def make_history(rows: list[ExchangeRow]) -> History:
    store = MemoryStore()
    store.record_exchanges(rows)
    return History(Insight(LedgerReader(store), FixedClock(), lambda row: None), build)


def record(number: int, route: str = "fast", **more: Any) -> ExchangeRow:
    return make_row(number, route=route, provider="a", model="m", started_ms=number, cost_nanodollars=7, **more)


def try_out(rows: list[ExchangeRow], **wanted: Any) -> list[WhatIfEvent]:
    async def run() -> list[WhatIfEvent]:
        events = await make_history(rows).try_out(WhatIf(**({"text": "b"} | wanted)))
        return [event async for event in events]

    return asyncio.run(run())


def test_the_exchanges_of_a_name_go_where_the_configuration_leads_them() -> None:
    *_, last = try_out([record(1), record(2), record(3, "quick")], names=["fast"])
    assert (last.stage, last.done, last.total) == ("done", 2, 2)
    assert last.replayed is not None
    assert (last.replayed.moved, last.replayed.happened.cost_nanodollars) == (2, 14)
    assert last.replayed.targets["b/m"].instead.exchanges == 2
    assert last.replayed.targets["a/m"].happened.exchanges == 2


def test_of_several_names_the_newest_of_all_count() -> None:
    *_, last = try_out([record(1), record(2, "quick"), record(3, "gone")], names=["fast", "quick"], limit=1)
    assert last.replayed is not None
    assert (last.replayed.exchanges, last.replayed.homeless) == (1, 0)
    *_, last = try_out([record(1), record(2, "quick"), record(3, "gone")])
    assert last.replayed is not None
    assert (last.replayed.exchanges, last.replayed.homeless) == (2, 1)


def test_long_work_tells_how_far_it_has_come() -> None:
    count = history.TOLD_ROWS + 1
    events = try_out([record(number) for number in range(1, count + 1)], limit=count)
    assert [event.stage for event in events] == ["reading"] * 3 + ["replaying"] * 2 + ["done"]
    assert [event.done for event in events] == [0, 500, 1000, 0, 1000, count]
    assert [event.total for event in events] == [count] * 6


def test_mistakes_are_told_before_anything_is_read() -> None:
    with pytest.raises(DragomanError, match="no configuration"):
        try_out([record(1)], text="wrong")


def test_nothing_recorded_comes_to_nothing() -> None:
    *_, last = try_out([])
    assert last.replayed is not None
    assert last.replayed.exchanges == 0


def test_the_newest_come_oldest_first() -> None:
    assert [row.started_ms for row in select_newest([record(3), record(1), record(2)], 2)] == [2, 3]
