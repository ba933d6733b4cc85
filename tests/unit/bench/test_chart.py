"""The picture is well-formed, to scale, and safe to look at."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from bench.chart import LABEL_WIDTH, VALUE_WIDTH, WIDTH, Bar, draw_bars

SVG = "{http://www.w3.org/2000/svg}"
ROOM = WIDTH - LABEL_WIDTH - VALUE_WIDTH
BARS = [
    Bar("chat → chat", 2.0, "2.0 ×", "good", limit=3.5),
    Bar("a < b & c", 4.0, "4.0 ×", "bad", limit=2.0),
]


def widths(picture: str) -> list[float]:
    return [float(bar.attrib["width"]) for bar in ET.fromstring(picture).iter(f"{SVG}rect")]


def test_bars_are_as_long_as_their_values() -> None:
    assert widths(draw_bars("Title", "note", BARS)) == [ROOM / 2, ROOM]


def test_a_logarithmic_scale_gives_each_power_of_ten_the_same_room() -> None:
    bars = [Bar(str(value), value, "", "other") for value in (10.0, 100.0, 1000.0)]
    assert widths(draw_bars("Title", "", bars, is_logarithmic=True)) == pytest.approx(
        [ROOM / 3, ROOM * 2 / 3, ROOM], abs=0.1
    )


def test_a_limit_is_a_mark_at_its_own_place() -> None:
    lines = list(ET.fromstring(draw_bars("Title", "", BARS)).iter(f"{SVG}line"))
    assert [float(line.attrib["x1"]) for line in lines] == [LABEL_WIDTH + ROOM * 3.5 / 4, LABEL_WIDTH + ROOM / 2]


def test_labels_are_text_and_never_markup() -> None:
    picture = draw_bars('"Title"', "note", BARS)
    assert "a < b & c" in [text.text for text in ET.fromstring(picture).iter(f"{SVG}text")]
    assert "<script" not in draw_bars("<script>", "<script>", [])


def test_a_picture_without_bars_is_a_picture() -> None:
    assert widths(draw_bars("Title", "note", [])) == []
