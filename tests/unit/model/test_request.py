"""The request's one verb, and turns that are a bare string."""

from __future__ import annotations

import pytest

from dragoman.model.content import Refusal, Text
from dragoman.model.request import Request, Turn, read_bare


def test_a_request_can_be_addressed_to_another_model_without_changing_the_first() -> None:
    request = Request("a", [Turn("user", [Text("Hi")])], stop=["x"])
    moved = request.for_model("b")
    assert moved.model == "b"
    assert request.model == "a"
    assert (moved.turns, moved.stop) == (request.turns, request.stop)


def test_a_turn_that_came_as_a_string_is_read() -> None:
    assert read_bare(Turn("user", [Text("Hi")], shorthand=True)) == "Hi"


@pytest.mark.parametrize(
    "turn",
    [
        Turn("user", [Text("Hi")]),
        Turn("user", [Text("Hi")], name="ada", shorthand=True),
        Turn("user", [Text("Hi")], shorthand=True, extras={"openai_chat": {}}),
        Turn("assistant", [Refusal("no")], shorthand=True),
    ],
)
def test_a_turn_that_says_more_is_not(turn: Turn) -> None:
    assert read_bare(turn) is None
