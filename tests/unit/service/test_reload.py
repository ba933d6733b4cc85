"""New settings are taken whole or not at all."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.service.reload import Reloader


def test_changed_settings_are_applied_once() -> None:
    applied: list[str] = []
    reloader = Reloader("old", lambda: "new", applied.append)
    assert reloader.reload() is True
    assert reloader.reload() is False
    assert applied == ["new"]


def test_a_bad_file_keeps_the_old_settings_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    def read() -> str:
        raise DragomanError(Kind.INVALID_REQUEST, "line 3: no such key", blame="gateway")

    applied: list[str] = []
    reloader = Reloader("old", read, applied.append)
    assert reloader.reload() is False
    assert applied == []
    assert reloader.current == "old"
    assert "line 3: no such key" in caplog.text


def test_settings_that_cannot_be_applied_are_not_kept() -> None:
    def apply(settings: str) -> None:
        raise DragomanError(Kind.INVALID_REQUEST, f"{settings} does not work", blame="gateway")

    reloader = Reloader("old", lambda: "new", apply)
    assert reloader.reload() is False
    assert reloader.current == "old"
