"""Parts to blocks: text, thinking, calls and results."""

from __future__ import annotations

import pytest

from dragoman.model.content import (
    CacheBreakpoint,
    Citation,
    Extras,
    Image,
    InlineData,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Turn
from tests.unit.dialects.bedrock_converse.samples import CLAUDE, PLAIN, Fields, codes, emit_turns, emit_user

OURS: Extras = {"bedrock_converse": {"minted": True}}
ANTHROPICS: Extras = {"anthropic_messages": {"minted": True}}
GOOGLES: Extras = {"gemini_generate": {"minted": True}}


def emit_assistant(part: Part, losses: list[Loss], profile: Profile = CLAUDE) -> list[Fields]:
    turns = (Turn("user", [Text("?")]), Turn("assistant", [part]), Turn("user", [Text("!")]))
    messages = emit_turns(*turns, losses=losses, profile=profile)["messages"]
    return messages[1]["content"] if len(messages) == 3 else []


def test_blank_text_is_left_out_and_told() -> None:
    losses: list[Loss] = []
    assert emit_user(Text(" \n"), Text("x"), Text(""), losses=losses) == [{"text": "x"}]
    assert codes(losses) == [("dropped", "turns[0].parts[0]"), ("dropped", "turns[0].parts[2]")]


def test_what_text_carries_elsewhere_has_no_place() -> None:
    losses: list[Loss] = []
    part = Text("x", citations=[Citation("url")], signature="s", extras={"openai_chat": {"odd": 1}})
    assert emit_user(part, losses=losses) == [{"text": "x"}]
    assert codes(losses) == [
        ("dropped", "turns[0].parts[0].citations"),
        ("stripped_token", "turns[0].parts[0].signature"),
        ("dropped", "turns[0].parts[0].extras.openai_chat.odd"),
    ]


@pytest.mark.parametrize(
    ("part", "profile", "block"),
    [
        (Reasoning("t", signature="s", extras=OURS), PLAIN, {"reasoningText": {"text": "t", "signature": "s"}}),
        (Reasoning("t", signature="s", extras=ANTHROPICS), CLAUDE, {"reasoningText": {"text": "t", "signature": "s"}}),
        (Reasoning(redacted="AA==", extras=ANTHROPICS), CLAUDE, {"redactedContent": "AA=="}),
        (Reasoning("t"), Profile(replay_reasoning=True), {"reasoningText": {"text": "t"}}),
        (Reasoning(summary=["a", "b"]), Profile(replay_reasoning=True), {"reasoningText": {"text": "a\n\nb"}}),
    ],
)
def test_thinking_goes_back_to_who_signed_it(part: Part, profile: Profile, block: Fields) -> None:
    losses: list[Loss] = []
    assert emit_assistant(part, losses, profile) == [{"reasoningContent": block}]
    assert losses == []


@pytest.mark.parametrize(
    ("part", "profile", "code"),
    [
        (Reasoning("t", signature="s", extras=ANTHROPICS), PLAIN, "stripped_token"),
        (Reasoning("t", signature="s", extras=GOOGLES), CLAUDE, "stripped_token"),
        (Reasoning(encrypted="e", extras=OURS), CLAUDE, "stripped_token"),
        (Reasoning("t", signature="", extras=ANTHROPICS), CLAUDE, "dropped"),
        (Reasoning("t"), CLAUDE, "dropped"),
    ],
)
def test_thinking_of_others_stays_behind_and_is_told(part: Part, profile: Profile, code: str) -> None:
    losses: list[Loss] = []
    assert emit_assistant(part, losses, profile) == []
    assert codes(losses) == [(code, "turns[1].parts[0]")]


def test_a_refusal_is_said_as_text() -> None:
    losses: list[Loss] = []
    assert emit_assistant(Refusal("No."), losses) == [{"text": "No."}]
    assert codes(losses) == [("approximated", "turns[1].parts[0]")]


@pytest.mark.parametrize(
    ("part", "arguments", "lost"),
    [
        (ToolCall("1", "f", '{"a":1.50}'), {"a": 1.5}, []),
        (ToolCall("1", "f", " "), {}, []),
        (ToolCall("1", "f", "[1]"), {"input": "[1]"}, [("approximated", "turns[0].parts[0].arguments")]),
        (ToolCall("1", "f", "x", kind="custom"), {"input": "x"}, [("approximated", "turns[0].parts[0]")]),
        (ToolCall("1", "f", "{}", signature="s"), {}, [("stripped_token", "turns[0].parts[0].signature")]),
    ],
)
def test_arguments_are_an_object(part: ToolCall, arguments: Fields, lost: list[tuple[str, str]]) -> None:
    losses: list[Loss] = []
    body = emit_turns(Turn("assistant", [part]), Turn("tool", [ToolResult("1", [Text("r")])]), losses=losses)
    call = {"toolUseId": "1", "name": "f", "input": arguments}
    assert body["messages"][0]["content"] == [{"toolUse": call}]
    assert codes(losses) == [*lost, ("defaulted", "tools")]


def test_a_result_has_blocks_of_its_own() -> None:
    losses: list[Loss] = []
    parts: list[Part] = [
        Text("a", cache=CacheBreakpoint()),
        Text(""),
        Image(InlineData("image/png", "AA==")),
        Reasoning("?"),
    ]
    turn = Turn("tool", [ToolResult("1", parts, is_error=True, cache=CacheBreakpoint()), ToolResult("2", [])])
    content = emit_turns(turn, losses=losses)["messages"][0]["content"]
    image = {"image": {"format": "png", "source": {"bytes": "AA=="}}}
    assert content == [
        {"toolResult": {"toolUseId": "1", "content": [{"text": "a"}, image], "status": "error"}},
        {"cachePoint": {"type": "default"}},
        {"toolResult": {"toolUseId": "2", "content": []}},
    ]
    assert codes(losses) == [
        ("dropped", "turns[0].parts[0].parts[0].cache"),
        ("dropped", "turns[0].parts[0].parts[3]"),
    ]


def test_what_only_this_dialect_understands_comes_out_as_it_was() -> None:
    losses: list[Loss] = []
    ours = Opaque("bedrock_converse", "guardContent", {"guardContent": {"text": {"text": "x"}}})
    assert emit_user(ours, Opaque("openai_responses", "x", {}), losses=losses) == [ours.value]
    assert codes(losses) == [("dropped", "turns[0].parts[1]")]


def test_a_part_in_a_place_that_has_none_for_it_is_told() -> None:
    losses: list[Loss] = []
    assert emit_user(Text("x"), Reasoning("?"), losses=losses) == [{"text": "x"}]
    assert codes(losses) == [("dropped", "turns[0].parts[1]")]
