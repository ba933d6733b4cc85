"""Tools and the choice among them."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.gemini_generate.parse_tools import parse_tool_config, parse_tools
from dragoman.dialects.gemini_generate.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model.request import FunctionTool, ProviderTool, ToolChoice

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def test_each_function_and_each_google_tool_is_a_tool() -> None:
    given = [{"functionDeclarations": [{"name": "a"}, {"name": "b"}], "googleSearch": {}}, {"codeExecution": {}}]
    assert parse_tools({"tools": given}) == [
        FunctionTool("a"),
        FunctionTool("b"),
        ProviderTool(NAME, "googleSearch", "googleSearch", {"googleSearch": {}}),
        ProviderTool(NAME, "codeExecution", "codeExecution", {"codeExecution": {}}),
    ]
    assert parse_tools({}) is None
    assert parse_tools({"tools": []}) == []


def test_a_schema_is_read_in_both_forms() -> None:
    subset = {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}
    tools = parse_tools(
        {
            "tools": [
                {
                    "functionDeclarations": [
                        {"name": "a", "description": "A", "parametersJsonSchema": SCHEMA, "behavior": "BLOCKING"},
                        {"name": "b", "parameters": subset},
                    ]
                }
            ]
        }
    )
    assert tools == [
        FunctionTool("a", "A", SCHEMA, extras={NAME: {"behavior": "BLOCKING"}}),
        FunctionTool("b", schema=SCHEMA, extras={NAME: {"_parameters": subset}}),
    ]


@pytest.mark.parametrize(
    ("calling", "choice"),
    [
        ({"mode": "AUTO"}, ToolChoice("auto")),
        ({"mode": "ANY"}, ToolChoice("required")),
        ({"mode": "ANY", "allowedFunctionNames": ["a"]}, ToolChoice("required", ["a"])),
        ({"mode": "NONE"}, ToolChoice("none")),
        ({"mode": "VALIDATED"}, ToolChoice("auto", extras={NAME: {"_mode": "VALIDATED"}})),
        ({}, ToolChoice("auto", extras={NAME: {"_mode": None}})),
    ],
)
def test_a_mode_means(calling: dict[str, Any], choice: ToolChoice) -> None:
    assert parse_tool_config({"toolConfig": {"functionCallingConfig": calling}}) == (choice, None)


def test_the_rest_of_the_configuration_is_kept() -> None:
    assert parse_tool_config({"toolConfig": {"retrievalConfig": {}}}) == (None, {"retrievalConfig": {}})
    assert parse_tool_config({}) == (None, None)


@pytest.mark.parametrize("tools", [[{"functionDeclarations": {}}], [1], [{"functionDeclarations": [{"name": 1}]}]])
def test_wrong_types_are_refused(tools: Any) -> None:
    with pytest.raises(DragomanError) as caught:
        parse_tools({"tools": tools})
    assert caught.value.path.startswith("tools[0]")
