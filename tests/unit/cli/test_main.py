"""The door: finding commands, and what becomes of failures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import click
import pytest

from dragoman import __version__
from dragoman.cli.commands import COMMANDS
from dragoman.cli.main import main
from dragoman.config.problems import configuration_error
from dragoman.errors import DragomanError, Kind


def command_that(action: Callable[[], object]) -> click.Command:
    return click.Command("x", callback=action)


def raising(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return command_that(fail)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for name, line in COMMANDS.items():
        assert f"  {name}" in text
        assert line in text


def test_help_imports_no_command_and_nothing_heavy() -> None:
    script = (
        "import sys; from dragoman.cli.main import main; main(['--help'])\n"
        "heavy = {'yaml', 'msgspec', 'uvicorn', 'starlette', 'asyncio', 'ssl', 'dragoman.bootstrap', 'importlib.metadata'}\n"
        "print('LOADED', sorted(heavy & sys.modules.keys()))"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert output.endswith("LOADED []\n")


def test_the_version_is_an_option_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"dragoman {__version__}\n"


def test_a_command_is_found_and_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--nonsense"], ["models", "extra"]])
def test_a_wrong_command_line_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "nonsense" in (error := capsys.readouterr().err) or "extra" in error


def test_a_wrong_configuration_ends_with_two_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--config", "nothing.yaml"]) == 2
    output = capsys.readouterr()
    assert output.err.startswith("error: There is no file nothing.yaml.")
    assert "Traceback" not in output.err


def test_what_a_command_returns_is_the_exit_code() -> None:
    assert main([], command_that(lambda: 5)) == 5
    assert main([], command_that(lambda: None)) == 0


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (configuration_error("wrong words"), 2, "error: wrong words"),
        (DragomanError(Kind.UNAVAILABLE, "nobody there"), 1, "error: nobody there"),
        (ValueError("sesame"), 1, "error: unexpected ValueError"),
        (click.UsageError("how to"), 2, "how to"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_failures_end_with_one_line_and_a_code(
    error: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], raising(error)) == code
    shown = capsys.readouterr().err
    assert words in shown
    assert "sesame" not in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("error", [ValueError("sesame"), DragomanError(Kind.INTERNAL, "x")])
def test_whoever_debugs_gets_the_traceback(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_DEBUG", "1")
    with pytest.raises(type(error)):
        main([], raising(error))


def test_a_reader_that_goes_away_is_not_complained_about() -> None:
    script = "from dragoman.cli.main import main; import sys; sys.exit(main(['version']))"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1
