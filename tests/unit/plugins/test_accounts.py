"""Plugins for accounts are found by name, and credentials name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.errors import DragomanError
from dragoman.plugins.accounts import find_account_plugin, split_account


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    (folder / "a_door.py").write_text("def make():\n    return 'a door'\n")
    information = folder / "a_door-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Name: a-door\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(f"[dragoman.accounts]\ndoor = {target}\n")
    monkeypatch.syspath_prepend(folder)


def test_an_installed_plugin_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "a_door:make")
    found: object = find_account_plugin("door")
    assert found == "a door"


def test_one_that_is_not_there_or_cannot_be_loaded_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "a_door:missing")
    with pytest.raises(DragomanError, match="cannot be loaded"):
        find_account_plugin("door")
    with pytest.raises(DragomanError, match="installed are: door"):
        find_account_plugin("window")


def test_a_credential_is_a_plugin_and_an_account() -> None:
    assert split_account("door ann:open sesame") == ("door", "ann:open sesame")


@pytest.mark.parametrize("secret", ["door", "door ", " ann", ""])
def test_a_credential_without_either_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(DragomanError, match="the name of a plugin") as refused:
        split_account(secret)
    assert "ann" not in refused.value.message
