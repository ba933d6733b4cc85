"""What commands share."""

from __future__ import annotations

from pathlib import Path

import click
from click.testing import CliRunner

from dragoman.cli.options import config_option, host_option, lay_flags, port_option


def test_only_flags_that_were_given_stand_above_the_environment() -> None:
    environment = {"A": "1", "B": "2"}
    assert lay_flags(environment, {"A": 5, "B": None, "C": None, "D": 0}) == {"A": "5", "B": "2", "D": "0"}
    assert environment == {"A": "1", "B": "2"}


def test_an_address_is_what_can_be_listened_on() -> None:
    seen: list[tuple[str | None, int | None]] = []

    @click.command()
    @host_option
    @port_option
    def command(host: str | None, port: int | None) -> None:
        seen.append((host, port))

    assert CliRunner().invoke(command, ["--host", "::1", "--port", "0"]).exit_code == 0
    assert CliRunner().invoke(command, []).exit_code == 0
    assert CliRunner().invoke(command, ["--port", "65536"]).exit_code != 0
    assert seen == [("::1", 0), (None, None)]


def test_the_file_is_an_option_of_two_names() -> None:
    seen: list[Path | None] = []

    @click.command()
    @config_option
    def command(config: Path | None) -> None:
        seen.append(config)

    for arguments in (["-c", "a.yaml"], ["--config", "b.yaml"], []):
        assert CliRunner().invoke(command, arguments).exit_code == 0
    assert seen == [Path("a.yaml"), Path("b.yaml"), None]
