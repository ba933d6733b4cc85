"""`dragoman usage reprice`: the cost of what was recorded, by the prices of now, whether a gateway runs or not."""

from __future__ import annotations

from pathlib import Path

import click

from dragoman.bootstrap.ledger import build_price_book
from dragoman.cli.commands import CONTEXT
from dragoman.cli.ledger import open_configured_ledger
from dragoman.cli.moments import read_since
from dragoman.cli.options import config_option
from dragoman.ledger.repricing import price_anew
from dragoman.ledger.store import Repriced, Store
from dragoman.service.metering.pricing import Pricer

STEP_ROWS = 2_000
NANODOLLARS = 1_000_000_000


@click.command(context_settings=CONTEXT)
@config_option
@click.option(
    "--since", callback=read_since, default="2000-01-01", help="Only what began since then; everything if left out."
)
def reprice(config: Path | None, since: int) -> int:
    """Reckon costs anew, by list prices and your own as they held when each exchange began.

    What single exchanges are gone of keeps the cost that it had. A gateway may go on meanwhile.
    """
    with open_configured_ledger(config, is_reader=False) as (ledger, settings):
        told = reprice_all(ledger.store, Pricer(build_price_book(settings)), since)
    if not told.seen:
        click.echo(f"Nothing is recorded for that time in {ledger.place}.", err=True)
        return 0
    click.echo(
        f"{told.seen:,} exchanges looked at, {told.changed:,} changed; "
        f"together {'+' if told.difference_nanodollars >= 0 else '-'}"
        f"${abs(told.difference_nanodollars) / NANODOLLARS:,.4f}."
    )
    return 0


def reprice_all(store: Store, pricer: Pricer, since_ms: int) -> Repriced:
    """Step by step, so that a running gateway can write in between."""
    seen = changed = difference = 0
    last: int | None = 0
    while last is not None:
        step = store.reprice(price_anew(pricer.price), since_ms, last, STEP_ROWS)
        seen, changed = seen + step.seen, changed + step.changed
        difference += step.difference_nanodollars
        last = step.last
    return Repriced(seen, changed, difference, None)
