"""The picture of a falling loss."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from dragoman.engine.finetune.plot import HEIGHT, WIDTH, draw_plot

SVG = "{http://www.w3.org/2000/svg}"


def test_what_is_learnt_is_a_falling_line_and_what_is_held_back_are_dots() -> None:
    drawn = ET.fromstring(draw_plot("a & b", [(10, 2.0), (20, 1.0), (30, 0.5)], [(0, 2.5), (30, 0.5)]))
    line = drawn.find(f"{SVG}polyline")
    assert line is not None
    places = [tuple(map(float, place.split(","))) for place in line.attrib["points"].split()]
    assert places == sorted(places)  # to the right, and in an image down is more
    assert len(list(drawn.iter(f"{SVG}circle"))) == 2
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
    assert "a & b" in [text.text for text in drawn.iter(f"{SVG}text")]


def test_nothing_learnt_yet_is_drawn_as_well() -> None:
    assert ET.fromstring(draw_plot("empty", [], [])).find(f"{SVG}polyline") is not None
