"""Tools and tool choice → the model."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.parse_tools import parse_tool_choice, parse_tools
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, ToolChoice

FUNCTION = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}


def test_functions_and_custom_tools_have_canonical_forms() -> None:
    custom = {"type": "custom", "name": "c", "format": {"type": "text"}, "defer_loading": True}
    assert parse_tools([{**FUNCTION, "output_schema": {}}, custom, {"type": "function", "name": "g"}], "tools") == [
        FunctionTool("f", "d", {"type": "object"}, True, extras={NAME: {"output_schema": {}}}),
        CustomTool("c", None, {"type": "text"}, {NAME: {"defer_loading": True}}),
        FunctionTool("g"),
    ]


def test_a_namespace_opens_into_its_tools() -> None:
    head = {"name": "city", "description": "Cities."}
    value = {"type": "namespace", **head, "tools": [FUNCTION, {"type": "custom", "name": "c", "defer_loading": True}]}
    assert parse_tools([value], "tools") == [
        FunctionTool("city__f", "d", {"type": "object"}, True, extras={NAME: {"_namespace": head}}),
        CustomTool("city__c", extras={NAME: {"defer_loading": True, "_namespace": head}}),
    ]


@pytest.mark.parametrize("inner", [[], [{"type": "web_search"}], [7], [FUNCTION, {"type": ["function"]}]])
def test_a_namespace_that_holds_anything_else_is_the_providers(inner: list[Any]) -> None:
    value = {"type": "namespace", "name": "city", "tools": inner}
    assert parse_tools([value], "tools") == [ProviderTool(NAME, "namespace", "city", value)]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"type": "web_search"}, "web_search"),
        ({"type": "mcp", "server_label": "wiki"}, "wiki"),
        ({"type": "computer", "name": 7}, "computer"),
    ],
)
def test_all_other_tools_are_the_providers(value: dict[str, Any], name: str) -> None:
    assert parse_tools([value], "tools") == [ProviderTool(NAME, value["type"], name, value)]


def test_a_choice_is_a_mode_a_name_or_a_list_of_names() -> None:
    named = {"type": "custom", "name": "c"}
    listed = {
        "type": "allowed_tools",
        "mode": "auto",
        "tools": [{"type": "function", "name": "f", "namespace": "city"}, {"type": "web_search"}],
    }
    assert parse_tool_choice(None) is None
    assert parse_tool_choice("required") == ToolChoice("required")
    assert parse_tool_choice(named) == ToolChoice("required", ["c"], {NAME: {"_wire": named}})
    assert parse_tool_choice(listed) == ToolChoice(
        "auto", ["city__f"], {NAME: {"_wire": listed, "allowed_tools": [{"type": "web_search"}]}}
    )
    assert parse_tool_choice({"type": "file_search"}) == ToolChoice(
        "required", None, {NAME: {"_wire": {"type": "file_search"}, "type": "file_search"}}
    )


@pytest.mark.parametrize(
    ("choice", "path"),
    [
        ("sometimes", "tool_choice"),
        (7, "tool_choice"),
        ({}, "tool_choice.type"),
        ({"type": "function"}, "tool_choice.name"),
        ({"type": "allowed_tools", "mode": "never", "tools": []}, "tool_choice.mode"),
        ({"type": "allowed_tools", "mode": "auto", "tools": ["f"]}, "tool_choice.tools"),
    ],
)
def test_a_malformed_choice_is_refused_with_its_path(choice: Any, path: str) -> None:
    with pytest.raises(DragomanError) as raised:
        parse_tool_choice(choice)
    assert raised.value.path == path


@pytest.mark.parametrize(
    ("tool", "path"),
    [
        (7, "tools[0]"),
        ({}, "tools[0].type"),
        ({"type": "function", "name": "f", "parameters": []}, "tools[0].parameters"),
        ({"type": "namespace", "name": "n", "tools": [{"type": "function"}]}, "tools[0].tools[0].name"),
    ],
)
def test_a_malformed_tool_is_refused_with_its_path(tool: Any, path: str) -> None:
    with pytest.raises(DragomanError) as raised:
        parse_tools([tool], "tools")
    assert raised.value.path == path
