"""Past calls and results as text."""

from __future__ import annotations

from dragoman.adapt.tools.forms import FORMS
from dragoman.adapt.tools.history import read_told, tell_history
from dragoman.model.content import Image, InlineData, Reasoning, Text, ToolCall, ToolResult
from dragoman.model.request import Turn

FORM = FORMS["dragoman"]
PIXEL = Image(InlineData("image/png", "AAAA"))


def say(role: str, *parts: object) -> Turn:
    return Turn(role, list(parts))  # type: ignore[arg-type]


def test_turns_without_tools_are_the_very_same() -> None:
    turns = [say("system", Text("s")), say("user", Text("u")), say("user", Text("v")), say("assistant", Text("a"))]
    told = tell_history(turns, FORM)
    assert all(before is after for before, after in zip(turns, told, strict=True))


def test_calls_stand_behind_the_text_and_results_with_the_users_turn() -> None:
    turns = [
        say("user", Text("u")),
        say("assistant", Text("Let me look."), ToolCall("1", "f", '{"a":1}'), ToolCall("2", "g", "", "custom")),
        say("tool", ToolResult("1", [Text("one"), PIXEL])),
        say("tool", ToolResult("2", [Text("bad")], is_error=True)),
        say("user", Text("go on")),
    ]
    told = tell_history(turns, FORM)
    assert [turn.role for turn in told] == ["user", "assistant", "user"]
    assert told[1].parts == [
        Text(
            'Let me look.\n<tool_call name="f">\n{"a":1}\n</tool_call>\n<tool_call name="g">\n{"input": ""}\n</tool_call>'
        )
    ]
    assert told[2].parts == [
        Text('<tool_response name="f">\none\n</tool_response>'),
        PIXEL,
        Text('<tool_response name="g">\nError: bad\n</tool_response>'),
        Text("go on"),
    ]


def test_a_call_without_text_is_text_and_thoughts_stay() -> None:
    (turn,) = tell_history([say("assistant", Reasoning("hm"), ToolCall("1", "f", "{}"))], FORM)
    assert turn.parts == [Reasoning("hm"), Text('<tool_call name="f">\n{}\n</tool_call>')]
    assert not turn.shorthand


def test_what_the_model_may_repeat_are_the_users_words_and_the_tools() -> None:
    turns = [
        say("system", Text("s")),
        say("user", Text("u"), PIXEL),
        say("assistant", Text("a")),
        say("tool", ToolResult("1", [Text("t")])),
    ]
    assert read_told(turns) == ["u", "t"]
