"""The table of commands."""

from __future__ import annotations

from typing import get_args

from dragoman.cli.commands import COMMANDS, CommandName
from dragoman.cli.main import load_command


def test_every_command_has_a_line_and_a_module() -> None:
    assert tuple(COMMANDS) == get_args(CommandName)
    for name in COMMANDS:
        command = load_command(name)
        assert command.name == name
        assert command.help
