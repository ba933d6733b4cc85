"""Where two halves of a text meet."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from dragoman.service.seam import Seam

LONG = "The harbour lies to the north of the town, and "


@pytest.mark.parametrize(
    ("said", "next_text", "joined"),
    [
        ("Hel", "lo.", "Hello."),
        ("Hello ", "world.", "Hello world."),
        ("Hello ", " world.", "Hello world."),
        ("Hello\n\n", "\n\nworld.", "Hello\n\nworld."),
        ("Hello\n", "\n\nworld.", "Hello\n\nworld."),
        ("Hello", " world.", "Hello world."),
        ("Ha", "Ha again.", "HaHa again."),
        (LONG, "ships lie there.", LONG + "ships lie there."),
        (LONG, " ships lie there.", LONG + "ships lie there."),
        (LONG, LONG + "ships lie there.", LONG + "ships lie there."),
        (LONG, "The harbour is full.", LONG + "The harbour is full."),
        (LONG, "", LONG),
        ("Hello ", "", "Hello "),
    ],
)
def test_nothing_is_said_twice_and_nothing_is_left_out_however_it_is_cut(
    said: str, next_text: str, joined: str
) -> None:
    for size in (1, 2, 7, 1000):
        seam = Seam(said)
        pieces = [seam.feed(next_text[start : start + size]) for start in range(0, len(next_text), size)]
        assert said + "".join(pieces) + seam.finish() == joined


@pytest.mark.parametrize("begins_anew", ["The harbour lies to the south.", LONG[:-1]])
def test_whoever_begins_anew_has_not_gone_on(begins_anew: str) -> None:
    seam = Seam(LONG)
    with pytest.raises(DragomanError, match="began anew"):
        seam.feed(begins_anew)
        seam.finish()


def test_text_is_held_only_as_long_as_it_may_be_a_repetition() -> None:
    seam = Seam(LONG)
    assert seam.feed("The har") == ""
    assert seam.feed("vest") == "The harvest"
    assert seam.feed(" is in.") == " is in."
