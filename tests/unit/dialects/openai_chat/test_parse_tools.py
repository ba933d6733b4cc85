"""Tools, choices, output formats and wishes to think, in their several spellings."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.parse_tools import (
    parse_legacy_choice,
    parse_legacy_function,
    parse_output,
    parse_reasoning,
    parse_tool,
    parse_tool_choice,
)
from dragoman.errors import DragomanError
from dragoman.model.content import CacheBreakpoint
from dragoman.model.request import (
    CustomTool,
    FunctionTool,
    JsonOutput,
    JsonSchemaOutput,
    OutputFormat,
    ProviderTool,
    ReasoningRequest,
    Tool,
    ToolChoice,
)

SCHEMA = {"type": "object"}
CACHE = {"type": "ephemeral"}
SEARCH = {"type": "web_search", "cache_control": CACHE}


@pytest.mark.parametrize(
    ("wire", "tool"),
    [
        (
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True}},
            FunctionTool("f", "d", SCHEMA, True),
        ),
        ({"function": {"name": "f"}}, FunctionTool("f")),
        (
            {"type": "function", "function": {"name": "f", "deferred": 1}, "x": 2, "cache_control": CACHE},
            FunctionTool(
                "f",
                cache=CacheBreakpoint(),
                extras={"openai_chat": {"x": 2, "_form": {"cache_control": CACHE}, "function": {"deferred": 1}}},
            ),
        ),
        (
            {
                "type": "custom",
                "custom": {
                    "name": "c",
                    "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "s"}},
                },
            },
            CustomTool("c", format={"type": "grammar", "syntax": "lark", "definition": "s"}),
        ),
        (SEARCH, ProviderTool("openai_chat", "web_search", "web_search", SEARCH, CacheBreakpoint())),
    ],
)
def test_a_tool_is_read(wire: dict[str, Any], tool: Tool) -> None:
    assert parse_tool(wire) == tool


def test_a_legacy_function_is_a_tool_that_remembers_it() -> None:
    assert parse_legacy_function({"name": "f"}) == FunctionTool(
        "f", extras={"openai_chat": {"_form": {"legacy": True}}}
    )


@pytest.mark.parametrize(
    ("wire", "mode", "names"),
    [
        ("auto", "auto", None),
        ("none", "none", None),
        ("required", "required", None),
        ("any", "required", None),
        ({"type": "function", "function": {"name": "f"}}, "required", ["f"]),
        ({"type": "custom", "custom": {"name": "c"}}, "required", ["c"]),
        ({"function": {"name": "f"}}, "required", ["f"]),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{"function": {"name": "a"}}, {"custom": {"name": "b"}}],
                },
            },
            "required",
            ["a", "b"],
        ),
        ({"type": "allowed_tools", "allowed_tools": {"tools": [{"function": {"name": "a"}}]}}, "auto", ["a"]),
    ],
)
def test_a_choice_is_read(wire: Any, mode: str, names: list[str] | None) -> None:
    choice = parse_tool_choice(wire)
    assert (choice.mode, choice.names) == (mode, names)


def test_a_legacy_choice_is_a_word_or_a_name() -> None:
    assert parse_legacy_choice("none").mode == "none"
    named = parse_legacy_choice({"name": "f"})
    assert named == ToolChoice("required", ["f"], {"openai_chat": {"_form": {"wire": {"name": "f"}}}})


@pytest.mark.parametrize(
    ("wire", "output"),
    [
        ({"type": "text"}, None),
        ({"type": "grammar", "value": "g"}, None),
        ({"type": "json_object"}, JsonOutput()),
        ({"type": "json_object", "schema": SCHEMA}, JsonSchemaOutput(SCHEMA)),
        (
            {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": SCHEMA, "strict": False, "description": "d"},
            },
            JsonSchemaOutput(SCHEMA, "n", "d", False),
        ),
    ],
)
def test_an_output_format_is_read(wire: dict[str, Any], output: OutputFormat | None) -> None:
    assert parse_output(wire) == output


@pytest.mark.parametrize(
    ("fields", "wish"),
    [
        ({"reasoning_effort": "low"}, ReasoningRequest(effort="low")),
        ({"reasoning_effort": "default"}, None),
        ({"reasoning": {"effort": "high", "exclude": True}}, ReasoningRequest(effort="high", display="omitted")),
        ({"reasoning": {"max_tokens": 100, "enabled": True}}, ReasoningRequest("on", budget_tokens=100)),
        ({"reasoning": {"enabled": False}}, ReasoningRequest("off")),
        ({"thinking": {"type": "enabled", "budget_tokens": 5}}, ReasoningRequest("on", budget_tokens=5)),
        ({"thinking": {"type": "disabled"}}, ReasoningRequest("off")),
        ({"thinking": {"type": "auto"}}, ReasoningRequest("adaptive")),
        ({"thinking": {"type": "enabled"}, "reasoning_effort": "max"}, ReasoningRequest("on", "max")),
        ({}, None),
    ],
)
def test_the_wish_to_think_is_read(fields: dict[str, Any], wish: ReasoningRequest | None) -> None:
    assert parse_reasoning(fields) == wish


@pytest.mark.parametrize(
    ("parse", "wire", "path"),
    [
        (parse_tool, {"type": "function"}, "function"),
        (parse_tool, {"type": "function", "function": {}}, "function.name"),
        (parse_tool, {"type": "custom"}, "custom"),
        (parse_tool, {"type": 3}, "type"),
        (parse_tool, {}, "type"),
        (parse_tool_choice, "sometimes", "tool_choice"),
        (parse_tool_choice, 3, "tool_choice"),
        (parse_tool_choice, {"type": "function"}, "tool_choice"),
        (parse_output, {}, "type"),
        (parse_output, {"type": "json_schema"}, "json_schema"),
        (parse_reasoning, {"reasoning": {"max_tokens": "many"}}, "reasoning.max_tokens"),
        (parse_reasoning, {"thinking": "much"}, "thinking"),
    ],
)
def test_an_error_names_its_place(parse: Any, wire: Any, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse(wire)
    assert caught.value.path == path
