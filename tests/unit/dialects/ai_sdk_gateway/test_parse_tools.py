"""Tools, the choice among them, and the format of the answer."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.parse_tools import parse_output, parse_tool, parse_tool_choice
from dragoman.errors import DragomanError
from dragoman.model.content import CacheBreakpoint
from dragoman.model.request import CustomTool, FunctionTool, JsonOutput, JsonSchemaOutput, ToolChoice

SCHEMA = {"type": "object"}


def test_a_function_tool_keeps_what_has_no_word() -> None:
    options = {"anthropic": {"cacheControl": {"type": "ephemeral"}, "deferLoading": True}}
    tool = parse_tool(
        {
            "type": "function",
            "name": "f",
            "description": "d",
            "inputSchema": SCHEMA,
            "strict": True,
            "inputExamples": [1],
            "providerOptions": options,
        }
    )
    extras = {"ai_sdk_gateway": {"inputExamples": [1], "providerOptions.anthropic.deferLoading": True}}
    assert tool == FunctionTool("f", "d", SCHEMA, True, CacheBreakpoint(), extras)


def test_a_free_text_tool_has_a_word() -> None:
    wire = {
        "type": "provider",
        "id": "openai.custom",
        "name": "w",
        "args": {"description": "d", "format": {"type": "text"}},
    }
    assert parse_tool(wire) == CustomTool("w", "d", {"type": "text"})


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"type": "auto"}, ToolChoice("auto")),
        ({"type": "none"}, ToolChoice("none")),
        ({"type": "required"}, ToolChoice("required")),
        ({"type": "tool", "toolName": "f"}, ToolChoice("required", ["f"])),
    ],
)
def test_each_choice_has_its_word(choice: Any, expected: ToolChoice) -> None:
    assert parse_tool_choice(choice) == expected


def test_formats_of_the_answer_are_read() -> None:
    assert parse_output({"type": "text"}) is None
    assert parse_output({"type": "json"}) == JsonOutput()
    wanted = {"type": "json", "schema": SCHEMA, "name": "n", "description": "d"}
    assert parse_output(wanted, True) == JsonSchemaOutput(SCHEMA, "n", "d", True)
    assert parse_output(wanted, "yes") == JsonSchemaOutput(SCHEMA, "n", "d")


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (parse_tool, {"type": "wand", "name": "w"}),
        (parse_tool, {"type": "function"}),
        (parse_tool, {"type": "provider", "name": "w"}),
        (parse_tool_choice, {"type": "any"}),
        (parse_tool_choice, {"type": "tool"}),
        (parse_output, {"type": "xml"}),
    ],
)
def test_unknown_words_are_refused(parse: Any, value: Any) -> None:
    with pytest.raises(DragomanError):
        parse(value)
