"""`dragoman bodies show` and `purge`: what was kept, word for word, of what was said, whether a gateway runs or not."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.commands import CONTEXT
from dragoman.cli.moments import read_since
from dragoman.cli.options import config_option
from dragoman.config.environment import read_environment
from dragoman.config.folders import locate_ledger_folder
from dragoman.config.load import select_config_path
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.bodies import FILE_NAME, BodyStore
from dragoman.service.metering.transcripts import SIDES, remove_bodies


@click.group(context_settings=CONTEXT)
def bodies() -> None:
    """Show or remove what was kept of what was said (`bodies.keys` of the configuration says of whom)."""


@bodies.command(context_settings=CONTEXT)
@config_option
@click.argument("exchange_id")
@click.option("--side", type=click.Choice(SIDES), help="Print this side alone, byte for byte.")
def show(config: Path | None, exchange_id: str, side: str | None) -> int:
    """Show the request and the answer of an exchange, as they came and as they went on."""
    with open_store(config) as store:
        kept = store.read(exchange_id)
    if kept is None:
        raise DragomanError(Kind.NOT_FOUND, f"Nothing is kept of what was said in {exchange_id!r}.")
    if side is not None:
        click.echo(getattr(kept, side), nl=False)
        return 0
    shown = {name: show_text(getattr(kept, name)) for name in SIDES} | {"cut": list(kept.cut)}
    click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))
    return 0


@bodies.command(context_settings=CONTEXT)
@config_option
@click.option("--key", default="", help="Those of exchanges of the key of this name.")
@click.option("--before", callback=lambda *given: read_since(*given) if given[2] else None, help="7d, or a date (UTC).")
@click.option("--all", "everything", is_flag=True, help="All of them.")
def purge(config: Path | None, key: str, before: int | None, *, everything: bool) -> int:
    """Remove what was kept; it is overwritten, not only forgotten."""
    if sum((bool(key), before is not None, everything)) != 1:
        raise click.UsageError("Say which: --key NAME, --before WHEN, or --all.")
    moment_ms = sys.maxsize if everything else before
    with open_store(config) as store:
        removed = remove_bodies(store, key, moment_ms)
    click.echo(f"Removed what was said in {removed} exchanges.")
    return 0


@contextmanager
def open_store(config: Path | None) -> Iterator[BodyStore]:
    """The file that the configuration leads to."""
    environment = read_environment()
    settings = read_settings(select_config_path(config, environment), environment)
    store = BodyStore(locate_ledger_folder(settings.ledger, environment, sys.platform) / FILE_NAME)
    try:
        yield store
    finally:
        store.close()


def show_text(body: bytes) -> str:
    """As text where it is some, else in base64."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(body).decode()
