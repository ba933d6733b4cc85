"""The book: what is reserved is given back, what is settled counts, and the ledger is believed."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Limits
from dragoman.ledger.row import ESTIMATE, ExchangeRow
from dragoman.ledger.spend import GATEWAY
from dragoman.service.budgets import Book
from dragoman.service.limits import Account
from tests.unit.ledger.rows import NOON_MS, make_row

LIMITS = Limits(rpm=100, tpm=1000, concurrency=10, budgets={"day": 100, "total": 1000})
NAMED: dict[str, Any] = {"principal": "ada", "key_id": "k1", "team": "red"}


def reckon(row: ExchangeRow) -> ExchangeRow:
    """A nanodollar for each token of output; nobody knows what `odd` costs."""
    cost = None if row.model == "odd" else row.output
    return msgspec.structs.replace(row, cost_nanodollars=cost, price="list")


class Shop:
    """A book at noon with two accounts that a request of ada's counts for."""

    def __init__(self) -> None:
        self.clock = FixedClock(unix=NOON_MS / 1000)
        self.book = Book(self.clock, reckon)
        self.key = self.book.open("key:ada", "The key 'ada'", LIMITS)
        self.team = self.book.open("team:red", "The team 'red'", Limits(budgets={"month": 150}))
        self.book.start_empty()

    @property
    def accounts(self) -> list[Account]:
        return [self.key, self.team]

    def serve(self, cost: int, number: int = 1, estimate: int = 50) -> ExchangeRow:
        hold = self.book.reserve(self.accounts, estimate, 10)
        return hold.settle(make_row(number, output=cost, **NAMED))


def test_a_settled_request_counts_for_everybody_with_what_it_cost() -> None:
    shop = Shop()
    row = shop.serve(30)
    assert (row.cost_nanodollars, row.price, row.is_booked) == (30, "list", True)
    for scope in ("key:ada", "team:red", GATEWAY):
        assert shop.book.read(scope).spending.spent == {"day": 30, "week": 30, "month": 30, "total": 30}
    assert (shop.key.reserved, shop.key.in_flight, shop.team.reserved) == (0, 0, 0)


def test_a_reservation_of_one_is_a_refusal_for_the_other_until_it_is_settled() -> None:
    shop = Shop()
    hold = shop.book.reserve(shop.accounts, 60, 10)
    with pytest.raises(DragomanError) as caught:
        shop.book.reserve(shop.accounts, 41, 10)
    assert caught.value.kind is Kind.PAYMENT_REQUIRED
    hold.settle(make_row(output=10, **NAMED))
    shop.book.reserve(shop.accounts, 90, 10)


def test_a_refusal_takes_nothing_of_anybody() -> None:
    shop = Shop()
    shop.team.change(Limits(budgets={"month": 10}))
    with pytest.raises(DragomanError):
        shop.book.reserve(shop.accounts, 20, 10)
    assert (shop.key.in_flight, shop.key.reserved, shop.team.reserved) == (0, 0, 0)
    shop.key.change(Limits(rpm=1))
    shop.book.reserve([shop.key], 0, 1)


def test_a_request_is_settled_once() -> None:
    shop = Shop()
    hold = shop.book.reserve(shop.accounts, 50, 10)
    hold.settle(make_row(output=30, **NAMED))
    again = hold.settle(make_row(output=30, **NAMED))
    assert not again.is_booked
    assert shop.book.read("key:ada").spending.spent["day"] == 30
    assert shop.key.in_flight == 0


def test_what_nobody_knows_the_price_of_costs_what_was_reserved() -> None:
    shop = Shop()
    hold = shop.book.reserve(shop.accounts, 50, 10)
    row = hold.settle(make_row(model="odd", **NAMED))
    assert (row.cost_nanodollars, row.price) == (50, ESTIMATE)
    assert shop.book.read("key:ada").spending.spent["day"] == 50


def test_a_row_that_brings_its_cost_along_is_charged_with_that() -> None:
    shop = Shop()
    hold = shop.book.reserve(shop.accounts, 50, 10)
    row = hold.settle(make_row(output=30, cost_nanodollars=7, price="free of choice", **NAMED))
    assert (row.cost_nanodollars, row.price, row.is_booked) == (7, "free of choice", True)
    assert shop.book.read("key:ada").spending.spent["day"] == 7


