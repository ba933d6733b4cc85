"""The one reader of the environment."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.config.environment import OVERRIDES, read_environment
from dragoman.config.schema import Settings


def test_the_environment_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_PORT", "1")
    seen = read_environment()
    monkeypatch.setenv("DRAGOMAN_PORT", "2")
    assert seen["DRAGOMAN_PORT"] == "1"


@pytest.mark.parametrize("path", OVERRIDES.values())
def test_every_override_is_a_setting(path: tuple[str, str]) -> None:
    section, name = path
    settings = getattr(Settings(), section)
    assert isinstance(settings, msgspec.Struct)
    assert name in settings.__struct_fields__
