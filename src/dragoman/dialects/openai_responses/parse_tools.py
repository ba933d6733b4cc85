"""Tools and tool choice → the model.

Functions and custom tools have a canonical form, also inside a namespace: there their model name is
`namespace__tool`, and `_namespace` remembers the object around them. All other types are tools that the provider runs
or defines. Tools from `additional_tools` items carry the number of their item.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_responses.marks import Fields, own_extras
from dragoman.dialects.openai_responses.parse_items import flat_tool_name
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError, invalid, malformed_upstream
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Tool, ToolChoice
from dragoman.wire.json_read import read_each, read_optional, read_required, require_one_of

__all__ = ["malformed_upstream", "parse_tool_choice", "parse_tools"]

_FUNCTION_FIELDS = frozenset({"type", "name", "description", "parameters", "strict"})
_CUSTOM_FIELDS = frozenset({"type", "name", "description", "format"})
_MODES = frozenset({"auto", "none", "required"})
