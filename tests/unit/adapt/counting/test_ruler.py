"""Rulers: sums of amounts, that differ by family as the models do."""

from __future__ import annotations

import pytest

from dragoman.adapt.counting.ruler import build_ruler, find_ruler
from dragoman.adapt.counting.weights import load_weights
from dragoman.model.content import Image, InlineData, Text
from dragoman.model.request import FunctionTool, Request, Tool, Turn

PROSE = "The interpreter stood between the two merchants and told each what the other had said. " * 40


def ask(text: str, **fields: object) -> Request:
    return Request("m", [Turn("user", [Text(text)])], **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("family", load_weights().families)
def test_english_prose_is_a_little_more_than_a_token_a_word_everywhere(family: str) -> None:
    words = len(PROSE.split())
    assert words < build_ruler(family).count_request(ask(PROSE)) < words * 1.8


def test_what_a_request_has_is_the_frame_and_its_turns() -> None:
    ruler = find_ruler("gpt-4o")
    turns = [Turn("system", [Text("Be brief.")]), Turn("user", [Text(PROSE)])]
    tools: list[Tool] = [FunctionTool("look", "Look around.", {"type": "object", "properties": {}})]
    request = Request("m", turns, tools=tools)
    whole = ruler.count_frame(request) + sum(ruler.count_turn(turn) for turn in turns)
    assert ruler.count_request(request) == round(whole)
    assert ruler.count_request(request) > ruler.count_request(Request("m", turns)) + 10


def test_text_by_itself_has_no_cost_of_a_turn() -> None:
    ruler = find_ruler("claude-sonnet-4-5")
    bare = ruler.count_turn(Turn("user", []))
    assert ruler.count_turn(Turn("user", [Text(PROSE)])) - ruler.count_text(PROSE) == pytest.approx(bare)


def test_media_count() -> None:
    ruler = find_ruler("gemini-2.5-flash")
    image = Image(InlineData("image/png", "AA=="))
    assert ruler.count_turn(Turn("user", [image])) - ruler.count_turn(Turn("user", [])) == 258


def test_a_request_has_a_token_at_least() -> None:
    assert find_ruler("gemini-2.5-flash").count_request(Request("m", [])) == 1


def test_anthropics_tools_cost_what_is_said_before_them() -> None:
    tools = [FunctionTool("f", None, {"type": "object", "properties": {}})]
    count = find_ruler("claude-sonnet-4-5").count_request
    assert 350 < count(ask("hi", tools=tools)) - count(ask("hi")) < 700
