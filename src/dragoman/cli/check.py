"""`dragoman check`: every mistake at once, or what the configuration leads to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.banner import build_url, describe_parts, describe_provider
from dragoman.cli.commands import CONTEXT
from dragoman.cli.detours import find_detours
from dragoman.cli.failures import EXIT_FAILED
from dragoman.cli.options import config_option
from dragoman.config.advice import find_warnings
from dragoman.config.environment import read_environment
from dragoman.config.load import select_config_path
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import ProviderSettings
from dragoman.config.sections.routes import RouteSettings
from dragoman.errors import DragomanError


@click.command(context_settings=CONTEXT)
@config_option
def check(config: Path | None) -> int:
    """Check the configuration, and show the providers, routes and warnings that it leads to.

    Exits with 1 and lists every mistake if there is any. Nothing is started and nobody is called.
    """
    environment = read_environment()
    path = select_config_path(config, environment)
    try:
        settings = read_settings(path, environment)
    except DragomanError as error:
        click.echo(f"error: {error}", err=True)
        return EXIT_FAILED
    click.echo(build_report(settings, path, find_detours(settings, environment)))
    return 0


def build_report(settings: Settings, path: Path | None, notices: Sequence[str] = ()) -> str:
    """The configuration in words, without a secret."""
    parts = dict(describe_parts(settings, path))
    blocks = [
        [f"config   {parts['config']}", f"listens  {build_url(settings)}", f"clients  {parts['clients']}"],
        ["providers", *(_describe_provider_fully(name, one) for name, one in settings.providers.items())],
        ["routes", *(_describe_route(name, one) for name, one in settings.routes.items())],
        ["warnings", *(f"  {warning}" for warning in [*notices, *find_warnings(settings)])],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if len(block) > 1)


def _describe_provider_fully(name: str, provider: ProviderSettings) -> str:
    if not provider.enabled:
        return f"  {name}: not enabled"
    keys = ", ".join(credential.name for credential in provider.credentials)
    origin = f" from {keys}" if keys else ""
    return f"  {describe_provider(name, provider)}: {provider.dialect} at {provider.base_url}{origin}"


def _describe_route(name: str, route: RouteSettings) -> str:
    names = ", ".join([name, *route.aliases])
    weights = route.policy == "weighted"
    targets = [f"{one.target} ({one.weight:g})" if weights else one.target for one in route.targets]
    return f"  {names}: {' | '.join(targets) if weights else ' → '.join(targets)}"
