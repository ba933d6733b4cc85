"""`dragoman usage`: what was consumed and what it cost, out of the ledger, whether a gateway runs or not."""

from __future__ import annotations

import csv
import io
import re
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click
import msgspec

from dragoman.bootstrap import read_settings
from dragoman.cli.commands import CONTEXT
from dragoman.cli.options import config_option
from dragoman.config.environment import read_environment
from dragoman.config.folders import locate_ledger_folder
from dragoman.config.load import select_config_path
from dragoman.ledger.rollup import TOTAL_FIELDS, Totals
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from dragoman.ledger.store import Grouping, UsageLine

NANODOLLARS = 1_000_000_000
AGO_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
MINUTES_UNTIL_MS = 2 * AGO_MS["d"]  # beyond that a beginning is moved to the full hour: sums by the minute may be gone

HEADINGS = ("exchanges", "failed", "input", "cached", "output", "cost")

_AGO = re.compile(r"(\d{1,6})([mhdw])")


def read_since(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """The option as unix milliseconds."""
    try:
        return parse_moment(value, time.time_ns() // 1_000_000)
    except (ValueError, OverflowError):
        message = f"{value!r} is neither a time ago (90m, 24h, 7d, 4w) nor a date (2026-11-21)."
        raise click.BadParameter(message, ctx, param) from None


@click.command(context_settings=CONTEXT)
@config_option
@click.option(
    "--by", type=click.Choice(get_args(Grouping)), default="model", show_default=True, help="One line for each."
)
@click.option(
    "--since", callback=read_since, default="30d", show_default=True, help="90m, 24h, 7d, 4w, or a date (UTC)."
)
@click.option("--json", "style", flag_value="json", help="Print a JSON array instead of a table.")
@click.option("--csv", "style", flag_value="csv", help="Print comma separated values instead of a table.")
def usage(config: Path | None, by: Grouping, since: int, style: str | None) -> int:
    """Show what was consumed and what it cost, dearest first; days are those of UTC.

    A "*" behind a cost says that it is more in truth: something was consumed whose price nobody knows.
    """
    environment = read_environment()
    settings = read_settings(select_config_path(config, environment), environment)
    path = locate_ledger_folder(settings.ledger, environment, sys.platform) / FILE_NAME
    lines = read_lines(path, by, since)
    if style == "json":
        click.echo(emit_json(lines))
    elif style == "csv":
        click.echo(emit_csv(lines, by), nl=False)
    elif lines:
        click.echo(emit_table(lines, by))
    else:
        click.echo(f"Nothing is recorded for that time in {path}.", err=True)
    return 0


def parse_moment(text: str, now_ms: int) -> int:
    """`7d` and `2026-11-21` as unix milliseconds."""
    ago = _AGO.fullmatch(text)
    if not ago:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
    past_ms = int(ago[1]) * AGO_MS[ago[2]]
    moment = now_ms - past_ms
    return moment if past_ms <= MINUTES_UNTIL_MS else moment - moment % AGO_MS["h"]


def read_lines(path: Path, by: Grouping, since_ms: int) -> list[UsageLine]:
    """What the ledger says; nothing where there is none yet."""
    if not path.exists():
        return []
    store = SqliteStore(path, is_reader=True)
    try:
        return store.read_usage(since_ms, time.time_ns() // 1_000_000 + AGO_MS["m"], by)
    finally:
        store.close()


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
    rows: list[tuple[str, ...]] = [(by, *HEADINGS)]
    rows += [(show_name(line.name), *show_totals(line.totals)) for line in [*lines, UsageLine("all", everything)]]
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


def show_dollars(nanodollars: int) -> str:
    """To the hundredth of a cent, rounded half up; whole numbers all the way."""
    units = (nanodollars + NANODOLLARS // 20_000) // (NANODOLLARS // 10_000)
    return f"${units // 10_000:,}.{units % 10_000:04d}"
