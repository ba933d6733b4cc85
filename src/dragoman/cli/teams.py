"""`dragoman teams`: what all keys of a team may use together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from dragoman.cli.commands import CONTEXT
from dragoman.cli.options import config_option
from dragoman.cli.terms import (
    OPERATOR,
    Office,
    open_office,
    read_now_ms,
    select_given,
    show_grant,
    show_spent,
    take_terms,
)
from dragoman.ledger.control.records import TeamRecord
from dragoman.ledger.spend import scope_of_team
from dragoman.service.access.teams import TeamChange, TeamWish, change_team, create_team, remove_team


@click.group(context_settings=CONTEXT)
def teams() -> None:
    """See to teams: what their keys together may use and spend."""


@teams.command(context_settings=CONTEXT)
@config_option
@click.argument("name")
@take_terms
def create(config: Path | None, name: str, **options: Any) -> int:
    """Make a team; keys join it with: dragoman keys create NAME --team TEAM"""
    with open_office(config) as office:
        wish = TeamWish(name=name, **select_given(options))
        show_teams(office, [create_team(office.store, OPERATOR, wish, read_now_ms())])
    return 0


@teams.command("list", context_settings=CONTEXT)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of lines.")
def list_teams(config: Path | None, *, as_json: bool) -> int:
    """List the teams, with what they have spent."""
    with open_office(config) as office:
        records = list(office.store.read_holdings().teams)
        if as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(records), indent=2))
            return 0
        if not records:
            click.echo("There are no teams; make one with: dragoman teams create NAME", err=True)
        show_teams(office, records)
    return 0


@teams.command(context_settings=CONTEXT)
@config_option
@click.argument("team")
@take_terms
@click.option("--any-model", is_flag=True, help="It may ask for every model again.")
@click.option("--any-provider", is_flag=True, help="It may use every provider again.")
@click.option("--no-budget", is_flag=True, help="It has no budget any more.")
def change(config: Path | None, team: str, **options: Any) -> int:
    """Change what a team may do. What is not said stays; budgets are set all together."""
    flags: tuple[tuple[str, str, Any], ...] = (
        ("any_model", "models", None),
        ("any_provider", "providers", None),
        ("no_budget", "budgets", {}),
    )
    opened = {field: value for flag, field, value in flags if options.pop(flag)}
    with open_office(config) as office:
        given = TeamChange(**select_given(options) | opened)
        show_teams(office, [change_team(office.store, OPERATOR, team, given, read_now_ms())])
    return 0


@teams.command(context_settings=CONTEXT)
@config_option
@click.argument("team")
def remove(config: Path | None, team: str) -> int:
    """Remove a team that has no keys any more."""
    with open_office(config) as office:
        remove_team(office.store, OPERATOR, team, read_now_ms())
    click.echo(f"{team} is gone.")
    return 0


def show_teams(office: Office, records: list[TeamRecord]) -> None:
    """A line each, for people."""
    spent = office.read_spent()
    for team in records:
        click.echo(f"{team.name:<20} {show_grant(team.grant)}; {show_spent(spent, scope_of_team(team.name))}")
