"""What is done once an exchange is over."""

from __future__ import annotations

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.row import Record
from dragoman.service.detours.retelling import Underway
from dragoman.service.exchange import Exchange
from dragoman.service.metering.settle import Meter
from dragoman.service.settlement import Settlement


def test_only_what_went_wrong_is_logged_at_level_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    settlement = Settlement(None, None)
    settlement.settle(Exchange("ex_1", "openai_chat", "p", 0.0, model="m"))
    settlement.settle(Exchange("ex_2", "openai_chat", "p", 0.0, model="m", error=DragomanError(Kind.TIMEOUT, "late")))
    assert "ex_1" not in caplog.text
    assert "ex_2 m" in caplog.text
    assert "late" in caplog.text


def test_an_exchange_is_put_to_account_and_told_to_whoever_keeps_its_answer() -> None:
    rows: list[Record] = []
    underway = Underway()
    noting = underway.open(None, 10)  # type: ignore[arg-type]
    underway.sinks["ex_1"] = noting
    settlement = Settlement(Meter(rows.append, FixedClock()), None, [underway])
    exchange = Exchange("ex_1", "openai_chat", "p", 0.0, model="m")
    settlement.settle(exchange)
    settlement.settle(Exchange("ex_2", "openai_chat", "p", 0.0, model="m"))
    assert noting.exchange is exchange
    assert [row.id for row in rows] == ["ex_1", "ex_2"]
