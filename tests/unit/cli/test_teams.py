"""`dragoman teams`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dragoman.cli.keys import keys
from dragoman.cli.teams import teams
from dragoman.errors import DragomanError


@pytest.fixture(autouse=True)
def data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(teams, arguments, standalone_mode=False, catch_exceptions=False)


def test_a_team_is_made_changed_and_listed() -> None:
    assert "$5.00 a month" in run("create", "red", "--budget", "month=5", "--concurrency", "2").stdout
    run("change", "red", "--no-budget", "--provider", "openai")
    (team,) = json.loads(run("list", "--json").stdout)
    assert team["name"] == "red"
    assert team["grant"] == {"providers": ["openai"], "limits": {"concurrency": 2}}
    assert "2 at once" in run("list").stdout


def test_a_team_goes_when_its_keys_are_gone() -> None:
    run("create", "red")
    CliRunner().invoke(keys, ["create", "ada", "--team", "red"], standalone_mode=False, catch_exceptions=False)
    with pytest.raises(DragomanError):
        run("remove", "red")
    CliRunner().invoke(keys, ["revoke", "ada"], standalone_mode=False, catch_exceptions=False)
    assert "gone" in run("remove", "red").stdout
    assert run("list").stdout == ""
