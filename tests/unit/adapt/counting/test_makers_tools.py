"""Tools that are described by their makers."""

from __future__ import annotations

import pytest

from dragoman.adapt.counting.makers_tools import count_makers_tools
from dragoman.adapt.counting.ruler import find_ruler
from dragoman.model.content import Text
from dragoman.model.request import FunctionTool, ProviderTool, Request, Turn


def make_tool(kind: str) -> ProviderTool:
    return ProviderTool("anthropic_messages", kind, "tool", {"type": kind, "name": "tool"})


def test_a_tool_that_is_only_named_costs_its_description() -> None:
    assert count_makers_tools([make_tool("bash_20250124")]) == 225
    assert count_makers_tools([make_tool("text_editor_20250728"), make_tool("computer_20251124")]) == 715 + 1310


def test_other_tools_cost_nothing_beside_their_words() -> None:
    assert count_makers_tools(None) == 0
    assert count_makers_tools([FunctionTool("bash_20250124"), make_tool("web_search_20250305")]) == 0


@pytest.mark.parametrize(("kinds", "tokens"), [([], 16), (["bash_20250124"], 245), (["text_editor_20250429"], 735)])
def test_they_are_part_of_a_request(kinds: list[str], tokens: int) -> None:
    request = Request("m", [Turn("user", [Text("List all files here, please.")])], tools=[*map(make_tool, kinds)])
    with_tools = find_ruler("claude-sonnet-4-5").count_request(request)
    without = find_ruler("claude-sonnet-4-5").count_request(Request("m", request.turns))
    assert with_tools - without >= tokens - 20
