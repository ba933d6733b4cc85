"""Plugins are found by name: shipped ones, and those of installed packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.errors import DragomanError
from dragoman.plugins.loading import SHIPPED, find_maker, load_plugin
from dragoman.plugins.redact import RedactPlugin


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """Put a package with an entry point where Python looks for packages."""
    (folder / "a_fine_plugin.py").write_text("def make(settings):\n    return dict(settings)\n")
    information = folder / "a_fine_plugin-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Name: a-fine-plugin\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(f"[dragoman.plugins]\nfine = {target}\n")
    monkeypatch.syspath_prepend(folder)


def test_shipped_plugins_are_there_by_name() -> None:
    assert set(SHIPPED) == {"redact", "lists", "size", "injection", "tags"}
    assert isinstance(load_plugin("redact", {}, "plugins[0]"), RedactPlugin)


def test_a_package_can_offer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "a_fine_plugin:make")
    made: object = load_plugin("fine", {"a": 1}, "plugins[0]")
    assert made == {"a": 1}


@pytest.mark.parametrize("target", ["a_fine_plugin:missing", "no_such_module_anywhere:make"])
def test_one_that_cannot_be_loaded_is_told(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, target)
    with pytest.raises(DragomanError, match="cannot be loaded") as wrong:
        find_maker("fine", "plugins[0]")
    assert wrong.value.path == "plugins[0].use"


def test_one_that_is_not_there_is_told_with_the_nearest_name() -> None:
    with pytest.raises(DragomanError, match="Did you mean 'redact'"):
        find_maker("redakt", "plugins[0]")
    with pytest.raises(DragomanError, match="There are redact, lists"):
        find_maker("zzz", "plugins[0]")


def test_settings_that_do_not_fit_are_told_with_their_path() -> None:
    with pytest.raises(DragomanError) as wrong:
        load_plugin("redact", {"detect": ["x"]}, "plugins[3]")
    assert wrong.value.path == "plugins[3].settings.detect[0]"
