"""Tools and tool choice in our words."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.emit_tools import emit_tool_choice, emit_tools, read_namespaces
from dragoman.dialects.openai_responses.parse_tools import parse_tools
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint
from dragoman.model.loss import Loss
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Tool, ToolChoice

WEATHER = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}, "strict": True}
NOTE = {"type": "custom", "name": "note", "description": "Write.", "format": {"type": "text"}}
CITY = {"type": "namespace", "name": "city", "description": "Cities.", "tools": [WEATHER, NOTE]}
LAND = {"type": "namespace", "name": "land", "description": "Lands.", "tools": [WEATHER]}


def test_namespaces_are_rebuilt_where_they_stood() -> None:
    listed = [WEATHER, CITY, LAND, {"type": "web_search"}, CITY]
    assert emit_tools(parse_tools(listed, "tools"), [], is_own_request=True) == listed


def test_names_in_a_namespace_are_found_again() -> None:
    names = read_namespaces(parse_tools([WEATHER, CITY, {"type": "web_search"}], "tools"))
    assert names == {"city__get_weather": ("city", "get_weather"), "city__note": ("city", "note")}
    assert read_namespaces(None) == {}


def test_a_tool_of_another_provider_is_refused_by_name() -> None:
    tools: list[Tool] = [FunctionTool("f"), ProviderTool("other", "web_search_20250305", "web_search", {})]
    with pytest.raises(DragomanError) as raised:
        emit_tools(tools, [], is_own_request=False)
    assert raised.value.kind is Kind.UNSUPPORTED
    assert raised.value.status == 400
    assert raised.value.path == "tools[1]"
    assert "'web_search'" in raised.value.message


def test_a_foreign_tools_extras_are_losses() -> None:
    losses: list[Loss] = []
    tool = FunctionTool("f", cache=CacheBreakpoint(), extras={"other": {"defer_loading": True, "_form": 1}})
    emit_tools([CustomTool("c"), tool], losses, is_own_request=False)
    assert [loss.path for loss in losses] == ["tools[1].cache", "tools[1].extras.other.defer_loading"]


@pytest.mark.parametrize(
    ("choice", "emitted"),
    [
        (ToolChoice("auto"), "auto"),
        (ToolChoice("none", ["f"]), "none"),
        (ToolChoice("required", ["f"]), {"type": "function", "name": "f"}),
        (ToolChoice("required", ["c"]), {"type": "custom", "name": "c"}),
        (
            ToolChoice("auto", ["f"]),
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
        ),
        (
            ToolChoice("required", ["f", "c"]),
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "f"}, {"type": "custom", "name": "c"}],
            },
        ),
    ],
)
def test_each_choice_has_its_form(choice: ToolChoice, emitted: Any) -> None:
    assert emit_tool_choice(choice, [FunctionTool("f"), CustomTool("c")], []) == emitted
