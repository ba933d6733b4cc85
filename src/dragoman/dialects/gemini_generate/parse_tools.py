"""`tools` and `toolConfig` to the model's tools and choice.

One object of `tools` may hold several function declarations and several tools of Google's own; here each is a tool.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.marks import own_extras
from dragoman.dialects.gemini_generate.schema import to_json_schema
from dragoman.errors import DragomanError, invalid
from dragoman.model.request import FunctionTool, ProviderTool, Tool, ToolChoice
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required, rest_of

_CALLING_FIELDS = frozenset({"mode", "allowedFunctionNames"})


def parse_tools(request: Fields) -> list[Tool] | None:
    """All tools in the order in which they were given."""
    given = read_optional(request, "tools", list)
    if given is None:
        return None
    return [tool for group in read_each(given, "tools", _parse_group) for tool in group]


def _parse_group(group: Fields) -> list[Tool]:
    tools: list[Tool] = []
    for name, value in group.items():
        if value is None:
            continue
        if name == "functionDeclarations":
            if type(value) is not list:
                raise invalid("This field must be an array.", name)
            tools += read_each(value, name, _parse_declaration)
        else:
            tools.append(ProviderTool(wire.NAME, name, name, {name: value}))
    return tools


def _parse_declaration(fields: Fields) -> FunctionTool:
    """The schema comes as JSON Schema or in the OpenAPI subset; the subset's own form is kept beside its reading."""
    rest = rest_of(fields, wire.DECLARATION_FIELDS) or {}
    schema: Any = read_optional(fields, "parametersJsonSchema", dict)
    if schema is None:
        subset = read_optional(fields, "parameters", dict)
        if subset is not None:
            schema = to_json_schema(subset)
            rest["_parameters"] = subset
    return FunctionTool(
        read_required(fields, "name", str),
        description=read_optional(fields, "description", str),
        schema=schema,
        extras=own_extras(rest),
    )


def parse_tool_config(request: Fields) -> tuple[ToolChoice | None, Fields | None]:
    """The choice, and what is left of `toolConfig`."""
    config = read_optional(request, "toolConfig", dict)
    if config is None:
        return None, None
    calling = read_optional(config, "functionCallingConfig", dict)
    rest = {name: value for name, value in config.items() if name != "functionCallingConfig"} or None
    if calling is None:
        return None, rest
    try:
        return _parse_choice(calling), rest
    except DragomanError as error:
        raise error.under("toolConfig.functionCallingConfig") from None


def _parse_choice(calling: Fields) -> ToolChoice:
    word = read_optional(calling, "mode", str)
    mode = wire.CHOICE_BY_MODE.get((word or "AUTO").upper())
    if mode is None:
        raise invalid(f"This mode is not known here; use one of {', '.join(sorted(wire.CHOICE_BY_MODE))}.", "mode")
    rest = rest_of(calling, _CALLING_FIELDS) or {}
    names = read_optional(calling, "allowedFunctionNames", list)
    if names is not None and not all(type(name) is str for name in names):
        raise invalid("This field must be an array of strings.", "allowedFunctionNames")
    if word not in {"AUTO", "ANY", "NONE"}:
        rest["_mode"] = word
    return ToolChoice(mode, names, extras=own_extras(rest))
