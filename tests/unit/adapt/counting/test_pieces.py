"""Pieces of texts: each kind is seen, long texts are sampled, and nothing costs more than its length."""

from __future__ import annotations

import time

import pytest

from dragoman.adapt.counting.pieces import PIECES, SAMPLED_CHARACTERS, count_pieces


def found(text: str) -> dict[str, float]:
    return {name: number for name, number in zip(PIECES, count_pieces(text), strict=True) if number}


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", {}),
        ("the ships", {"word_3": 1, "word_5": 1}),
        ("getUserName", {"word_3": 1, "word_4": 2}),
        ("NASA", {"word_4": 1, "shouted_letters": 4}),
        ("incomprehensibilities", {"long_word_letters": 21}),
        ("in 2026", {"word_2": 1, "number_groups": 2, "digits": 4, "spaced_numbers": 1}),
        ('{"a":', {"word_1": 1, "mark_runs": 2, "further_marks": 2}),
        ("a\n\n  b", {"word_1": 2, "line_ends": 1, "spaces": 1}),
        ("été", {"word_3": 1, "latin": 2}),
        ("Москва", {"greek_cyrillic": 6}),
        ("שלום", {"hebrew_arabic": 4}),
        ("नमस्ते", {"indic": 6}),
        ("สวัสดี", {"thai_and_near": 6}),
        ("東京タワー", {"han": 2, "kana": 3}),
        ("서울", {"hangul": 2}),
        ("—🙂", {"symbols": 1, "rest": 1}),
    ],
)
def test_each_kind_of_piece_is_seen(text: str, pieces: dict[str, float]) -> None:
    assert found(text) == pieces


def test_a_long_text_is_known_by_samples_of_it() -> None:
    text = "The quick brown fox jumps over 13 lazy dogs, again.\n" * 20_000
    short, long = found(text[:SAMPLED_CHARACTERS]), found(text)
    share = len(text) / SAMPLED_CHARACTERS
    for name in short.keys() - {"spaces"}:
        assert long[name] == pytest.approx(short[name] * share, rel=0.03), name


@pytest.mark.parametrize("piece", ["a", "A", " ", "\n", "!", "1", "中", "é1 ", " \t", "aA", "\ud800"])
def test_no_text_costs_more_than_its_length(piece: str) -> None:
    """Quadratic cost would be seconds here; a tenth of one is fifty times what it takes."""
    text = (piece * SAMPLED_CHARACTERS)[:SAMPLED_CHARACTERS]
    before = time.process_time()
    count_pieces(text)
    assert time.process_time() - before < 1.0
