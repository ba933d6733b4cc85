"""`dragoman serve`: read everything, say what was found, run."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

import click

from dragoman.bootstrap.running import serve as run_gateway
from dragoman.bootstrap.settings import read_settings
from dragoman.cli.banner import build_banner
from dragoman.cli.commands import CONTEXT
from dragoman.cli.detours import find_detours
from dragoman.cli.options import config_option, host_option, lay_flags, port_option
from dragoman.config.environment import read_environment
from dragoman.config.load import select_config_path
from dragoman.config.schema import Settings
from dragoman.config.sections.logging import LogLevel

Run = Callable[[Settings, Mapping[str, str], Path | None, str], int]

LINK_BYTES = 24


@click.command(context_settings=CONTEXT)
@config_option
@host_option
@port_option
@click.option("--log-level", type=click.Choice(get_args(LogLevel)), help="The least that is logged.")
def serve(config: Path | None, host: str | None, port: int | None, log_level: str | None) -> int:
    """Run the gateway until it is told to stop (Ctrl-C, SIGTERM)."""
    flags = {"DRAGOMAN_HOST": host, "DRAGOMAN_PORT": port, "DRAGOMAN_LOG_LEVEL": log_level}
    return start(config, lay_flags(read_environment(), flags), run_gateway)


def start(config: Path | None, environment: Mapping[str, str], run: Run) -> int:
    """Everything but the running, which is given."""
    path = select_config_path(config, environment)
    settings = read_settings(path, environment)
    link_token = secrets.token_urlsafe(LINK_BYTES) if settings.console.enabled else ""
    click.echo(build_banner(settings, path, find_detours(settings, environment), link_token))
    return run(settings, environment, path, link_token)
