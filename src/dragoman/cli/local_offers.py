"""`dragoman models offers`: what other servers on this machine already have, and how to use it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import click
import msgspec

from dragoman.catalog.listings import ListedModel
from dragoman.catalog.providers import ProviderRow, load_rows
from dragoman.cli.commands import CONTEXT
from dragoman.clock import SystemClock
from dragoman.config.sections.providers import ProviderSettings
from dragoman.errors import DragomanError
from dragoman.service.discovery import ask_models
from dragoman.upstream.http1 import Http1Transport


class Offer(msgspec.Struct, frozen=True):
    """A server that answers at its usual address. `variable` makes the gateway use it."""

    provider: str
    base_url: str
    variable: str
    models: list[ListedModel]


@click.command(context_settings=CONTEXT)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of lines.")
def offers(*, as_json: bool) -> int:
    """Look for Ollama, LM Studio, llama.cpp, vLLM and SGLang where they usually listen on this machine, and list
    their models."""
    found = asyncio.run(find_offers(select_rows(load_rows().values())))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
        return 0
    for offer in found:
        click.echo(f"{offer.provider} at {offer.base_url} (set {offer.variable}={offer.base_url} to use it)")
        for model in offer.models:
            window = f", {model.context_window} tokens" if model.context_window else ""
            click.echo(f"  {offer.provider}/{model.name}{window}")
    if not found:
        click.echo("None of them answers where it usually listens.", err=True)
    return 0


def select_rows(rows: Iterable[ProviderRow]) -> list[ProviderRow]:
    """Servers of one's own, one for each place where they usually listen."""
    places = {row.base_url: row for row in reversed(list(rows)) if row.local}
    return list(reversed(places.values()))


async def find_offers(rows: list[ProviderRow]) -> list[Offer]:
    """Those that answer."""
    transport = Http1Transport(SystemClock())
    try:
        asked = await asyncio.gather(*(_ask(transport, row) for row in rows))
    finally:
        await transport.aclose()
    return [offer for offer in asked if offer is not None]


async def _ask(transport: Http1Transport, row: ProviderRow) -> Offer | None:
    settings = ProviderSettings(row=row.name, dialect=row.dialect, base_url=row.base_url, auth="none")
    try:
        models = await ask_models(transport, settings)
    except DragomanError:
        return None
    return Offer(row.name, row.base_url, row.base_url_env[0], list(models)) if models else None
