"""`dragoman models`: what a client can ask for, as far as it is known beforehand; and the door to the local models."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.commands import CONTEXT
from dragoman.cli.local_models import add, list_local, pull, rm
from dragoman.cli.local_offers import offers
from dragoman.cli.local_run import ps, run_model
from dragoman.cli.options import config_option
from dragoman.config.environment import read_environment
from dragoman.config.load import select_config_path
from dragoman.config.schema import Settings


class PublicModel(msgspec.Struct, frozen=True):
    """A name, and the targets behind it, best first."""

    name: str
    targets: list[str]


@click.group(context_settings=CONTEXT, invoke_without_command=True)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of lines.")
@click.pass_context
def models(context: click.Context, config: Path | None, *, as_json: bool) -> int:
    """List the model names that clients can ask for: routes, their aliases, and provider/model.

    Of a provider only the models that are known beforehand are listed; it can be asked for others as well. The
    commands below see to the models that run on this machine.
    """
    if context.invoked_subcommand is not None:
        return 0
    environment = read_environment()
    listed = list_models(read_settings(select_config_path(config, environment), environment))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(listed), indent=2))
        return 0
    if not listed:
        click.echo("No model is known beforehand; see dragoman check for the providers.", err=True)
    for model in listed:
        is_plain = model.targets == [model.name]
        click.echo(model.name if is_plain else f"{model.name} → {', '.join(model.targets)}")
    return 0


for command in (list_local, offers, pull, add, rm, run_model, ps):
    models.add_command(command)


def list_models(settings: Settings) -> list[PublicModel]:
    """Routes with their aliases first, then what the providers are known to have."""
    listed = [
        PublicModel(name, [one.target for one in route.targets])
        for public_name, route in settings.routes.items()
        for name in (public_name, *route.aliases)
    ]
    taken = {model.name for model in listed}
    plain = [
        f"{name}/{model}"
        for name, provider in settings.providers.items()
        if provider.enabled
        for model in provider.models or ()
    ]
    return listed + [PublicModel(name, [name]) for name in plain if name not in taken]
