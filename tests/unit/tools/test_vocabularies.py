"""Texts that vocabularies are measured on, and the measuring, with a vocabulary of our own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from dragoman.adapt.counting.pieces import PIECES
from tools import vocabularies
from tools.vocabularies import measure_vocabularies, read_texts

SENTENCE = "the quick brown fox jumps over the lazy dog"


def write(folder: Path, count: int) -> Path:
    path = folder / "recorded.jsonl.gz"
    messages = [{"role": "user", "content": f"{SENTENCE} {'again ' * number}"} for number in range(count)]
    line = {"request": {"model": "m", "messages": messages}, "response": None}
    path.write_bytes(gzip.compress(json.dumps(line).encode() + b"\n"))
    return path


def test_prose_is_found_wherever_it_stands(tmp_path: Path) -> None:
    assert list(read_texts(write(tmp_path, 2))) == [f"{SENTENCE} ", f"{SENTENCE} again "]


def test_a_vocabulary_of_whole_words_costs_one_for_each_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabularies, "load_counters", lambda: {"words": lambda text: len(text.split())})
    monkeypatch.setattr(vocabularies, "read_translations", lambda: iter(()))
    found = dict(zip(PIECES, measure_vocabularies(write(tmp_path, 40))["words"], strict=True))
    assert found["word_5"] == pytest.approx(1.0, abs=0.05)
    assert found["word_3"] == pytest.approx(1.0, abs=0.05)
