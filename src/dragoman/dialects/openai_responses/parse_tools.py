"""Tools and tool choice → the model.

Functions and custom tools have a canonical form, also inside a namespace: there their model name is
`namespace__tool`, and `_namespace` remembers the object around them. Tools of all other types are the provider's.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec

from dragoman.dialects.openai_responses.marks import Fields, own_extras
from dragoman.dialects.openai_responses.parse_items import flat_tool_name
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError, invalid
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Tool, ToolChoice
from dragoman.wire.json_read import read_optional, read_required, require_one_of

_FUNCTION_FIELDS = frozenset({"type", "name", "description", "parameters", "strict"})
_CUSTOM_FIELDS = frozenset({"type", "name", "description", "format"})
_MODES = frozenset({"auto", "none", "required"})
_NAMED = frozenset({"function", "custom"})

Mode = Literal["auto", "none", "required"]


def parse_tools(values: list[Any], path: str) -> list[Tool]:
    """All tools of a list; `path` says where the list stands."""
    tools: list[Tool] = []
    for index, value in enumerate(values):
        try:
            tools += _parse_tool(value)
        except DragomanError as error:
            raise error.under(f"{path}[{index}]") from None
    return tools


def parse_tool_choice(value: Any) -> ToolChoice | None:
    """A mode, a named tool, an allow-list, or a tool of the provider. Objects come out again as they were."""
    if value is None:
        return None
    try:
        if type(value) is str:
            require_one_of(value, _MODES, "")
            return ToolChoice(cast("Mode", value))
        if type(value) is not dict:
            raise invalid("This field must be a string or an object.")
        return _parse_choice_object(value)
    except DragomanError as error:
        raise error.under("tool_choice") from None


def _parse_choice_object(value: Fields) -> ToolChoice:
    kind = read_required(value, "type", str)
    if kind in _NAMED:
        return ToolChoice("required", [_choice_name(value)], {NAME: {"_wire": value}})
    if kind != "allowed_tools":
        return ToolChoice("required", None, {NAME: {"_wire": value, "type": kind}})
    mode = read_required(value, "mode", str)
    require_one_of(mode, _MODES, "mode")
    names: list[str] = []
    marks: Fields = {"_wire": value}
    for entry in read_required(value, "tools", list):
        if type(entry) is not dict:
            raise invalid("An array of objects is expected here.", "tools")
        if entry.get("type") in ("function", "custom"):
            names.append(_choice_name(entry))
        else:
            marks.setdefault("allowed_tools", []).append(entry)
    return ToolChoice(cast("Mode", mode), names, {NAME: marks})


def _choice_name(value: Fields) -> str:
    return flat_tool_name(read_required(value, "name", str), read_optional(value, "namespace", str))


def _parse_tool(value: Any) -> list[Tool]:
    if type(value) is not dict:
        raise invalid("An object is expected here.")
    kind = read_required(value, "type", str)
    if kind == "function":
        return [_parse_function(value)]
    if kind == "custom":
        return [_parse_custom(value)]
    if kind == "namespace":
        return _parse_namespace(value)
    return [_parse_provider_tool(kind, value)]


def _parse_function(value: Fields) -> FunctionTool:
    return FunctionTool(
        name=read_required(value, "name", str),
        description=read_optional(value, "description", str),
        schema=read_optional(value, "parameters", dict),
        strict=read_optional(value, "strict", bool),
        extras=_extras(value, _FUNCTION_FIELDS),
    )


def _parse_custom(value: Fields) -> CustomTool:
    return CustomTool(
        name=read_required(value, "name", str),
        description=read_optional(value, "description", str),
        format=read_optional(value, "format", dict),
        extras=_extras(value, _CUSTOM_FIELDS),
    )


def _parse_namespace(value: Fields) -> list[Tool]:
    """A namespace that holds nothing but functions and custom tools opens up; any other is the provider's."""
    name = read_required(value, "name", str)
    inner = read_required(value, "tools", list)
    if not inner or not all(type(tool) is dict and tool.get("type") in ("function", "custom") for tool in inner):
        return [_parse_provider_tool("namespace", value)]
    head = {field: value[field] for field in value if field not in ("tools", "type")}
    tools: list[Tool] = []
    for tool in parse_tools(inner, "tools"):
        assert isinstance(tool, FunctionTool | CustomTool)
        marks = {**(tool.extras or {}).get(NAME, {}), "_namespace": head}
        tools.append(msgspec.structs.replace(tool, name=flat_tool_name(tool.name, name), extras={NAME: marks}))
    return tools


def _parse_provider_tool(kind: str, value: Fields) -> ProviderTool:
    name = value.get("name") or value.get("server_label")
    return ProviderTool(NAME, kind, name if type(name) is str else kind, value)


def _extras(value: Fields, known: frozenset[str]) -> dict[str, Fields] | None:
    return own_extras({name: value[name] for name in value if name not in known and value[name] is not None})
