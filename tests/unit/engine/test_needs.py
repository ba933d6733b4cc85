"""What a model's memory takes, as the head of its file tells."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest

from dragoman.engine.gguf import Fact, write_gguf
from dragoman.engine.models import WORKER_BYTES, build_added, measure_needs
from dragoman.engine.needs import measure_token, read_facts
from tests.tiny_models import SEER_EYE, THINKER

PLAIN: dict[str, Fact] = {
    "general.architecture": "a",
    "a.block_count": 3,
    "a.embedding_length": 64,
    "a.attention.head_count": 4,
}


def write(path: Path, **more: Fact) -> Path:
    write_gguf(path, {**PLAIN, **{name.replace("__", "."): fact for name, fact in more.items()}}, [], io.BytesIO())
    return path


@pytest.mark.parametrize(
    ("more", "token_bytes"),
    [
        ({}, 3 * 4 * (16 + 16) * 2),
        ({"a__attention__head_count_kv": 2}, 3 * 2 * (16 + 16) * 2),
        ({"a__attention__head_count_kv": [2, 0, 1]}, 3 * (16 + 16) * 2),
        ({"a__attention__key_length": 24, "a__attention__value_length": 8}, 3 * 4 * (24 + 8) * 2),
        ({"a__block_count": 0}, 0),
    ],
)
def test_each_token_takes_its_keys_and_values_in_all_layers(
    more: dict[str, Fact], token_bytes: int, tmp_path: Path
) -> None:
    assert measure_token(write(tmp_path / "m.gguf", **more)) == token_bytes


def test_a_real_file_is_understood_and_one_that_is_no_language_model_remembers_nothing() -> None:
    assert measure_token(THINKER) == 4 * 2 * (16 + 16) * 2
    assert measure_token(SEER_EYE) == 0


def test_a_longer_context_needs_more_memory() -> None:
    short, long = (build_added("m", THINKER, context_tokens=tokens) for tokens in (1000, 5000))
    assert long.memory_bytes - short.memory_bytes == 4000 * measure_token(THINKER)
    assert measure_needs(SEER_EYE, 100, 5000) == 100 + WORKER_BYTES


def test_vocabularies_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "m.gguf", tokenizer__ggml__tokens=["a"] * 10)
    assert "tokenizer.ggml.tokens" not in read_facts(path)
    assert read_facts(path)["a.block_count"] == 3


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GGUX" + bytes(20),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 50),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q1sI", 1, b"a", 99),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q1sIIQ", 1, b"a", 9, 4, 1 << 60),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 9) + struct.pack("<Q1sII", 1, b"a", 4, 7),
    ],
)
def test_what_is_no_such_file_says_nothing(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(head)
    assert read_facts(path) == {}
    assert measure_token(path) == 0
    assert read_facts(tmp_path / "gone.gguf") == {}


def test_long_lists_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "m.gguf", a__long=[1] * 5000, a__words=["x"] * 5000, a__behind=7)
    facts = read_facts(path)
    assert (facts["a.long"], facts["a.words"], facts["a.behind"]) == ([], [], 7)
