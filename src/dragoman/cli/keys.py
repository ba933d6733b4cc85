"""`dragoman keys`: virtual keys, made and revoked beside a running gateway, which notices within a second."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from dragoman.cli.commands import CONTEXT
from dragoman.cli.options import config_option
from dragoman.cli.terms import (
    OPERATOR,
    Office,
    open_office,
    read_expiry,
    read_now_ms,
    select_given,
    show_grant,
    show_spent,
    take_terms,
)
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import KeyRecord, Role
from dragoman.ledger.spend import scope_of_key
from dragoman.model.secret import Secret
from dragoman.service.access.keys import KeyChange, KeyWish, change_key, create_key, find_key, revoke_key, rotate_key

role_option = click.option(
    "--role", type=click.Choice(get_args(Role)), help="What it may do in the admin API; `member` if left out."
)
team_option = click.option("--team", help="The team that it belongs to.")
user_option = click.option("--user", help="Whose it is.")
tag_option = click.option(
    "--tag", "tags", multiple=True, help="A word that its exchanges are found by; several times for more."
)
expires_option = click.option(
    "--expires", "expires_ms", callback=read_expiry, help="12h, 30d, 4w from now, or a date (UTC)."
)


@click.group(context_settings=CONTEXT)
def keys() -> None:
    """See to virtual keys: what they may use, spend, and until when."""


@keys.command(context_settings=CONTEXT)
@config_option
@click.argument("name")
@role_option
@team_option
@user_option
@tag_option
@expires_option
@take_terms
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of lines.")
def create(config: Path | None, name: str, *, as_json: bool, **options: Any) -> int:
    """Make a key. It is shown this once; what is kept of it cannot be turned back."""
    with open_office(config) as office:
        if any(key.name == name for key in office.settings.auth.keys):
            raise DragomanError(Kind.CONFLICT, f"A key of the configuration is called {name!r}; choose another name.")
        wish = KeyWish(name=name, **select_given(options))
        record, secret = create_key(office.store, OPERATOR, wish, read_now_ms())
    tell_secret(record, secret, as_json=as_json)
    return 0


@keys.command("list", context_settings=CONTEXT)
@config_option
@click.option("--all", "with_revoked", is_flag=True, help="Revoked keys too.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of lines.")
def list_keys(config: Path | None, *, with_revoked: bool, as_json: bool) -> int:
    """List the keys, with what they have spent."""
    with open_office(config) as office:
        records = [key for key in office.store.read_holdings().keys if with_revoked or key.revoked_ms is None]
        if as_json:
            click.echo(msgspec.json.format(msgspec.json.encode([as_object(key) for key in records]), indent=2))
            return 0
        if not records:
            click.echo("There are no keys; make one with: dragoman keys create NAME", err=True)
        show_keys(office, records)
    return 0


@keys.command(context_settings=CONTEXT)
@config_option
@click.argument("key")
@role_option
@team_option
@user_option
@tag_option
@expires_option
@take_terms
@click.option("--any-model", is_flag=True, help="It may ask for every model again.")
@click.option("--any-provider", is_flag=True, help="It may use every provider again.")
@click.option("--no-budget", is_flag=True, help="It has no budget any more.")
@click.option("--never-expires", is_flag=True, help="It is good for ever again.")
def change(config: Path | None, key: str, **options: Any) -> int:
    """Change what a key, by its name or id, may do. What is not said stays; budgets are set all together."""
    opened: dict[str, Any] = {
        field: value
        for flag, field, value in (
            ("any_model", "models", None),
            ("any_provider", "providers", None),
            ("no_budget", "budgets", {}),
            ("never_expires", "expires_ms", None),
        )
        if options.pop(flag)
    }
    with open_office(config) as office:
        record = find_key(office.store.read_holdings(), key, OPERATOR)
        given = KeyChange(**select_given(options) | opened)
        show_keys(office, [change_key(office.store, OPERATOR, record.id, given, read_now_ms())])
    return 0


@keys.command(context_settings=CONTEXT)
@config_option
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of lines.")
def rotate(config: Path | None, key: str, *, as_json: bool) -> int:
    """Give a key another secret; the old one is worth nothing within a second."""
    with open_office(config) as office:
        record, secret = rotate_key(office.store, OPERATOR, key, read_now_ms())
    tell_secret(record, secret, as_json=as_json)
    return 0


@keys.command(context_settings=CONTEXT)
@config_option
@click.argument("key")
def revoke(config: Path | None, key: str) -> int:
    """Revoke a key for good; it is worth nothing within a second. Its name stays taken."""
    with open_office(config) as office:
        record = revoke_key(office.store, OPERATOR, key, read_now_ms())
    click.echo(f"{record.name} is revoked.")
    return 0


def tell_secret(record: KeyRecord, secret: Secret, *, as_json: bool) -> None:
    """The only time that it is shown."""
    if as_json:
        told = {**as_object(record), "secret": secret.reveal()}
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2))
        return
    click.echo(secret.reveal())
    click.echo(f"This is the key {record.name!r}; it is not shown again. {show_grant(record.grant)}.", err=True)


def as_object(record: KeyRecord) -> dict[str, Any]:
    """A key for programs, without its digest."""
    fields = msgspec.structs.asdict(record)
    del fields["digest"]
    return fields


def show_keys(office: Office, records: list[KeyRecord]) -> None:
    """A line each, for people."""
    spent, now_ms = office.read_spent(), read_now_ms()
    for key in records:
        words = [key.hint, key.role, show_grant(key.grant), show_spent(spent, scope_of_key(key.name))]
        words += [f"team {key.team}"] if key.team else []
        words += [describe_end(key, now_ms)] if key.expires_ms or key.revoked_ms else []
        click.echo(f"{key.name:<20} {'; '.join(words)}")


def describe_end(key: KeyRecord, now_ms: int) -> str:
    """Until when it is, or was, good."""
    if key.revoked_ms is not None:
        return f"revoked {show_day(key.revoked_ms)}"
    expires_ms = key.expires_ms or 0
    return f"{'expired' if expires_ms <= now_ms else 'expires'} {show_day(expires_ms)}"


def show_day(moment_ms: int) -> str:
    """To the minute, by UTC."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
