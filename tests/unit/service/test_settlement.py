"""What is done once an exchange is over, and when."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.budgets import BudgetSettings
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.row import Record
from dragoman.routing.target import Route, Target
from dragoman.service.access.admission import Admission
from dragoman.service.detours.retelling import Underway
from dragoman.service.exchange import Exchange
from dragoman.service.metering.pricing import PriceBook, Pricer
from dragoman.service.metering.settle import Meter
from dragoman.service.settlement import Settlement
from tests.unit.service.desk import CHAT_REQUEST, client_side, make_provider
from tests.unit.service.registry import CONFIGURED, Registry


def make_exchange(id: str, error: DragomanError | None = None) -> Exchange:
    return Exchange(id, "openai_chat", "p", 0.0, model="m", error=error)


def test_only_what_went_wrong_is_logged_at_level_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    async def settle() -> None:
        settlement = Settlement(None, None)
        settlement.settle(make_exchange("ex_1"))
        settlement.settle(make_exchange("ex_2", DragomanError(Kind.TIMEOUT, "late")))
        settlement.flush()

    asyncio.run(settle())
    assert "ex_1" not in caplog.text
    assert "ex_2 m" in caplog.text
    assert "late" in caplog.text


def test_whoever_tells_an_answer_again_knows_at_once_that_it_is_over() -> None:
    underway = Underway()
    noting = underway.open(None, 10)  # type: ignore[arg-type]
    underway.sinks["ex_1"] = noting
    exchange = make_exchange("ex_1")

    async def settle() -> None:
        Settlement(None, None, [underway]).settle(exchange)
        assert noting.exchange is exchange

    asyncio.run(settle())


def test_all_that_ended_in_a_round_is_put_to_account_at_its_end_or_when_somebody_cannot_wait() -> None:
    rows: list[Record] = []

    async def settle() -> None:
        settlement = Settlement(Meter(rows.append, FixedClock()), None)
        settlement.settle(make_exchange("ex_1"))
        settlement.settle(make_exchange("ex_2"))
        assert rows == []
        await asyncio.sleep(0)
        assert [row.id for row in rows] == ["ex_1", "ex_2"]
        settlement.settle(make_exchange("ex_3"))
        settlement.flush()
        assert len(rows) == 3
        await asyncio.sleep(0)

    asyncio.run(settle())
    assert [row.id for row in rows] == ["ex_1", "ex_2", "ex_3"]


def test_who_is_let_in_by_their_limits_sees_all_that_has_ended_in_the_round() -> None:
    async def ask_twice() -> None:
        registry = Registry(CONFIGURED)
        _, secret = registry.add_key(concurrency=1)
        settlement = Settlement(Meter(lambda row: None, registry.clock), None)
        admission = Admission(registry.book, Pricer(PriceBook()), registry.clock, BudgetSettings())
        admission.end_round = settlement.flush
        client = client_side("openai_chat")
        envelope = client.open_envelope(CHAT_REQUEST, None, None)
        route = Route("r", (Target(make_provider("a"), "m"),))
        for name in ("ex_1", "ex_2"):
            exchange = make_exchange(name)
            exchange.caller = registry.find(secret)
            admission.admit(exchange, envelope, route, client.parse_request)
            assert registry.book.read("key:ada").in_flight == 1
            settlement.settle(exchange)

    asyncio.run(ask_twice())


def test_one_that_cannot_be_put_to_account_takes_none_of_the_others_along() -> None:
    rows: list[str] = []

    def append(row: Record) -> None:
        if row.id == "ex_1":
            raise OSError("the journal does not take this")
        rows.append(row.id)

    async def settle() -> list[str]:
        told: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context["exception"])))
        settlement = Settlement(Meter(append, FixedClock()), None)
        for number in range(3):
            settlement.settle(make_exchange(f"ex_{number}"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return told

    assert asyncio.run(settle()) == ["the journal does not take this"]
    assert rows == ["ex_0", "ex_2"]
