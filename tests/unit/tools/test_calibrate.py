"""Calibrating finds what the families cost, and writes it so that it can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.adapt.counting.weights import WEIGHTS_PATH, Family, WeightsFile, load_weights
from dragoman.model.content import Text
from dragoman.model.request import Request, Turn
from tools import calibrate
from tools.calibrate import PLAN, fit_families, measure, write_file
from tools.recorded import Recorded

VOCABULARIES = load_weights().vocabularies


def record(number: int) -> Recorded:
    """A request whose provider counts 1.2 tokens a word, and 5 for the turn."""
    words = 20 + number * 7
    request = Request("m", [Turn("user", [Text("water " * words)])])
    return Recorded(f"g{number}", "openai_chat", "gpt-4o", request, round(words * 1.119 * 1.2 + 5), is_whole=True)


def test_a_familys_own_requests_tell_what_a_word_costs(capsys: pytest.CaptureFixture[str]) -> None:
    families = fit_families([record(number) for number in range(40)], VOCABULARIES)
    assert families.keys() == PLAN.keys()
    water = VOCABULARIES["o200k"][4]
    assert families["gpt"].weights["words"] * water == pytest.approx(1.2 * 1.119, rel=0.03)
    assert families["claude"].weights["words"] == pytest.approx(1.0)
    assert "gpt            40 requests" in capsys.readouterr().out


def test_every_amount_of_a_request_is_measured() -> None:
    request = Request("m", [Turn("system", [Text("a")]), Turn("user", [Text("b")])])
    found = measure(request, (1.0,) * len(VOCABULARIES["o200k"]))
    assert (found["request"], found["turn_system"], found["turn_user"], found["words"]) == (1, 1, 1, 2)


def test_what_is_written_can_be_read_and_is_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "WEIGHTS_PATH", tmp_path / "weights.json")
    write_file(load_weights())
    assert (tmp_path / "weights.json").read_bytes() == WEIGHTS_PATH.read_bytes()
    assert isinstance(load_weights(), WeightsFile)
    assert all(isinstance(family, Family) for family in load_weights().families.values())
