"""What callers are told of their own account, and that nothing of anybody else's is in it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.dialects.base import Operation
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.reader import LedgerReader
from dragoman.service.account import Account
from dragoman.service.exchange import Inbound
from tests.unit.ledger.rows import HOUR_MS, make_row
from tests.unit.service.desk import RecordingSink, client_side

CLOCK = FixedClock()
NOW_MS = int(CLOCK.unix() * 1000)
NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)
TODAY, HOUR = NOW.strftime("%Y-%m-%d"), NOW.strftime("%Y-%m-%dT%H:00Z")

STORE = MemoryStore()
STORE.record_exchanges(
    [
        make_row(1, started_ms=NOW_MS, principal="ann", cost_nanodollars=1_500_000_000, user="x", route="fast"),
        make_row(2, started_ms=NOW_MS, principal="ann", cost_nanodollars=500_000_000, model="big"),
        make_row(3, started_ms=NOW_MS - 40 * 24 * HOUR_MS, principal="ann", cost_nanodollars=1),
        make_row(4, started_ms=NOW_MS, principal="bob", cost_nanodollars=7_000_000_000),
    ]
)


def ask(operation: Operation, query: str = "", principal: str = "ann") -> Any:
    """The answer to one question."""
    client, sink = client_side("ai_sdk_gateway"), RecordingSink()
    inbound = Inbound(client, b"", principal=principal, method="GET", item=operation, query=query.encode())

    async def answer() -> None:
        reader = LedgerReader(STORE)
        await Account(reader, CLOCK).answers[operation](inbound, sink)
        await reader.aclose()

    asyncio.run(answer())
    return sink.json


def test_a_generation_is_found_by_whose_it_is() -> None:
    assert ask("generation", f"id={make_row(1).id}")["data"]["total_cost"] == 1.5


@pytest.mark.parametrize("number", [4, 5])
def test_a_generation_of_somebody_else_is_as_unknown_as_one_that_never_was(number: int) -> None:
    with pytest.raises(DragomanError, match="There is no generation") as caught:
        ask("generation", f"id={make_row(number).id}")
    assert caught.value.kind is Kind.NOT_FOUND


@pytest.mark.parametrize("query", ["", "id=", f"id={'x' * 65}", "id=%00" + "&a=b" * 40])
def test_a_generation_has_to_be_named(query: str) -> None:
    with pytest.raises(DragomanError) as caught:
        ask("generation", query)
    assert caught.value.kind is Kind.INVALID_REQUEST


def test_the_account_is_that_of_the_key() -> None:
    assert ask("credits")["total_used"] == "2.000000001"
    assert ask("credits", principal="nobody")["total_used"] == "0"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {TODAY: 2.0}),
        ("date_part=hour", {HOUR: 2.0}),
        ("group_by=model", {"openai/big": 0.5, "openai/small": 1.5}),
        ("group_by=model&model=openai/big", {"openai/big": 0.5}),
        ("group_by=provider&user_id=x", {"openai": 1.5}),
        ("group_by=credential_type&credential_type=byok", {"byok": 2.0}),
        (f"group_by=provider&start_date={TODAY}&end_date={TODAY}", {"openai": 2.0}),
        ("group_by=provider&start_date=2001-01-01&end_date=2001-01-02", {}),
        ("group_by=provider&provider=other", {}),
    ],
)
def test_a_report_tells_what_was_asked_of_it(query: str, expected: dict[str, float]) -> None:
    results = ask("report", query)["results"]
    name = next((one for one in results[0] if one != "total_cost"), "") if results else ""
    assert {result[name]: result["total_cost"] for result in results} == expected


@pytest.mark.parametrize(
    "query",
    [
        "group_by=key",
        "group_by=tag",
        "tags=a&group_by=model",
        "credential_type=system",
        "start_date=yesterday",
        "start_date=2026-02-02&end_date=2026-01-01",
    ],
)
def test_what_cannot_be_reported_is_refused(query: str) -> None:
    with pytest.raises(DragomanError) as caught:
        ask("report", query)
    assert caught.value.kind is Kind.INVALID_REQUEST
