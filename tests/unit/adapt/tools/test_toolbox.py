"""Tools are found by the names that models write."""

from __future__ import annotations

import pytest

from dragoman.adapt.tools.toolbox import Toolbox
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Tool

TOOLS: list[Tool] = [
    FunctionTool("get_weather"),
    FunctionTool("Read"),
    CustomTool("patch"),
    FunctionTool("mcp__a-b__c"),
]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("get_weather", "get_weather"),
        ("functions.get_weather", "get_weather"),
        ("default_api.get_weather:0", "get_weather"),
        ("get_weather.call", "get_weather"),
        ("Get-Weather", "get_weather"),
        ("read", "Read"),
        ("mcp__a_b__c", "mcp__a-b__c"),
        ("patch", "patch"),
    ],
)
def test_a_tool_is_found(written: str, name: str) -> None:
    toolbox = Toolbox(TOOLS)
    for _ in range(2):
        tool = toolbox.find(written)
        assert tool is not None
        assert tool.name == name


def test_what_is_no_tool_is_not_found() -> None:
    toolbox = Toolbox([*TOOLS, ProviderTool("x", "search", "web", {})])
    assert [toolbox.find(name) for name in ("", "weather", "web", "functions.")] == [None] * 4


def test_a_name_that_could_be_two_is_none() -> None:
    toolbox = Toolbox([FunctionTool("read"), FunctionTool("Read")])
    assert toolbox.find("READ") is None
    assert toolbox.find("read") is not None


def test_names_that_are_no_tools_cannot_fill_the_memory() -> None:
    toolbox = Toolbox(TOOLS)
    for number in range(2 * Toolbox.MAX_REMEMBERED):
        assert toolbox.find(f"nobody{number}") is None
    assert len(toolbox._found) <= Toolbox.MAX_REMEMBERED + len(TOOLS)
