"""Amounts: nothing that a model reads is missed, and turns add up."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from dragoman.adapt.counting.features import measure_frame, measure_turn
from dragoman.adapt.counting.pieces import PIECES
from dragoman.model import content
from dragoman.model.request import (
    CustomTool,
    FunctionTool,
    JsonOutput,
    JsonSchemaOutput,
    ProviderTool,
    ReasoningRequest,
    Request,
    ToolChoice,
    Turn,
)

ONES = (1.0,) * len(PIECES)
TEXT = "The quick brown fox jumps over the lazy dog. " * 20
SCHEMA = {"type": "object", "properties": {"at": {"type": "string", "description": "where to look"}}}

PARTS: dict[type, content.Part] = {
    content.Text: content.Text(TEXT),
    content.Refusal: content.Refusal(TEXT),
    content.Reasoning: content.Reasoning(TEXT),
    content.File: content.File(content.PlainText(TEXT)),
    content.ToolCall: content.ToolCall("c", "f", '{"text":"' + TEXT + '"}'),
    content.ToolResult: content.ToolResult("c", [content.Text(TEXT)]),
    content.Opaque: content.Opaque("d", "k", {"text": TEXT}),
}
MEDIA = {content.Image, content.Audio, content.Video}


def amounts(*parts: content.Part, role: Any = "user") -> dict[str, float]:
    return {name: amount for name, amount in measure_turn(Turn(role, list(parts)), ONES).items() if amount}


def frame(**fields: Any) -> dict[str, float]:
    return {name: amount for name, amount in measure_frame(Request("m", [], **fields), ONES).items() if amount}


@pytest.mark.parametrize("kind", sorted(set(get_args(content.Part)) - MEDIA, key=str))
def test_every_kind_of_part_counts(kind: type) -> None:
    assert sum(amounts(PARTS[kind]).values()) > 150


def test_a_turn_counts_by_who_speaks_and_developers_are_the_system() -> None:
    assert amounts() == {"turn_user": 1}
    assert amounts(role="developer") == amounts(role="system") == {"turn_system": 1}
    assert measure_turn(Turn("user", [], name="Ann"), ONES)["words"] == 1


def test_numbers_stand_apart_from_words_and_marks() -> None:
    assert amounts(content.Text("at 12, 30")) == {
        "turn_user": 1,
        "words": 1,
        "marks": 1,
        "number_groups": 2,
        "digits": 4,
        "spaced_numbers": 2,
    }
    assert amounts(content.Text("東京")) == {"turn_user": 1, "other_scripts": 2}


@pytest.mark.parametrize(
    "part",
    [
        content.Reasoning(encrypted="x" * 40),
        content.Reasoning(redacted="x" * 40),
        content.Reasoning(signature="x" * 40),
        content.Text("", signature="x" * 40),
        content.ToolCall("c", "", "", signature="x" * 40),
    ],
)
def test_thoughts_that_only_their_minter_can_read_count_by_their_length(part: content.Part) -> None:
    assert amounts(part)["hidden_thoughts"] == 10


def test_tools_count_with_all_that_is_said_of_them() -> None:
    tools = [
        FunctionTool("look", "Look around.", SCHEMA, strict=True),
        CustomTool("write", "Write freely.", {"type": "text"}),
        ProviderTool("d", "web_search", "web_search", {}),
    ]
    found = frame(tools=tools)
    assert {name: found[name] for name in ("has_tools", "tools", "tool_properties", "tool_optional")} == {
        "has_tools": 1,
        "tools": 3,
        "tool_properties": 1,
        "tool_optional": 1,
    }
    assert found["tool_names"] == 2
    assert found["tool_text"] == 2 + 1 + 2 + 1 + 3
    assert found["strict_tools"] == found["tools_alone"] == found["provider_tools"] == 1


def test_tools_that_must_not_be_called_are_counted_apart() -> None:
    tools = [FunctionTool("look", "Look around.", SCHEMA)]
    idle = frame(tools=tools, tool_choice=ToolChoice("none"))
    assert idle.keys() == {
        "request",
        "has_idle_tools",
        "idle_tools",
        "idle_tool_names",
        "idle_tool_text",
        "idle_tool_json",
    }
    assert frame(tools=tools, tool_choice=ToolChoice("required"))["must_call"] == 1


def test_the_form_of_the_answer_counts() -> None:
    assert frame(output=JsonOutput())["output_any_json"] == 1
    found = frame(output=JsonSchemaOutput(SCHEMA))
    assert found["output_properties"] == 1
    assert found["output_json"] > 8


@pytest.mark.parametrize(
    ("wish", "thinks"),
    [
        (ReasoningRequest(mode="on"), True),
        (ReasoningRequest(effort="low"), True),
        (ReasoningRequest(mode="off"), False),
        (ReasoningRequest(effort="none"), False),
        (ReasoningRequest(effort="high", effort_only=True), False),
        (None, False),
    ],
)
def test_the_wish_to_think_counts(wish: ReasoningRequest | None, thinks: bool) -> None:
    assert ("thinks" in frame(reasoning=wish)) is thinks


def test_a_file_counts_with_its_name_and_the_parts_in_it() -> None:
    file = content.File(content.PartList([content.Text("deep inside")]), name="notes", context="old ones")
    assert amounts(file)["words"] == 5
    assert amounts(msgspec.structs.replace(file, source=content.StoredFile("f"), name=None))["words"] == 2
