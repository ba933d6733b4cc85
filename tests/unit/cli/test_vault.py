"""`dragoman vault`."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dragoman.cli.vault import vault
from dragoman.errors import DragomanError
from dragoman.ledger.control.sqlite import FILE_NAME

KEY = "sk-canary-3f9b2c7e51d84a60"
OLD, NEW = (base64.b64encode(bytes(range(start, start + 32))).decode() for start in (0, 32))


@pytest.fixture(autouse=True)
def data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    monkeypatch.setenv("DRAGOMAN_SEAL_KEY", OLD)
    return folder / "ledger"


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(vault, arguments, input=text, standalone_mode=False, catch_exceptions=False)


def test_a_key_is_kept_listed_and_forgotten_without_being_shown(data: Path) -> None:
    outputs = [run("add", "openai", "main", text=f"{KEY}\n").output, run("list").output]
    assert all("****4a60" in output and KEY not in output for output in outputs)
    assert KEY.encode() not in b"".join(path.read_bytes() for path in data.iterdir())
    run("remove", "openai", "main")
    assert run("list").output == ""


def test_a_new_sealing_key_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "openai", "main", text=f"{KEY}\n")
    monkeypatch.setenv("DRAGOMAN_SEAL_KEY", f"{NEW},{OLD}")
    assert run("rotate").output.startswith("1 ")
    monkeypatch.setenv("DRAGOMAN_SEAL_KEY", NEW)
    assert run("rotate").output.startswith("0 ")


def test_without_a_sealing_key_nothing_is_kept(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.delenv("DRAGOMAN_SEAL_KEY")
    with pytest.raises(DragomanError):
        run("add", "openai", "main", text=f"{KEY}\n")
    assert not (data / FILE_NAME).exists()
