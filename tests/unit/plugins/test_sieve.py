"""Finding in pieces gives what finding in the whole gives, wherever it was cut."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dragoman.plugins.detectors import DETECTORS
from dragoman.plugins.sieve import SLICE_CHARACTERS, Detector, Sieve, replace_all

ALL = tuple(DETECTORS.values())
OWN = (Detector("ticket", re.compile(r"\bT-\d{1,8}\b"), 10), Detector("word", re.compile("Acme Ltd|Acme"), 8))
VALUES = (
    "ann@example.com",
    "4111 1111 1111 1111",
    "GB82 WEST 1234 5698 7654 32",
    "+49 30 1234567",
    "123-45-6789",
    "10.1.2.3",
    "sk-abcdefghij0123456789",
    "T-1234",
    "Acme Ltd",
)


def mark(name: str, _: str) -> str:
    return f"<{name}>"


def replace_in_pieces(pieces: list[str], detectors: tuple[Detector, ...]) -> str:
    sieve = Sieve(detectors, mark)
    return "".join([*map(sieve.feed, pieces), sieve.finish()])


def cut(text: str, places: list[int]) -> list[str]:
    borders = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(borders)]


def test_every_value_is_found_wherever_it_is_cut_in_two() -> None:
    for value in VALUES:
        text = f"Say {value}, and no more."
        whole = replace_all(text, OWN + ALL, mark)
        assert value not in whole
        for place in range(len(text) + 1):
            assert replace_in_pieces([text[:place], text[place:]], OWN + ALL) == whole, (value, place)


def test_every_value_is_found_character_by_character() -> None:
    text = " and ".join(VALUES)
    assert replace_in_pieces(list(text), OWN + ALL) == replace_all(text, OWN + ALL, mark)
    assert replace_in_pieces(list(text), OWN + ALL).count("<") == len(VALUES)


@given(
    st.lists(st.one_of(st.sampled_from(VALUES), st.text(alphabet="aA1@.-+ ()T\n[]é"), st.text()), max_size=8),
    st.lists(st.integers(0, 400)),
)
def test_any_text_cut_anywhere_gives_the_same(words: list[str], places: list[int]) -> None:
    text = "".join(words)
    for detectors in (ALL, OWN, OWN + ALL):
        whole = replace_all(text, detectors, mark)
        assert replace_in_pieces(cut(text, places), detectors) == whole


def test_text_goes_out_as_soon_as_it_can_be_nothing_any_more() -> None:
    sieve = Sieve(ALL, mark)
    assert sieve.feed("Hello there, ann") == "Hello there, "
    assert sieve.feed("@exam") == ""
    assert sieve.feed("ple.com. Bye") == "<email>. "
    assert sieve.finish() == "Bye"


def test_no_more_is_held_back_than_a_match_may_have() -> None:
    sieve = Sieve((DETECTORS["secret"],), mark)
    held = 10_000 - sum(len(sieve.feed("a")) for _ in range(10_000))
    assert held <= DETECTORS["secret"].max_characters + 1


def test_a_text_without_any_match_is_the_very_same() -> None:
    for text in ("nothing here", "nothing here " * SLICE_CHARACTERS):
        assert replace_all(text, ALL, mark) is text


def test_a_long_text_goes_through_in_slices_without_a_seam() -> None:
    text = "." * (SLICE_CHARACTERS - 5) + " ann@example.com"
    assert replace_all(text, ALL, mark).endswith(". <email>")


def test_of_overlapping_matches_the_first_counts_then_the_detector_named_first() -> None:
    early, late = Detector("early", re.compile("abc"), 3), Detector("late", re.compile("bcd"), 3)
    assert replace_all("abcd", (late, early), mark) == "<early>d"
    twin = Detector("twin", re.compile("ab"), 2)
    assert replace_all("abcd", (twin, early), mark) == "<twin>cd"


def test_what_is_longer_than_a_match_may_be_is_none() -> None:
    detector = Detector("a", re.compile("xa+"), 3)
    assert replace_all("xaaaa xaa", (detector,), mark) == "xaaaa <a>"
