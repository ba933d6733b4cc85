"""What the commands for keys and teams read and show."""

from __future__ import annotations

from typing import Any

import click
import pytest

from dragoman.cli.terms import read_budgets, read_expiry, read_now_ms, select_given, show_grant
from dragoman.ledger.control.records import Grant, Limits

DAY_MS = 86_400_000
CONTEXT, PARAMETER = click.Context(click.Command("x")), click.Option(["--x"])


def test_budgets_are_read_to_the_nanodollar() -> None:
    assert read_budgets(CONTEXT, PARAMETER, ("day=5", "month=$20.50", "total=0.000000001")) == {
        "day": 5_000_000_000,
        "month": 20_500_000_000,
        "total": 1,
    }
    assert read_budgets(CONTEXT, PARAMETER, ()) is None


@pytest.mark.parametrize("value", ["5", "year=5", "day=", "day=-1", "day=0", "day=nan", "day=inf", "=5"])
def test_a_budget_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(click.BadParameter):
        read_budgets(CONTEXT, PARAMETER, (value,))


def test_an_end_is_a_time_from_now_or_a_date() -> None:
    soon = read_expiry(CONTEXT, PARAMETER, "2d")
    assert soon is not None
    assert abs(soon - read_now_ms() - 2 * DAY_MS) < 60_000
    assert read_expiry(CONTEXT, PARAMETER, "2027-01-31") == 1_801_353_600_000
    assert read_expiry(CONTEXT, PARAMETER, None) is None
    with pytest.raises(click.BadParameter):
        read_expiry(CONTEXT, PARAMETER, "soon")


def test_only_what_was_said_is_changed() -> None:
    options: dict[str, Any] = {"rpm": 0, "models": (), "tags": ("a",), "team": None, "allow_unpriced": False}
    assert select_given(options) == {"rpm": 0, "tags": ("a",), "allow_unpriced": False}


def test_a_grant_is_told_in_a_line() -> None:
    limits = Limits(5, 100, 2, {"day": 10**9, "total": 5 * 10**8})
    assert show_grant(Grant(("gpt-*",), (), limits)) == (
        "$1.00 a day; $0.50 in all; 5 rpm; 100 tpm; 2 at once; models gpt-*; providers none"
    )
    assert show_grant(Grant()) == "no limits"
