"""Turns of another dialect as messages of this one."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.emit_turns import emit_turns
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.model.content import (
    CacheBreakpoint,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    PlainText,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Turn

PICTURE = Image(InlineData("image/png", "AA"))
PICTURE_WIRE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
REPLAYING = Profile(replay_reasoning=True)


def emit(*turns: Turn, profile: Profile | None = None) -> tuple[list[dict[str, Any]], list[Loss]]:
    losses: list[Loss] = []
    return emit_turns(list(turns), Outlet(losses, profile or Profile())), losses


def test_a_single_text_is_a_string_and_several_are_a_list() -> None:
    messages, losses = emit(
        Turn("user", [Text("a")]),
        Turn("user", [Text("a"), Text("b")]),
        Turn("assistant", [Text("a"), Text("b")]),
        Turn("user", []),
    )
    assert messages == [
        {"role": "user", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": "ab"},
        {"role": "user", "content": ""},
    ]
    assert losses == []


def test_a_developer_is_the_system_where_the_target_knows_none() -> None:
    turns = [Turn("developer", [Text("a")], shorthand=True), Turn("developer", [Text("b")])]
    assert [message["role"] for message in emit(*turns)[0]] == ["system", "system"]
    knowing = Profile(developer_role=True)
    assert [message["role"] for message in emit(*turns, profile=knowing)[0]] == ["developer", "developer"]


def test_an_assistant_that_only_calls_has_null_content() -> None:
    (message,), _ = emit(Turn("assistant", [ToolCall("1", "f", "")]))
    assert message == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    }


def test_media_of_results_move_behind_the_run_of_results() -> None:
    messages, losses = emit(
        Turn("tool", [ToolResult("1", [Text("a"), PICTURE, Text("b")]), ToolResult("2", [PICTURE], name="f")]),
        Turn("tool", [ToolResult("3", [])]),
        Turn("user", [Text("go on")]),
        Turn("tool", [ToolResult("4", [PICTURE])]),
    )
    assert messages == [
        {"role": "tool", "tool_call_id": "1", "content": "a\nb"},
        {"role": "tool", "tool_call_id": "2", "content": "The result is in the next user message."},
        {"role": "tool", "tool_call_id": "3", "content": ""},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "From the result of tool call 1:"},
                PICTURE_WIRE,
                {"type": "text", "text": "From the result of tool call 2:"},
                PICTURE_WIRE,
            ],
        },
        {"role": "user", "content": "go on"},
        {"role": "tool", "tool_call_id": "4", "content": "The result is in the next user message."},
        {"role": "user", "content": [{"type": "text", "text": "From the result of tool call 4:"}, PICTURE_WIRE]},
    ]
    assert [(loss.code, loss.path) for loss in losses] == [
        ("moved", "turns[0].parts[0]"),
        ("moved", "turns[0].parts[1]"),
        ("moved", "turns[3].parts[0]"),
    ]


def test_a_text_document_in_a_result_stays_there() -> None:
    messages, _ = emit(Turn("tool", [ToolResult("1", [File(PlainText("a"))])]))
    assert messages == [{"role": "tool", "tool_call_id": "1", "content": "a"}]


def test_a_failed_tool_is_told_by_its_text() -> None:
    messages, losses = emit(Turn("tool", [ToolResult("1", [Text("It broke.")], is_error=True)]))
    assert messages == [{"role": "tool", "tool_call_id": "1", "content": "It broke."}]
    assert [(loss.code, loss.path) for loss in losses] == [("approximated", "turns[0].parts[0].is_error")]


def test_a_call_and_its_result_are_renamed_alike() -> None:
    messages, losses = emit(
        Turn("assistant", [ToolCall("toolu_01", "f", "{}")]),
        Turn("tool", [ToolResult("toolu_01", [Text("a")])]),
        profile=Profile(tool_call_id="alphanumeric_9"),
    )
    assert messages[0]["tool_calls"][0]["id"] == messages[1]["tool_call_id"]
    assert len(messages[1]["tool_call_id"]) == 9
    assert [loss.code for loss in losses] == ["renamed", "renamed"]


def test_past_thinking_stays_behind_unless_the_target_wants_it() -> None:
    messages, losses = emit(Turn("assistant", [Reasoning("hm"), Text("a")]))
    assert messages == [{"role": "assistant", "content": "a"}]
    assert losses == [Loss("dropped", "turns[0].parts[0]", "The target takes no past thinking.")]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("reasoning_content", {"reasoning_content": "hm", "content": "a"}),
        ("reasoning", {"reasoning": "hm", "content": "a"}),
        ("reasoning_details", {"reasoning_details": [{"type": "reasoning.text", "text": "hm"}], "content": "a"}),
        (
            "thinking_part",
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "a"},
                ]
            },
        ),
    ],
)
def test_past_thinking_goes_back_in_the_field_that_the_target_knows(field: Any, expected: dict[str, Any]) -> None:
    (message,), losses = emit(
        Turn("assistant", [Reasoning("hm"), Text("a")]), profile=Profile(replay_reasoning=True, reasoning_field=field)
    )
    assert message == {"role": "assistant", **expected}
    assert losses == []


@pytest.mark.parametrize("part", [Reasoning("hm", signature="s"), Reasoning(redacted="r"), Reasoning(encrypted="e")])
def test_a_foreign_token_is_never_sent(part: Reasoning) -> None:
    (message,), losses = emit(Turn("assistant", [part, Text("a")]), profile=REPLAYING)
    assert message.get("reasoning_content") == (part.text or None)
    assert [loss.code for loss in losses] == ["stripped_token"]


def test_remembered_thinking_is_not_used_when_it_says_something_else_by_now() -> None:
    form = {"part": {"type": "thinking", "thinking": [{"type": "text", "text": "old"}]}}
    part = Reasoning("new", extras={"openai_chat": {"_form": form, "minted": True}})
    (message,), _ = emit(Turn("assistant", [part, Text("a")]), profile=REPLAYING)
    assert message == {"role": "assistant", "reasoning_content": "new", "content": "a"}


def test_breakpoints_and_foreign_things_are_lost_one_by_one() -> None:
    parts: list[Part] = [
        Text("a", cache=CacheBreakpoint()),
        ToolCall("1", "f", "{}", cache=CacheBreakpoint()),
        Opaque("anthropic_messages", "server_tool_use", {}),
    ]
    messages, losses = emit(
        Turn("assistant", parts, extras={"anthropic_messages": {"x": 1}}),
        Turn("tool", [ToolResult("1", [Text("a")], cache=CacheBreakpoint()), Text("b")]),
    )
    assert [message["role"] for message in messages] == ["assistant", "tool"]
    assert [loss.path for loss in losses] == [
        "turns[0].parts[0].cache",
        "turns[0].parts[1].cache",
        "turns[0].parts[2]",
        "turns[0].extras.anthropic_messages.x",
        "turns[1].parts[0].cache",
        "turns[1].parts[1]",
    ]


def test_breakpoints_go_along_where_the_target_takes_them() -> None:
    turn = Turn("system", [Text("a", cache=CacheBreakpoint("1h"))])
    (message,), losses = emit(turn, profile=Profile(cache_control=True))
    assert message["content"] == [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    assert losses == []
