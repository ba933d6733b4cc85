"""Bounds hold, for every family and whatever is said."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.adapt.context.bound import bound_tokens
from dragoman.adapt.counting.ruler import build_ruler
from dragoman.adapt.counting.weights import load_weights
from dragoman.model.content import Image, Part, Reasoning, Refusal, RemoteUrl, Text, ToolCall, ToolResult
from dragoman.model.request import Turn
from tests.unit.adapt.context.talk import agent

RULERS = [build_ruler(name) for name in load_weights().families]


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_no_family_makes_more_of_a_turn(text: str) -> None:
    parts: list[Part] = [
        Text(text, signature=text),
        Refusal(text),
        ToolCall("c", text, text, signature=text),
        ToolResult("c", [Text(text)]),
    ]
    turn = Turn("tool", parts, name=text)
    bound = bound_tokens([turn])
    for ruler in RULERS:
        assert ruler.count_turn(turn) <= bound, ruler


@pytest.mark.parametrize("alphabet", ["0123456789 ", "!?.,", "a b", "A", "\n ", "é", "—", "中", "🙂", "\u0e01"])
def test_nor_of_the_densest_text(alphabet: str) -> None:
    turn = Turn("user", [Text(alphabet * 2_000)])
    assert max(ruler.count_turn(turn) for ruler in RULERS) <= bound_tokens([turn])


def test_what_is_no_text_has_no_bound() -> None:
    for part in (Image(RemoteUrl("https://example.org/a.png")), Reasoning("hm")):
        assert bound_tokens([Turn("user", [part])]) == inf
        assert bound_tokens([Turn("tool", [ToolResult("c", [part])])]) == inf


def test_a_conversation_is_bounded_by_little_more_than_its_letters() -> None:
    assert bound_tokens(agent(10)) < 10_000
