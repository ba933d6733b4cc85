"""`dragoman console`: a link into the console of a gateway that runs on this machine."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click

from dragoman.bootstrap.settings import read_settings
from dragoman.cli.banner import build_console_link
from dragoman.cli.commands import CONTEXT
from dragoman.cli.options import config_option, host_option, lay_flags, port_option
from dragoman.cli.serve import LINK_BYTES
from dragoman.config.environment import read_environment
from dragoman.config.folders import locate_ledger_folder
from dragoman.config.load import select_config_path
from dragoman.errors import DragomanError, Kind
from dragoman.http.console_link import GOOD_SECONDS, leave_link
from dragoman.service.principals import digest_secret


@click.command(context_settings=CONTEXT)
@config_option
@host_option
@port_option
def console(config: Path | None, host: str | None, port: int | None) -> int:
    """Print a link that lets one browser into the console, once, within ten minutes.

    For a gateway that runs on this machine with the same configuration and data folder. Give the options that `serve`
    was given.
    """
    environment = lay_flags(read_environment(), {"DRAGOMAN_HOST": host, "DRAGOMAN_PORT": port})
    settings = read_settings(select_config_path(config, environment), environment)
    if not settings.console.enabled:
        raise DragomanError(Kind.NOT_FOUND, "The console is switched off (`console.enabled`).", blame="gateway")
    token = secrets.token_urlsafe(LINK_BYTES)
    leave_link(locate_ledger_folder(settings.ledger, environment, sys.platform), digest_secret(token))
    click.echo(build_console_link(settings, token))
    click.echo(f"It works once, for {GOOD_SECONDS / 60:.0f} minutes.", err=True)
    return 0
