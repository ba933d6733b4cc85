"""What a model is told that did not call."""

from __future__ import annotations

from dragoman.adapt.tools.demand import MAX_REPEATED, demand_call
from dragoman.model.content import Text
from dragoman.model.request import Request, Turn

REQUEST = Request("m", [Turn("user", [Text("Hi")])])


def test_the_correction_is_the_same_request_with_a_reminder() -> None:
    error = demand_call(REQUEST, ["f", "g"], " No. " + "x" * 10_000)
    turns = error.correction.turns
    assert turns[0] is REQUEST.turns[0]
    assert [turn.role for turn in turns] == ["user", "assistant", "user"]
    (said,), (reminder,) = turns[1].parts, turns[2].parts
    assert isinstance(said, Text)
    assert isinstance(reminder, Text)
    assert said.text.startswith("No. xxx")
    assert len(said.text) == MAX_REPEATED
    assert "one of f, g" in reminder.text
    assert error.code == "tool_call_missing"


def test_an_answer_without_words_is_told_as_such() -> None:
    turns = demand_call(REQUEST, ["f"], "").correction.turns
    assert turns[1].parts == [Text("(nothing)")]
