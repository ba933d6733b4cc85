"""How failures end a command."""

from __future__ import annotations

import pytest

from dragoman.cli.failures import describe, exit_code_of, is_debugging
from dragoman.config.problems import configuration_error
from dragoman.errors import DragomanError, Kind


def test_the_operators_words_and_everything_else_end_differently() -> None:
    assert exit_code_of(configuration_error("x")) == 2
    assert exit_code_of(DragomanError(Kind.UNAVAILABLE, "x")) == 1


def test_what_nobody_expected_is_told_by_its_kind_only() -> None:
    assert describe(ValueError("sesame")) == "unexpected ValueError. Set DRAGOMAN_DEBUG=1 to see where it comes from."
    assert describe(OSError(98, "Address already in use")).startswith("unexpected OSError (Address already in use).")


def test_debugging_is_asked_for_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_debugging()
    monkeypatch.setenv("DRAGOMAN_DEBUG", "1")
    assert is_debugging()
