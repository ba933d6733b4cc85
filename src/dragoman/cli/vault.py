"""`dragoman vault`: providers' keys that the gateway itself keeps, sealed, beside those of its configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from dragoman.cli.commands import CONTEXT
from dragoman.cli.options import config_option
from dragoman.cli.terms import OPERATOR, open_office, read_now_ms
from dragoman.config.environment import read_environment
from dragoman.model.secret import Secret
from dragoman.service.access.vault import add_credential, open_seals, remove_credential, seal_anew


@click.group(context_settings=CONTEXT)
def vault() -> None:
    """See to keys of providers that are kept sealed; DRAGOMAN_SEAL_KEY or DRAGOMAN_SEAL_KEY_FILE has what seals them."""


@vault.command(context_settings=CONTEXT)
@config_option
@click.argument("provider")
@click.argument("name")
def add(config: Path | None, provider: str, name: str) -> int:
    """Keep a key of a provider. It is asked for, or read from a pipe, and never shown again."""
    key = click.prompt("Key", hide_input=True, err=True)
    with open_office(config) as office:
        seals = open_seals(read_environment())
        record = add_credential(
            office.store, seals, OPERATOR.name, (provider, name, Secret(key.strip())), read_now_ms()
        )
    click.echo(f"{provider}/{name} {record.hint} is kept.")
    return 0


@vault.command("list", context_settings=CONTEXT)
@config_option
def list_credentials(config: Path | None) -> int:
    """List what is kept, by its last characters."""
    with open_office(config) as office:
        for one in office.store.read_holdings().credentials:
            day = datetime.fromtimestamp(one.created_ms / 1000, UTC).date()
            click.echo(f"{one.provider}/{one.name} {one.hint} since {day}")
    return 0


@vault.command(context_settings=CONTEXT)
@config_option
@click.argument("provider")
@click.argument("name")
def remove(config: Path | None, provider: str, name: str) -> int:
    """Forget a key of a provider."""
    with open_office(config) as office:
        remove_credential(office.store, OPERATOR.name, provider, name, read_now_ms())
    click.echo(f"{provider}/{name} is gone.")
    return 0


@vault.command(context_settings=CONTEXT)
@config_option
def rotate(config: Path | None) -> int:
    """Seal everything anew with the first sealing key. The old one has to stand behind it, and can go afterwards."""
    with open_office(config) as office:
        count = seal_anew(office.store, open_seals(read_environment()), OPERATOR.name, read_now_ms())
    click.echo(f"{count} keys are sealed anew.")
    return 0
