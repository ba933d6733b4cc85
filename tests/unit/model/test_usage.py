"""Which of the providers' words have a price of their own."""

from __future__ import annotations

import pytest

from dragoman.model.usage import TIERS, Usage, note_tier

USAGE = Usage(input=3, output=2)


@pytest.mark.parametrize("word", TIERS)
def test_a_tier_is_noted_and_the_tokens_stay(word: str) -> None:
    noted = note_tier(USAGE, word)
    assert (noted.tier, noted.input, noted.output) == (TIERS[word], 3, 2)


@pytest.mark.parametrize("words", [(), (None,), ("default", "standard"), ("auto", ["flex"], 3, {})])
def test_who_answered_as_usual_needs_no_note(words: tuple[object, ...]) -> None:
    assert note_tier(USAGE, *words) is USAGE


def test_the_first_word_that_tells_counts() -> None:
    assert note_tier(USAGE, "standard", "fast", "flex").tier == "fast"
