"""`dragoman version`: what a report of a fault should begin with."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

import click

from dragoman import __version__
from dragoman.cli.commands import CONTEXT

PACKAGES = ("click", "httptools", "msgspec", "pyyaml", "uvicorn", "uvloop")


@click.command(context_settings=CONTEXT)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of lines.")
def version(*, as_json: bool) -> int:
    """Show versions of Dragoman, Python, the platform and the packages it stands on."""
    versions = read_versions()
    if as_json:
        click.echo(json.dumps(versions, indent=2))
    else:
        for name, text in versions.items():
            click.echo(f"{name:<10} {text}")
    return 0


def read_versions() -> dict[str, str]:
    """Names and versions; a package that is not installed here is left out."""
    versions = {
        "dragoman": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
    }
    for package in PACKAGES:
        try:
            versions[package] = version_of(package)
        except PackageNotFoundError:
            continue
    return versions
