"""`dragoman exchanges`: single exchanges out of the ledger, whether a gateway runs or not."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from dragoman.bootstrap.ledger import build_price_book
from dragoman.cli.commands import CONTEXT
from dragoman.cli.ledger import open_configured_ledger
from dragoman.cli.moments import MINUTE_MS, read_since
from dragoman.cli.options import config_option
from dragoman.cli.usage import disarm, show_dollars, show_name
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.row import ExchangeRow, Outcome
from dragoman.ledger.search import Only, Search
from dragoman.ledger.store import Store
from dragoman.service.admin.exchanges import ExchangeLine, ExchangeView, build_line, build_view
from dragoman.service.metering.pricing import Pricer

MAX_LIMIT = 100_000
FILTERS = tuple(name for name in Only.__struct_fields__ if name != "principal")


def filter_options(command: Any) -> Any:
    """An option for each name that can be filtered by."""
    for name in reversed(FILTERS):
        command = click.option(f"--{name}", default="", help=f"Only those of this {name}.")(command)
    return command


@click.group(context_settings=CONTEXT, invoke_without_command=True)
@config_option
@filter_options
@click.option("--key", "principal", default="", help="Only those of the key of this name.")
@click.option("--outcome", type=click.Choice(get_args(Outcome)), help="Only those that ended so.")
@click.option("--error", default="", help="Only those with this error; `any` for every failure.")
@click.option("--text", default="", help="Only those with this text in some name.")
@click.option(
    "--since", callback=read_since, default="30d", show_default=True, help="90m, 24h, 7d, 4w, or a date (UTC)."
)
@click.option("--limit", type=click.IntRange(1, MAX_LIMIT), default=20, show_default=True, help="At most so many.")
@click.option("--json", "style", flag_value="json", help="Print a JSON array instead of a table.")
@click.option("--csv", "style", flag_value="csv", help="Print comma separated values instead of a table.")
@click.pass_context
def exchanges(
    context: click.Context, /, config: Path | None, *, since: int, limit: int, style: str | None, **given: str
) -> int:
    """List exchanges, newest first."""
    if context.invoked_subcommand is not None:
        return 0
    only = Only(**{name: value for name in Only.__struct_fields__ if (value := given[name])})
    found = {name: given[name] or None for name in ("outcome", "error")}
    search = Search(only, since, time.time_ns() // 1_000_000 + MINUTE_MS, text=given["text"], limit=limit, **found)
    with open_configured_ledger(config) as (ledger, _):
        lines = [build_line(row) for row in find_rows(ledger.store, search)]
    if style == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(lines), indent=2))
    elif style == "csv":
        click.echo(emit_csv(lines), nl=False)
    elif lines:
        click.echo("\n".join(show_line(line) for line in lines))
    else:
        click.echo("Nothing is recorded that fits.", err=True)
    return 0


@exchanges.command(context_settings=CONTEXT)
@config_option
@click.argument("exchange_id")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of lines.")
def show(config: Path | None, exchange_id: str, *, as_json: bool) -> int:
    """Show one exchange: its attempts and times, its tokens and what each class of them cost."""
    with open_configured_ledger(config) as (ledger, settings):
        row = ledger.store.read_exchange(exchange_id)
    if row is None:
        raise DragomanError(Kind.NOT_FOUND, f"There is no exchange {exchange_id!r} in the ledger.")
    view = build_view(row, Pricer(build_price_book(settings)).find_rates)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(view), indent=2))
    else:
        click.echo("\n".join(show_view(view)))
    return 0


def find_rows(store: Store, search: Search) -> list[ExchangeRow]:
    """As many as were asked for, over as many pages as it takes."""
    rows: list[ExchangeRow] = []
    position = None
    while len(rows) < search.limit:
        page = store.search(search, position)
        rows += page.rows
        position = page.position
        if position is None:
            break
    return rows[: search.limit]


def emit_csv(lines: Sequence[ExchangeLine]) -> str:
    """A heading and a line for each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ExchangeLine.__struct_fields__)
    for line in lines:
        values = [" ".join(one) if isinstance(one, list) else one for one in msgspec.structs.astuple(line)]
        writer.writerow([disarm(one) if isinstance(one, str) else one for one in values])
    return text.getvalue()


def show_line(line: ExchangeLine) -> str:
    """One exchange in a line; times are local."""
    moment = datetime.fromtimestamp(line.started_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    target = f"{show_name(line.provider)}/{show_name(line.model)}" if line.provider else "-"
    outcome = f"{line.outcome} {line.error}".rstrip()
    return (
        f"{moment}  {line.id}  {show_name(line.principal)}  {show_name(line.route)} → {target}  {outcome}  "
        f"{line.duration_us / 1000:,.0f} ms  {line.input_tokens:,} in, {line.output_tokens:,} out  {show_cost(line)}"
    )


def show_cost(line: ExchangeLine) -> str:
    """Dollars, or that nobody knows."""
    if line.cost_nanodollars is None:
        return "price unknown"
    return show_dollars(line.cost_nanodollars) + (" (estimated)" if line.is_estimate else "")


def show_view(view: ExchangeView) -> list[str]:
    """One exchange in lines."""
    lines = [show_line(view.exchange)]
    for span in view.waterfall:
        failure = f"  {span.error} in {span.error_phase or 'preparing'} ({span.status})" if span.error else ""
        credential = f"  {show_name(span.credential)}" if span.credential else ""
        lines.append(
            f"  {span.started_us / 1000:>9.1f} ms +{span.duration_us / 1000:.1f}  {show_name(span.label)}{credential}{failure}"
        )
    for token in view.lines:
        price = f" at ${token.dollars_per_million} a million" if token.dollars_per_million is not None else ""
        lines.append(f"  {token.tokens:>12,} {token.token_class.replace('_', ' ')}{price}")
    lines += [f"  skipped: {show_name(skipped)}" for skipped in view.skipped]
    lines += [f"  lost: {show_name(code)}" for code in view.exchange.losses]
    return [*lines, f"  price: {view.price}"] if view.price else lines
