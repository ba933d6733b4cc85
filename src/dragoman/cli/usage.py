"""`dragoman usage`: what was consumed and what it cost, out of the ledger, whether a gateway runs or not."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import click
import msgspec

from dragoman.cli.commands import CONTEXT
from dragoman.cli.ledger import open_configured_ledger
from dragoman.cli.moments import MINUTE_MS, read_since
from dragoman.cli.options import config_option
from dragoman.cli.repricing import reprice
from dragoman.ledger.rollup import TOTAL_FIELDS, Totals
from dragoman.ledger.store import Grouping, UsageLine

NANODOLLARS = 1_000_000_000

HEADINGS = ("exchanges", "failed", "input", "cached", "output", "cost")
HEADINGS_OF_HITS = ("hits", "saved")


@click.group(context_settings=CONTEXT, invoke_without_command=True)
@config_option
@click.option(
    "--by", type=click.Choice(get_args(Grouping)), default="model", show_default=True, help="One line for each."
)
@click.option(
    "--since", callback=read_since, default="30d", show_default=True, help="90m, 24h, 7d, 4w, or a date (UTC)."
)
@click.option("--json", "style", flag_value="json", help="Print a JSON array instead of a table.")
@click.option("--csv", "style", flag_value="csv", help="Print comma separated values instead of a table.")
@click.pass_context
def usage(context: click.Context, config: Path | None, by: Grouping, since: int, style: str | None) -> int:
    """Show what was consumed and what it cost, dearest first; days are those of UTC.

    A "*" behind a cost says that it is more in truth: something was consumed whose price nobody knows.
    """
    if context.invoked_subcommand is not None:
        return 0
    with open_configured_ledger(config) as (ledger, _):
        lines = ledger.store.read_usage(since, time.time_ns() // 1_000_000 + MINUTE_MS, by)
    if style == "json":
        click.echo(emit_json(lines))
    elif style == "csv":
        click.echo(emit_csv(lines, by), nl=False)
    elif lines:
        click.echo(emit_table(lines, by))
    else:
        click.echo(f"Nothing is recorded for that time in {ledger.place}.", err=True)
    return 0


def emit_json(lines: Sequence[UsageLine]) -> str:
    """An object for each line, with every sum."""
    objects = [{"name": line.name, **msgspec.structs.asdict(line.totals)} for line in lines]
    return msgspec.json.format(msgspec.json.encode(objects), indent=2).decode()


def emit_csv(lines: Sequence[UsageLine], by: Grouping) -> str:
    """The same as comma separated values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([by, *TOTAL_FIELDS])
    writer.writerows([disarm(line.name), *msgspec.structs.astuple(line.totals)] for line in lines)
    return text.getvalue()


def disarm(name: str) -> str:
    """A name that no spreadsheet takes for a formula: it may be one that a client has thought up."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def emit_table(lines: Sequence[UsageLine], by: Grouping) -> str:
    """For people: a line each, and one for all together."""
    everything = Totals()
    for line in lines:
        everything.add(line.totals)
    has_hits = everything.hits > 0
    rows: list[tuple[str, ...]] = [(by, *HEADINGS, *(HEADINGS_OF_HITS if has_hits else ()))]
    for line in [*lines, UsageLine("all", everything)]:
        hits = show_hits(line.totals) if has_hits else ()
        rows.append((show_name(line.name), *show_totals(line.totals), *hits))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )


def show_name(name: str) -> str:
    """A name without what could play tricks on a terminal; `-` for what never came to a target."""
    return "".join(letter if letter.isprintable() else "?" for letter in name) or "-"


def show_totals(totals: Totals) -> tuple[str, ...]:
    """The cells of a line."""
    cached = totals.cache_read + totals.cache_write_5m + totals.cache_write_1h
    unknown = "*" if totals.unpriced else ""
    return (
        f"{totals.exchanges:,}",
        f"{totals.failed:,}",
        f"{totals.input_tokens:,}",
        f"{cached:,}",
        f"{totals.output_tokens:,}",
        f"{show_dollars(totals.cost_nanodollars)}{unknown}",
    )


def show_hits(totals: Totals) -> tuple[str, ...]:
    """The cells that tell of answers given again, where there are any."""
    return f"{totals.hits:,}", show_dollars(totals.saved_nanodollars)


def show_dollars(nanodollars: int) -> str:
    """To the hundredth of a cent, rounded half up; whole numbers all the way."""
    units = (nanodollars + NANODOLLARS // 20_000) // (NANODOLLARS // 10_000)
    return f"${units // 10_000:,}.{units % 10_000:04d}"


usage.add_command(reprice)
