"""What several commands share: where the configuration is, where the gateway listens, flags laid over the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file; else the one that DRAGOMAN_CONFIG names, else ./dragoman.yaml if there is one.",
)

host_option = click.option("--host", help="Address that it listens on; above DRAGOMAN_HOST and the file.")
port_option = click.option(
    "--port", type=click.IntRange(0, 65535), help="Port that it listens on; above DRAGOMAN_PORT and the file."
)


def lay_flags(environment: Mapping[str, str], flags: Mapping[str, object | None]) -> dict[str, str]:
    """The environment with the flags that were given in place of its own variables."""
    return {**environment, **{name: str(value) for name, value in flags.items() if value is not None}}
