"""Text cut into the pieces that a tokenizer's first step makes of it, and only counted: words by length, groups of
digits, runs of marks, white space, letters of other scripts.

Theory of operation: a vocabulary of a hundred thousand and more tokens has nearly every common word as one token, so
how many tokens a word takes depends on its length more than on anything else. What a piece costs on average is measured
once for each vocabulary (`weights.json`); to count is then to add up. Every pass is one `findall` of simple classes, so
it is linear, and a long text is known by samples of it, so that no text costs more than `SAMPLED_CHARACTERS` do.
"""

from __future__ import annotations

import re
from collections import Counter

SAMPLED_CHARACTERS = 131_072
SLICE_CHARACTERS = 2_048
LONGEST_WORD = 16
"""Words from here on are counted by their letters."""

_WORD = re.compile(r"[A-ZÀ-ÖØ-Þ]*[a-zß-öø-ɏ]+|[A-ZÀ-ÖØ-Þ]+")
_SHOUTED = re.compile(r"[A-ZÀ-ÖØ-Þ]{2,}(?![a-zß-öø-ɏ])")
_NUMBER = re.compile(r"[0-9]{1,3}")
_SPACED_NUMBER = re.compile(r" [0-9]")
_MARKS = re.compile(r"[!-/:-@\[-`{-~]+")
_LINE_END = re.compile(r"\n\s*")  # without what stands before: that would make a run of spaces quadratic
_SPACES = re.compile(r"[ \t]{2,}")

SCRIPTS: dict[str, re.Pattern[str]] = {
    name: re.compile(f"[{letters}]+")
    for name, letters in {
        "latin": "À-ɏ",
        "greek_cyrillic": "\u0370-\u058f",
        "hebrew_arabic": "\u0590-\u08ff",
        "indic": "\u0900-\u0dff",
        "thai_and_near": "\u0e00-\u10ff\u1200-\u1fff",
        "kana": "\u3040-\u30ff",
        "han": "\u3400-\u9fff\uf900-\ufaff",
        "hangul": "\u1100-\u11ff\uac00-\ud7af",
        "symbols": "\u2000-\u303f\uff00-\uffef",
        "rest": "\u0250-\u036f\ud800-\udfff\ue000-\uf8ff\U00010000-\U0010ffff",
    }.items()
}

WORDS = (*(f"word_{length}" for length in range(1, LONGEST_WORD)), "long_word_letters", "shouted_letters")
NUMBERS = ("number_groups", "digits", "spaced_numbers")
MARKS = ("mark_runs", "further_marks", "line_ends", "spaces")
PIECES = (*WORDS, *NUMBERS, *MARKS, *SCRIPTS)
"""The kinds of pieces, in the order in which they are counted."""


def count_pieces(text: str) -> list[float]:
    """How many pieces of each kind a text has, in the order of `PIECES`."""
    if len(text) <= SAMPLED_CHARACTERS:
        return list(_count(text))
    slices = SAMPLED_CHARACTERS // SLICE_CHARACTERS
    stride = len(text) // slices
    sample = "\n".join([text[start : start + SLICE_CHARACTERS] for start in range(0, slices * stride, stride)])
    share = len(text) / SAMPLED_CHARACTERS
    return [number * share for number in _count(sample)]


def _count(text: str) -> list[int]:
    lengths = Counter(map(len, _WORD.findall(text)))
    numbers = _NUMBER.findall(text)
    marks = _MARKS.findall(text)
    return [
        *[lengths.get(length, 0) for length in range(1, LONGEST_WORD)],
        sum(length * number for length, number in lengths.items() if length >= LONGEST_WORD),
        _add_lengths(_SHOUTED.findall(text)),
        len(numbers),
        _add_lengths(numbers),
        len(_SPACED_NUMBER.findall(text)),
        len(marks),
        _add_lengths(marks) - len(marks),
        len(_LINE_END.findall(text)),
        len(_SPACES.findall(text)),
        *([0] * len(SCRIPTS) if text.isascii() else [_add_lengths(one.findall(text)) for one in SCRIPTS.values()]),
    ]


def _add_lengths(found: list[str]) -> int:
    return sum(map(len, found))
