"""What the commands for keys and teams share: the store that they change, and the options that say what is granted."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
import msgspec

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.ledger import open_ledger
from dragoman.config.environment import read_environment
from dragoman.config.folders import locate_ledger_folder
from dragoman.config.load import select_config_path
from dragoman.config.schema import Settings
from dragoman.ledger.control.records import Grant, Period
from dragoman.ledger.control.sqlite import FILE_NAME, SqliteControl
from dragoman.ledger.control.store import ControlStore
from dragoman.ledger.spend import read_spend
from dragoman.service.access.grants import Maker
from dragoman.service.limits import NANODOLLARS, show_dollars
from dragoman.service.spending import find_starts

OPERATOR = Maker("command line")
"""Whoever may write to the files is an admin."""

AHEAD_MS = {"h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_AHEAD = re.compile(r"(\d{1,5})([hdw])")

F = TypeVar("F", bound=Callable[..., Any])


class Office(msgspec.Struct, frozen=True):
    """What a command works with."""

    settings: Settings
    store: ControlStore
    environment: Mapping[str, str]

    def read_spent(self) -> dict[Period, dict[str, int]]:
        """What the ledger says of each scope."""
        starts = find_starts(read_now_ms())
        with open_ledger(self.settings, self.environment) as ledger:
            return {period: read_spend(ledger.store, start) for period, start in starts.items()}


@contextmanager
def open_office(config: Path | None) -> Iterator[Office]:
    """The files of the gateway that the configuration is for. A running one notices within a second."""
    environment = read_environment()
    settings = read_settings(select_config_path(config, environment), environment)
    folder = locate_ledger_folder(settings.ledger, environment, sys.platform)
    store = SqliteControl(folder / FILE_NAME)
    try:
        yield Office(settings, store, environment)
    finally:
        store.close()


def read_now_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


def read_budgets(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[Period, int] | None:
    """`day=5.00` and the like, in nanodollars; None where nothing was said."""
    budgets: dict[Period, int] = {}
    periods = {str(period): period for period in get_args(Period)}
    for value in values:
        name, _, dollars = value.partition("=")
        try:
            amount = Decimal(dollars.lstrip("$")) * NANODOLLARS
        except InvalidOperation:
            amount = Decimal(-1)
        if name not in periods or not amount.is_finite() or amount < 1:
            message = f"{value!r} is not {'|'.join(periods)}=dollars, such as month=20.00."
            raise click.BadParameter(message, ctx, param)
        budgets[periods[name]] = int(amount)
    return budgets or None


def read_expiry(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """`30d` or a date as unix milliseconds."""
    if value is None:
        return None
    if ahead := _AHEAD.fullmatch(value):
        return read_now_ms() + int(ahead[1]) * AHEAD_MS[ahead[2]]
    try:
        return int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        message = f"{value!r} is neither a time from now (12h, 30d, 4w) nor a date (2027-01-31)."
        raise click.BadParameter(message, ctx, param) from None


OPTIONS = (
    click.option(
        "--model", "models", multiple=True, help="Model it may ask for, `*` for any text; several times for more."
    ),
    click.option("--provider", "providers", multiple=True, help="Provider it may use; several times for more."),
    click.option("--rpm", type=click.IntRange(0), help="Requests in any minute; 0 for no limit."),
    click.option("--tpm", type=click.IntRange(0), help="Tokens in any minute; 0 for no limit."),
    click.option("--concurrency", type=click.IntRange(0), help="Requests at the same time; 0 for no limit."),
    click.option(
        "--budget",
        "budgets",
        multiple=True,
        callback=read_budgets,
        metavar="PERIOD=DOLLARS",
        help="What it may spend in a day, week, month (UTC) or in total; several times for more.",
    ),
    click.option(
        "--allow-unpriced/--refuse-unpriced",
        "allow_unpriced",
        default=None,
        help="Whether a budget lets models through that nobody knows the price of.",
    ),
)


def take_terms(command: F) -> F:
    """The options that say what is granted, in this order."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def select_given(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None and value != ()}


def show_grant(grant: Grant) -> str:
    """What is granted, in one line."""
    limits = grant.limits
    words = [
        f"{show_dollars(budget)} a {period}".replace("a total", "in all") for period, budget in limits.budgets.items()
    ]
    words += [f"{number} {name}" for name, number in (("rpm", limits.rpm), ("tpm", limits.tpm)) if number]
    if limits.concurrency:
        words.append(f"{limits.concurrency} at once")
    for name, patterns in (("models", grant.models), ("providers", grant.providers)):
        if patterns is not None:
            words.append(f"{name} {', '.join(patterns) or 'none'}")
    return "; ".join(words) or "no limits"


def show_spent(spent: dict[Period, dict[str, int]], scope: str) -> str:
    """What was spent, in this month and in all."""
    month, total = (spent.get(period, {}).get(scope, 0) for period in ("month", "total"))
    return f"spent {show_dollars(month)} this month, {show_dollars(total)} in all"
