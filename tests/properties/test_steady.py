"""What makes `make test` the same in every run; see `tests/conftest.py`."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trials import trials

MARK = 7_349_812_655
MODULE = "a_module_that_was_not_loaded_before"


def draw_examples() -> list[int]:
    seen: list[int] = []

    @trials(300)
    @given(st.integers())
    def draw(number: int) -> None:
        seen.append(number)

    draw()
    return seen


def load_module(folder: Path) -> None:
    """A module of this house with a number in it."""
    path = folder / f"{MODULE}.py"
    path.write_text(f"NUMBER = {MARK}\n")
    spec = spec_from_file_location(MODULE, path)
    assert spec is not None
    sys.modules[MODULE] = module_from_spec(spec)


def test_the_same_examples_are_drawn_whatever_else_is_loaded(tmp_path: Path) -> None:
    if not settings().derandomize:
        pytest.skip("a hunt draws others each time")
    drawn = draw_examples()
    load_module(tmp_path)
    try:
        assert draw_examples() == drawn
    finally:
        del sys.modules[MODULE]
    assert len(set(drawn)) > 100


def test_a_hunt_tries_every_property_more_often() -> None:
    usual = settings.get_profile("steady").max_examples
    assert trials(3).max_examples * usual == 3 * settings().max_examples
    assert settings.get_profile("hunt").max_examples > 10 * usual
    assert not settings.get_profile("hunt").derandomize