def test_slots_are_given_back_even_where_the_price_cannot_be_reckoned() -> None:
    shop = Shop()

    def fail(row: ExchangeRow) -> ExchangeRow:
        raise ZeroDivisionError

    shop.book._reckon = fail
    hold = shop.book.reserve(shop.accounts, 50, 10)
    with pytest.raises(ZeroDivisionError):
        hold.settle(make_row(**NAMED))
    assert (shop.key.in_flight, shop.key.reserved) == (0, 0)


def test_a_request_that_reached_nobody_is_not_counted_by_the_minute() -> None:
    shop = Shop()
    shop.key.change(Limits(rpm=1, tpm=10))
    shop.book.reserve([shop.key], 0, 10).settle(make_row(provider="", model="", output=0, input=0, **NAMED))
    shop.book.reserve([shop.key], 0, 10)


def test_tokens_by_the_minute_are_those_that_were_used() -> None:
    shop = Shop()
    shop.key.change(Limits(tpm=100))
    shop.book.reserve([shop.key], 0, 90).settle(make_row(input=5, output=5, **NAMED))
    hold = shop.book.reserve([shop.key], 0, 90)
    hold.settle(make_row(input=100, output=100, **NAMED))
    with pytest.raises(DragomanError):
        shop.book.reserve([shop.key], 0, 1)


def test_rows_that_arrive_change_nothing_if_they_were_booked_and_count_if_not() -> None:
    shop = Shop()
    row = shop.serve(30)
    foreign = make_row(2, cost_nanodollars=7, started_ms=NOON_MS, **NAMED)
    shop.book.tell([row, foreign, make_row(3)])
    assert shop.book.read("key:ada").spending.spent["day"] == 37
    shop.book.reload(lambda since_ms: {"key:ada": 37, "team:red": 37, GATEWAY: 37})
    assert shop.book.read("key:ada").spending.spent["day"] == 37


def test_what_the_ledger_says_replaces_what_was_believed_but_not_what_is_on_its_way() -> None:
    shop = Shop()
    shop.serve(30)
    shop.book.reload(lambda since_ms: {"key:ada": 500})
    assert shop.book.read("key:ada").spending.spent["total"] == 530
    assert shop.book.read("team:red").spending.spent["total"] == 30


def test_nobody_is_served_before_it_is_known_what_was_spent() -> None:
    shop = Shop()
    shop.book.is_loaded = False

    async def wait() -> None:
        waiting = asyncio.ensure_future(shop.book.wait_until_loaded(5.0))
        await asyncio.sleep(0)
        assert not waiting.done()
        shop.book.reload(lambda since_ms: {"key:ada": 99})
        await waiting

    asyncio.run(wait())
    with pytest.raises(DragomanError):
        shop.book.reserve(shop.accounts, 2, 1)


def test_a_ledger_that_does_not_tell_in_time_is_an_overload_and_no_refusal() -> None:
    shop = Shop()
    shop.book.is_loaded = False
    with pytest.raises(DragomanError) as caught:
        asyncio.run(shop.book.wait_until_loaded(0.0))
    assert (caught.value.status, caught.value.retry_after_seconds) == (503, 1.0)


def test_an_account_keeps_what_it_counted_when_its_limits_change() -> None:
    shop = Shop()
    shop.serve(30)
    account = shop.book.open("key:ada", "The key 'ada'", Limits(budgets={"day": 31}))
    assert account is shop.key
    with pytest.raises(DragomanError):
        shop.book.reserve([account], 2, 1)


def test_without_a_budget_the_cost_counts_when_the_ledger_tells_it() -> None:
    shop = Shop()
    account = shop.book.open("key:bob", "The key 'bob'", Limits(rpm=10))
    row = shop.book.reserve([account], 0, 1).settle(make_row(principal="bob", output=30))
    assert (row.cost_nanodollars, row.is_booked, account.in_flight) == (None, False, 0)
    shop.book.tell([msgspec.structs.replace(row, cost_nanodollars=30)])
    assert shop.book.read("key:bob").spending.spent["day"] == 30


def test_where_one_account_has_no_room_nothing_is_taken_of_any() -> None:
    shop = Shop()
    accounts = (shop.key, shop.team)
    shop.book.reserve(accounts, 90, 1)
    with pytest.raises(DragomanError):
        shop.book.reserve(accounts, 61, 1)
    assert [(account.in_flight, account.reserved) for account in accounts] == [(1, 90), (1, 90)]
