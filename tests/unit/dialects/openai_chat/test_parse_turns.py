"""Messages of a request into turns."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.parse_turns import parse_turns
from dragoman.errors import DragomanError
from dragoman.model.content import CacheBreakpoint, Text, ToolCall, ToolResult
from dragoman.model.request import Turn

CALL = {"name": "f", "arguments": "{}"}


def read(*messages: dict[str, Any]) -> list[Turn]:
    return parse_turns({"messages": list(messages)})


def test_every_message_is_one_turn() -> None:
    turns = read(
        {"role": "system", "content": "a"},
        {"role": "developer", "content": "b"},
        {"role": "user", "content": "c", "name": "ada"},
        {"role": "assistant", "content": "d"},
        {"role": "tool", "tool_call_id": "1", "content": "e"},
    )
    assert [turn.role for turn in turns] == ["system", "developer", "user", "assistant", "tool"]
    assert turns[2] == Turn("user", [Text("c")], name="ada", shorthand=True)
    assert turns[4] == Turn("tool", [ToolResult("1", [Text("e")])], shorthand=True)


def test_a_list_is_remembered_as_one() -> None:
    turns = read({"role": "user", "content": [{"type": "text", "text": "a"}]})
    assert turns == [Turn("user", [Text("a")], extras={"openai_chat": {"_form": {"content": "list"}}})]


def test_a_breakpoint_on_a_message_is_one_on_its_last_part() -> None:
    raw = {"type": "ephemeral", "ttl": "1h"}
    (turn,) = read({"role": "user", "content": "a", "cache_control": raw})
    form = {"cache_control": raw, "level": "message"}
    assert turn.parts == [Text("a", cache=CacheBreakpoint("1h"), extras={"openai_chat": {"_form": form}})]
    assert turn.extras is None


def test_a_breakpoint_with_nothing_to_stand_on_is_put_by() -> None:
    raw = {"type": "ephemeral"}
    (turn,) = read({"role": "assistant", "content": "", "cache_control": raw})
    assert turn.extras is not None
    assert turn.extras["openai_chat"]["cache_control"] == raw


def test_legacy_calls_and_their_results_are_paired_in_order() -> None:
    turns = read(
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": None, "function_call": CALL},
        {"role": "function", "name": "f", "content": "1"},
        {"role": "assistant", "content": None, "function_call": CALL},
        {"role": "function", "name": "f", "content": None},
    )
    ids = [part.id if isinstance(part, ToolCall) else part.call_id for turn in turns[1:] for part in turn.parts]  # type: ignore[union-attr]
    assert ids == ["function_call_1", "function_call_1", "function_call_2", "function_call_2"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "a"}, "messages"),
        ({"messages": ["a"]}, "messages[0]"),
        ({"messages": [{"content": "a"}]}, "messages[0].role"),
        ({"messages": [{"role": "wizard", "content": "a"}]}, "messages[0].role"),
        ({"messages": [{"role": ["user"], "content": "a"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "tool", "content": "a"}]},
            "messages[1].tool_call_id",
        ),
        ({"messages": [{"role": "function", "content": "a"}]}, "messages[0].name"),
    ],
)
def test_an_error_names_its_place(body: dict[str, Any], path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse_turns(body)
    assert caught.value.path == path
