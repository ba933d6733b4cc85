"""What one account takes and refuses, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Limits
from dragoman.service.limits import Account, show_dollars
from dragoman.service.spending import charge_all
from tests.unit.service.test_spending import NOON

DOLLAR = 1_000_000_000
CLOCK = FixedClock(unix=NOON / 1000)


def open_account(**limits: Any) -> Account:
    account = Account("The key 'ada'", NOON)
    account.change(Limits(**limits))
    return account


def refuse(account: Account, estimate: int = 0, tokens: int = 1, now: float = 0.0) -> DragomanError:
    with pytest.raises(DragomanError) as caught:
        account.take(estimate, tokens, now, CLOCK)
    return caught.value


def test_a_budget_is_refused_with_its_numbers() -> None:
    account = open_account(budgets={"day": 5 * DOLLAR})
    charge_all([account.spending], 3 * DOLLAR, NOON, CLOCK)
    account.take(DOLLAR, 1, 0.0, CLOCK)
    error = refuse(account, DOLLAR + 1)
    assert (error.kind, error.status, error.code) == (Kind.PAYMENT_REQUIRED, 402, "budget_exceeded")
    assert error.message == (
        "The key 'ada' has a budget of $5.00 for a day, of which $3.00 is spent and $1.00 is reserved for requests "
        "that are running; this request could cost $1.000000001. It begins anew in 12 h 0 min."
    )


def test_a_budget_without_an_end_does_not_say_that_it_begins_anew() -> None:
    account = open_account(budgets={"total": 1})
    assert "anew" not in refuse(account, 2).message


def test_the_tightest_of_several_budgets_counts() -> None:
    account = open_account(budgets={"day": 10, "total": 5})
    assert "in all" in refuse(account, 6).message
    account.take(5, 1, 0.0, CLOCK)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"concurrency": 2}, "2 requests at the same time"),
        ({"rpm": 2}, "2 requests a minute"),
        ({"tpm": 20}, "20 tokens a minute"),
    ],
)
def test_a_rate_is_refused_with_the_time_to_wait(limits: dict[str, int], words: str) -> None:
    account = open_account(**limits)
    for _ in range(2):
        account.take(0, 10, 0.0, CLOCK)
    error = refuse(account, tokens=10, now=20.0)
    assert (error.kind, error.own_status) == (Kind.RATE_LIMIT, 429)
    assert words in error.message
    assert error.retry_after_seconds == (1.0 if "concurrency" in limits else 40.0)


def test_what_is_given_back_can_be_taken_again() -> None:
    account = open_account(concurrency=1, budgets={"day": 10})
    entry = account.take(10, 1, 0.0, CLOCK)
    refuse(account, 1)
    account.give_back(10, entry, 0, True)
    assert (account.in_flight, account.reserved) == (0, 0)
    account.take(10, 1, 0.0, CLOCK)


@pytest.mark.parametrize("limits", [{"concurrency": 1}, {"rpm": 1}, {"tpm": 5}, {"budgets": {"day": 10}}])
def test_a_refusal_takes_nothing(limits: dict[str, Any]) -> None:
    account = open_account(**limits)
    entry = account.take(6, 3, 0.0, CLOCK)
    for _ in range(3):
        refuse(account, 5, 3)
    assert (account.in_flight, account.reserved) == (1, 6)
    account.give_back(6, entry, -3, False)
    account.take(10, 5, 0.0, CLOCK)


def test_other_limits_forget_nothing_that_was_counted() -> None:
    account = open_account(rpm=5, tpm=50)
    for _ in range(3):
        account.take(0, 10, 0.0, CLOCK)
    account.change(Limits(rpm=3, tpm=50))
    assert "3 requests" in refuse(account).message
    account.change(Limits())
    assert not account.is_limited
    account.take(0, 99, 0.0, CLOCK)


def test_what_was_taken_of_a_limit_is_corrected_also_when_the_limit_has_changed() -> None:
    account = open_account(rpm=2, tpm=50)
    entry = account.take(0, 30, 0.0, CLOCK)
    account.change(Limits())
    account.change(Limits(rpm=1, tpm=50))
    refuse(account)
    account.give_back(0, entry, -30, False)
    account.take(0, 50, 0.0, CLOCK)
    refuse(account)


def test_what_is_over_by_now_makes_room_when_somebody_asks() -> None:
    account = open_account(rpm=2, tpm=20)
    for now in (0.0, 30.0):
        account.take(0, 10, now, CLOCK)
    assert refuse(account, tokens=10, now=59.0).retry_after_seconds == 1.0
    account.take(0, 10, 60.0, CLOCK)
    error = refuse(account, tokens=1, now=60.0)
    assert (error.kind, error.retry_after_seconds) == (Kind.RATE_LIMIT, 30.0)


def test_what_reached_nobody_is_taken_back_wholly() -> None:
    account = open_account(rpm=2, tpm=20)
    account.give_back(0, account.take(0, 10, 0.0, CLOCK), -10, False)
    assert repr(account._minute) == "<MinuteWindow: 0 of 2, 0 of 20 tokens>"


def test_what_comes_back_after_its_minute_changes_nothing() -> None:
    account = open_account(rpm=2, tpm=20)
    entry = account.take(0, 10, 0.0, CLOCK)
    account.take(0, 10, 60.0, CLOCK)
    account.give_back(0, entry, 500, False)
    account.take(0, 10, 60.0, CLOCK)
    refuse(account, now=60.0)


def test_a_day_that_is_over_makes_room_when_somebody_asks() -> None:
    account = open_account(budgets={"day": 10})
    charge_all([account.spending], 10, NOON, CLOCK)
    refuse(account, 1)
    account.take(10, 1, 0.0, FixedClock(unix=NOON / 1000 + 86_400))
    assert refuse(account, 1).kind is Kind.PAYMENT_REQUIRED


@pytest.mark.parametrize(
    ("nanodollars", "shown"),
    [(0, "$0.00"), (12_500_000_000, "$12.50"), (123_000, "$0.000123"), (1_234_567 * DOLLAR, "$1,234,567.00")],
)
def test_money_is_shown_to_the_digit_that_matters(nanodollars: int, shown: str) -> None:
    assert show_dollars(nanodollars) == shown
