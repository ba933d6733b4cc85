"""Turns of other dialects → items."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_responses.tokens import CarriedToken, wrap_token
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    Image,
    InlineData,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.model.profile import Profile
from dragoman.model.request import Turn
from tests.unit.dialects.openai_responses.samples import PNG, ask, emit, parse

SIGNED = {"anthropic_messages": {"minted": True}}


def items(*turns: Turn, profile: Profile | None = None) -> tuple[list[Any], list[tuple[str, str]]]:
    """The items of these turns, and what they lost."""
    body, losses = emit(ask(*turns), profile or Profile())
    return body["input"], [(loss.code, loss.path) for loss in losses]


def test_a_foreign_turn_becomes_a_message_of_its_role() -> None:
    written, losses = items(
        Turn("user", [Text("Hi.")], shorthand=True),
        Turn("user", [Text("Ho."), Image(InlineData("image/png", PNG))]),
        Turn("developer", [Text("Be brief.")]),
    )
    assert written == [
        {"type": "message", "role": "user", "content": "Hi."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Ho."},
                {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
            ],
        },
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be brief."}]},
    ]
    assert losses == []


def test_a_foreign_turn_of_the_assistant_becomes_items_in_order() -> None:
    written, losses = items(
        Turn("user", [Text("?")], shorthand=True),
        Turn("assistant", [Text("First"), Refusal("no."), ToolCall("a", "f", '{"x":1}'), Text("Then"), ToolCall("b", "g", "", "custom")]),
        Turn("tool", [ToolResult("a", [Text("1")]), ToolResult("b", [Text("2")], kind="custom")]),
    )  # fmt: skip
    assert written[1:] == [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "First"}, {"type": "refusal", "refusal": "no."}],
        },
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": '{"x":1}'},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Then"}]},
        {"type": "custom_tool_call", "call_id": "b", "name": "g", "input": ""},
        {"type": "function_call_output", "call_id": "a", "output": "1"},
        {"type": "custom_tool_call_output", "call_id": "b", "output": "2"},
    ]
    assert losses == []


def test_a_call_without_arguments_has_an_empty_object() -> None:
    written, _ = items(Turn("assistant", [ToolCall("a", "f", "")]))
    assert written[0]["arguments"] == "{}"


def test_results_of_several_parts_are_a_list() -> None:
    result = ToolResult(
        "a", [Text("Look:"), Image(InlineData("image/png", PNG)), Audio(InlineData("audio/wav", "AA=="))], is_error=True
    )
    written, losses = items(Turn("tool", [result, ToolResult("b", [])]))  # fmt: skip
    assert [part["type"] for part in written[0]["output"]] == ["input_text", "input_image"]
    assert written[1]["output"] == ""
    assert losses == [("dropped", "turns[0].parts[0].parts[2]"), ("dropped", "turns[0].parts[0].is_error")]


def test_ids_that_are_too_long_are_shortened_alike_in_call_and_result() -> None:
    long = "x" * 65
    written, losses = items(
        Turn("assistant", [ToolCall(long, "f", "{}")]), Turn("tool", [ToolResult(long, [Text("1")])])
    )
    assert written[0]["call_id"] == written[1]["call_id"]
    assert len(written[0]["call_id"]) <= 64
    assert losses == [("renamed", "turns[0].parts[0].id"), ("renamed", "turns[1].parts[0].id")]


def test_foreign_tokens_never_reach_this_provider() -> None:
    written, losses = items(
        Turn(
            "assistant",
            [
                Reasoning("I think.", signature="Eq==", extras=SIGNED),
                Reasoning(redacted="secret", extras=SIGNED),
                Reasoning("Plain."),
                ToolCall("a", "f", "{}", signature="Ci=="),
            ],
        )
    )
    assert "Eq==" not in str(written)
    assert "secret" not in str(written)
    assert "Ci==" not in str(written)
    assert losses == [
        ("stripped_token", "turns[0].parts[0]"),
        ("dropped", "turns[0].parts[0]"),
        ("stripped_token", "turns[0].parts[1]"),
        ("dropped", "turns[0].parts[2]"),
        ("stripped_token", "turns[0].parts[3].signature"),
    ]


def test_a_token_that_is_not_marked_as_minted_here_is_not_replayed() -> None:
    part = Reasoning(encrypted="gAAA", summary=["A"], extras={"openai_responses": {"_item": {}}})
    written, losses = items(Turn("assistant", [part]))
    assert written == [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "A"}]}]
    assert losses == [("stripped_token", "turns[0].parts[0].encrypted")]


def test_a_target_that_takes_plain_thinking_gets_it() -> None:
    turn = Turn("assistant", [Reasoning("I think.", signature="Eq=="), Reasoning(summary=["A", "B"])])
    written, losses = items(turn, profile=Profile(replay_reasoning=True))
    assert [item["content"][0]["text"] for item in written] == ["I think.", "A\n\nB"]
    assert losses == [("stripped_token", "turns[0].parts[0]")]


def test_an_envelope_that_comes_back_is_not_passed_on() -> None:
    envelope = wrap_token(CarriedToken("anthropic_messages", signature="Eq==", text="I think."))
    body, losses = emit(parse(input=[{"type": "reasoning", "summary": [], "encrypted_content": envelope}]))
    assert body["input"] == []
    assert [loss.code for loss in losses] == ["stripped_token", "dropped"]


def test_what_only_others_understand_is_a_loss() -> None:
    written, losses = items(
        Turn("assistant", [Opaque("other", "server_tool", {}), Image(InlineData("image/png", PNG)), Audio(InlineData("audio/wav", "AA=="))]),
        Turn("assistant", [Audio(InlineData("audio/wav", "AA=="), "Hello.")], name="Ada"),
    )  # fmt: skip
    assert written == [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]}]
    assert losses == [
        ("dropped", "turns[0].parts[0]"),
        ("dropped", "turns[0].parts[1]"),
        ("dropped", "turns[0].parts[2]"),
        ("dropped", "turns[1].name"),
        ("approximated", "turns[1].parts[0]"),
    ]


def test_breakpoints_and_extras_of_others_are_losses() -> None:
    call = ToolCall("a", "f", "{}", cache=CacheBreakpoint(), extras={"other": {"caller": 1}})
    _, losses = items(
        Turn("assistant", [call], extras={"other": {"weight": 1}}),
        Turn("user", [Text("?")], extras={"other": {"x": 1}}),
    )
    assert losses == [
        ("dropped", "turns[0].extras.other.weight"),
        ("dropped", "turns[0].parts[0].cache"),
        ("dropped", "turns[0].parts[0].extras.other.caller"),
        ("dropped", "turns[1].extras.other.x"),
    ]
