"""Tools, the choice among them, and the format of the answer."""

from __future__ import annotations

from typing import Any, Literal

from dragoman.dialects.ai_sdk_gateway.options import Options
from dragoman.dialects.ai_sdk_gateway.provider_tools import build_provider_tool
from dragoman.errors import invalid
from dragoman.model.request import (
    CustomTool,
    FunctionTool,
    JsonOutput,
    JsonSchemaOutput,
    OutputFormat,
    Tool,
    ToolChoice,
)
from dragoman.wire.json_read import Fields, read_optional, read_required, require_one_of, rest_of

CUSTOM_TOOL = "openai.custom"

_MODES: dict[str, Literal["auto", "none", "required"]] = {"auto": "auto", "none": "none", "required": "required"}
_FUNCTION_FIELDS = frozenset({"type", "name", "description", "inputSchema", "strict", "providerOptions"})


def parse_tool(tool: Fields) -> Tool:
    """A tool of the caller's own, or one that a provider defines: of the latter, OpenAI's free-text tool has a word."""
    kind = read_required(tool, "type", str)
    if kind == "function":
        return _parse_function(tool)
    if kind not in {"provider", "provider-defined"}:
        raise invalid(f"{kind[:64]!r} is not known here; use function or provider.", "type")
    name, id = read_required(tool, "name", str), read_required(tool, "id", str)
    arguments = read_optional(tool, "args", dict) or {}
    if id != CUSTOM_TOOL:
        return build_provider_tool(tool, id, name, arguments)
    return CustomTool(name, read_optional(arguments, "description", str), read_optional(arguments, "format", dict))


def _parse_function(tool: Fields) -> Tool:
    options = Options(tool)
    cache = options.take_cache()
    return FunctionTool(
        name=read_required(tool, "name", str),
        description=read_optional(tool, "description", str),
        schema=read_optional(tool, "inputSchema", dict),
        strict=read_optional(tool, "strict", bool),
        cache=cache,
        extras=options.extras(rest=rest_of(tool, _FUNCTION_FIELDS)),
    )


def parse_tool_choice(choice: Fields) -> ToolChoice:
    """One of three words, or the name of one tool."""
    kind = read_required(choice, "type", str)
    if kind == "tool":
        return ToolChoice("required", [read_required(choice, "toolName", str)])
    mode = _MODES.get(kind)
    if mode is None:
        raise invalid(f"{kind[:64]!r} is not known here; use auto, none, required or tool.", "type")
    return ToolChoice(mode)


def parse_output(wanted: Fields, strict: Any = None) -> OutputFormat | None:
    """`responseFormat`; None for text. `strict` is OpenAI's option."""
    kind = read_required(wanted, "type", str)
    require_one_of(kind, ("text", "json"), "type")
    if kind == "text":
        return None
    schema = read_optional(wanted, "schema", dict)
    if schema is None:
        return JsonOutput()
    return JsonSchemaOutput(
        schema,
        name=read_optional(wanted, "name", str),
        description=read_optional(wanted, "description", str),
        strict=strict if type(strict) is bool else None,
    )
