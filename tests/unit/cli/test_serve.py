"""`dragoman serve`, but for the running."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from dragoman.cli.serve import serve, start
from dragoman.config.schema import Settings
from dragoman.errors import DragomanError

Ran = list[tuple[Settings, Mapping[str, str], Path | None]]


def test_the_gateway_is_run_with_what_was_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran: Ran = []

    def run(settings: Settings, environment: Mapping[str, str], path: Path | None, link_token: str) -> int:
        ran.append((settings, environment, path))
        return 7

    (folder / "dragoman.yaml").write_text("server: {port: 9}\n")
    environment = {"OPENAI_API_KEY": "k", "DRAGOMAN_LOG_LEVEL": "debug"}
    assert start(None, environment, run) == 7
    ((settings, seen, path),) = ran
    assert (settings.server.port, settings.logging.level, list(settings.providers)) == (9, "debug", ["openai"])
    assert (seen, path) == (environment, Path("dragoman.yaml"))
    assert "http://127.0.0.1:9" in capsys.readouterr().out


def test_nothing_is_run_with_a_wrong_configuration() -> None:
    def run(settings: Settings, environment: Mapping[str, str], path: Path | None, link_token: str) -> int:
        pytest.fail("it was run")

    with pytest.raises(DragomanError, match=r"server\.host"):
        start(None, {"DRAGOMAN_HOST": "0.0.0.0"}, run)


def test_flags_stand_above_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_PORT", "9")
    monkeypatch.setenv("DRAGOMAN_API_KEY", "short")
    with pytest.raises(DragomanError) as caught:
        CliRunner().invoke(serve, ["--port", "8", "--host", "0.0.0.0"], standalone_mode=False, catch_exceptions=False)
    assert "DRAGOMAN_API_KEY" in str(caught.value)


@pytest.mark.parametrize(
    "arguments", [["--port", "many"], ["--port", "70000"], ["--log-level", "loud"], ["--hots", "x"]]
)
def test_a_wrong_flag_is_told_before_anything_is_read(arguments: list[str]) -> None:
    assert CliRunner().invoke(serve, arguments).exit_code == 2
