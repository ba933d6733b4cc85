"""The parts that stand for a video or a PDF, and what is told of them."""

from __future__ import annotations

import pytest

from dragoman.adapt.media.show import (
    show_description,
    show_frames,
    show_image,
    show_pages,
    tell_frames,
    tell_pages,
    write_time,
)
from dragoman.model.content import CacheBreakpoint, Image, InlineData, Text
from dragoman.model.loss import Loss
from dragoman.model.profile import FrameRule

A = Image(InlineData("image/jpeg", "YQ=="))
B = Image(InlineData("image/jpeg", "Yg=="))


def test_frames_stand_in_their_order() -> None:
    assert show_frames([b"a", b"b"], [0.5, 1.5], 2.0, FrameRule()) == [A, B]


def test_words_around_frames_are_those_of_the_rule() -> None:
    rule = FrameRule(intro="{frames} of {length}, {time}", caption="at {time}:")
    assert show_frames([b"a", b"b"], [0.5, 61.5], 122.0, rule) == [
        Text("2 of 0:02:02, {time}"),
        Text("at 00:00:"),
        A,
        Text("at 01:01:"),
        B,
    ]


@pytest.mark.parametrize(
    ("count", "has_sound", "told"),
    [
        (3, False, "3 frames, one every 1 s, of a video of 3 s"),
        (1, True, "1 frame of a video of 3 s, without its sound"),
    ],
)
def test_the_loss_says_what_was_sampled(count: int, has_sound: bool, told: str) -> None:
    assert tell_frames("turns[0]", count, 3.0, has_sound=has_sound) == Loss("approximated", "turns[0]", told)


def test_pages_are_numbered_and_drawn_where_they_have_no_text() -> None:
    cache = CacheBreakpoint()
    assert show_pages([("one", b""), ("", b"\x89"), ("three", b"")], "a.pdf", cache) == [
        Text("[a.pdf]\n[page 1]\none"),
        Text("[page 2]"),
        show_image(b"\x89", "image/png"),
        Text("[page 3]\nthree", cache=cache),
    ]


def test_an_empty_document_is_not_silently_nothing() -> None:
    assert show_pages([("", b"")], None, None) == [Text("[a document without any text]")]


def test_the_loss_says_how_much_of_a_document_is_there() -> None:
    assert tell_pages("p", [("a", b""), ("", b"\x89")], 5).detail == (
        "a PDF is given as the text of 1 and pictures of 1 of its 5 pages"
    )
    assert tell_pages("p", [("a", b"")], 1).detail == "a PDF is given as the text of 1 of its 1 pages"


def test_times_are_written_with_hours() -> None:
    assert [write_time(seconds) for seconds in (0, 59.9, 61, 3723)] == ["0:00:00", "0:00:59", "0:01:01", "1:02:03"]


def test_a_description_says_that_it_is_one() -> None:
    assert show_description("A cat.") == Text("[An image. Somebody who sees it says: A cat.]")
