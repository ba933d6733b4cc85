"""The door: finds the command, and turns whatever goes wrong into one line and an exit code.

Exit codes: 0 done; 1 failed; 2 the command line or the configuration is wrong; 130 interrupted. A traceback is shown
only where DRAGOMAN_DEBUG is set. A reader that goes away (`dragoman models | head`) is seen to by click.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import get_args

import click

from dragoman.cli.commands import COMMANDS, CONTEXT, CommandName
from dragoman.cli.failures import EXIT_FAILED, EXIT_INTERRUPTED, describe, exit_code_of, is_debugging
from dragoman.errors import DragomanError


def load_command(name: CommandName) -> click.Command:
    """A command, imported now, out of the file that has its name: each would cost every other command its time."""
    command: click.Command = getattr(import_module(f"dragoman.cli.{name}"), name)
    return command


class LazyGroup(click.Group):
    """Knows its commands by name and by one line; imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known: tuple[CommandName, ...] = get_args(CommandName)
        return next((load_command(name) for name in known if name == cmd_name), None)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings=CONTEXT)
@click.version_option(package_name="dragoman", message="dragoman %(version)s")
def dragoman() -> None:
    """An LLM gateway: any client's dialect in, any provider out."""


def main(arguments: Sequence[str] | None = None, command: click.Command = dragoman) -> int:
    """Run the command line; the process's exit code."""
    try:
        result = command.main(arguments, prog_name="dragoman", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except DragomanError as error:
        if is_debugging():
            raise
        click.echo(f"error: {error}", err=True)
        return exit_code_of(error)
    except Exception as error:
        if is_debugging():
            raise
        click.echo(f"error: {describe(error)}", err=True)
        return EXIT_FAILED
