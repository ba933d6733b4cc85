"""The tools of one request, found by the names that models write: with a namespace before, a number behind, in other case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from dragoman.adapt.tools.coerce import Parameters, read_parameters
from dragoman.model.request import CustomTool, FunctionTool, Tool

TEXT = "input"
"""The one argument of a tool that takes free text."""

_AROUND = re.compile(r"(?:(?:functions?|tools?|default_api|multi_tool_use)[.:/])?(.*?)(?:\.call|:\d+)?")
TEXT_SCHEMA: dict[str, Any] = {"type": "object", "properties": {TEXT: {"type": "string"}}, "required": [TEXT]}


class KnownTool(msgspec.Struct, frozen=True):
    """A tool as the parser needs it."""

    name: str
    parameters: Parameters
    is_custom: bool = False


class Toolbox:
    """Finds tools. Names that were once looked for are remembered, as far as there is room."""

    MAX_REMEMBERED = 256

    def __init__(self, tools: Iterable[Tool]) -> None:
        self.tools = {tool.name: _know(tool) for tool in tools if isinstance(tool, FunctionTool | CustomTool)}
        self._plain: dict[str, KnownTool | None] = {}
        for tool in self.tools.values():
            plain = _plain(tool.name)
            self._plain[plain] = None if plain in self._plain else tool
        self._found: dict[str, KnownTool | None] = dict(self.tools)

    def find(self, name: str) -> KnownTool | None:
        """The tool that is meant; None if there is none, or if two could be."""
        if name in self._found:
            return self._found[name]
        around = _AROUND.fullmatch(name)
        inner = around[1] if around is not None else name
        tool = self.tools.get(inner) or self._plain.get(_plain(inner))
        if len(self._found) < self.MAX_REMEMBERED + len(self.tools):
            self._found[name] = tool
        return tool


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


def _know(tool: FunctionTool | CustomTool) -> KnownTool:
    is_custom = isinstance(tool, CustomTool)
    schema = TEXT_SCHEMA if isinstance(tool, CustomTool) else tool.schema
    return KnownTool(tool.name, read_parameters(schema), is_custom)
