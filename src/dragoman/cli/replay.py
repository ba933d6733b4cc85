"""`dragoman replay`: another routing policy over what was recorded, beside what happened; nobody is called."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec

from dragoman.bootstrap.ledger import build_price_book
from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import read_settings
from dragoman.cli.commands import CONTEXT
from dragoman.cli.exchanges import MAX_LIMIT, find_rows
from dragoman.cli.ledger import open_configured_ledger
from dragoman.cli.moments import MINUTE_MS, read_since
from dragoman.cli.options import config_option
from dragoman.cli.usage import show_dollars
from dragoman.config.environment import read_environment
from dragoman.ledger.search import Search
from dragoman.service.metering.pricing import Pricer
from dragoman.service.replay import Ledgered, Replayed, TargetLedgered, build_draw, replay_rows


@click.command(context_settings=CONTEXT)
@config_option
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Configuration whose routes are tried out.",
)
@click.option(
    "--since", callback=read_since, default="24h", show_default=True, help="90m, 24h, 7d, 4w, or a date (UTC)."
)
@click.option("--limit", type=click.IntRange(1, MAX_LIMIT), default=MAX_LIMIT, help="At most so many, the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of lines.")
def replay(config: Path | None, policy: Path, since: int, limit: int, *, as_json: bool) -> int:
    """Show what the exchanges of the ledger would have cost under other routes, and how they would have gone.

    How targets do is taken from the same exchanges, and their tokens are taken to be the same with every model.
    """
    environment = read_environment()
    settings = read_settings(policy, environment)
    search = Search(since_ms=since, until_ms=time.time_ns() // 1_000_000 + MINUTE_MS, limit=limit)
    with open_configured_ledger(config) as (ledger, _):
        rows = find_rows(ledger.store, search)[::-1]
    replayed = replay_rows(rows, build_switchboard(settings), Pricer(build_price_book(settings)), build_draw())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(replayed), indent=2))
    elif replayed.exchanges or replayed.homeless:
        click.echo("\n".join(describe(replayed)))
    else:
        click.echo("Nothing is recorded for that time.", err=True)
    return 0


def describe(replayed: Replayed) -> list[str]:
    """What happened and what would have, side by side."""
    rows: list[tuple[str, ...]] = [("", "happened", "instead")]
    sides = (replayed.happened, replayed.instead)
    rows.append(("cost", *map(show_cost, sides)))
    rows.append(("mean time", *map(show_time, sides)))
    rows.append(("failed", *(f"{side.failed:,.1f}".removesuffix(".0") for side in sides)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"{replayed.exchanges:,} exchanges, {replayed.moved:,} of them with another target"]
    for name, *cells in rows:
        shown = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join(["", name.ljust(widths[0]), *shown]))
    untimed = replayed.exchanges - replayed.instead.timed
    if untimed:
        lines.append(f"  {untimed:,} would go to targets of which no time is known")
    if replayed.homeless:
        lines.append(f"  {replayed.homeless:,} more ask for a model that leads nowhere there")
    return [*lines, *describe_targets(replayed.targets)]


def describe_targets(targets: Mapping[str, TargetLedgered]) -> list[str]:
    """How many exchanges each target got and would have got; nothing where none would have got another number."""
    counts = {name or "nobody": (one.happened.exchanges, one.instead.exchanges) for name, one in targets.items()}
    if all(happened == instead for happened, instead in counts.values()):
        return []
    width = max(map(len, counts))
    ordered = sorted(counts.items(), key=lambda item: -item[1][1])
    return [f"  {name.ljust(width)}  {happened:>9,} → {instead:,}" for name, (happened, instead) in ordered]


def show_cost(side: Ledgered) -> str:
    """Dollars; with a star where some price is not known."""
    return show_dollars(side.cost_nanodollars) + ("*" if side.unpriced else "")


def show_time(side: Ledgered) -> str:
    """Seconds, where any are known."""
    seconds = side.mean_seconds
    return "-" if seconds is None else f"{seconds:.2f} s"
