"""Tokens of tools that makers have built into their models: a request only names one, and its description is the maker's.

Measured on recorded requests in which the tool was there and had not been used. What tools of a provider find while they
run becomes input of the same request, which nobody knows beforehand; it is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable

from dragoman.model.request import ProviderTool, Tool

TOKENS: tuple[tuple[str, float], ...] = (
    ("bash_", 225.0),
    ("text_editor_", 715.0),
    ("computer_", 1310.0),  # with the words about screens that come before the request
    ("tool_search_tool_", 75.0),
)
"""By what the kind of a tool begins with: makers put dates behind it."""


def count_makers_tools(tools: Iterable[Tool] | None) -> float:
    """Tokens of their descriptions, as far as they are known."""
    return sum(_count(tool) for tool in tools or () if isinstance(tool, ProviderTool))


def _count(tool: ProviderTool) -> float:
    return next((tokens for kind, tokens in TOKENS if tool.kind.startswith(kind)), 0.0)
