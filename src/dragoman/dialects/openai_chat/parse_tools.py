"""Tools, the choice among them, the wished-for output format and the wish to think: the parts of a request that come
in several spellings. Where the model's own spelling would differ from the caller's, the caller's is remembered whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

from dragoman.dialects.openai_chat.marks import keep, own_fields, parse_cache, rest_of
from dragoman.dialects.openai_chat.parse_content import read_marks
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import Extras
from dragoman.model.request import (
    CustomTool,
    Effort,
    FunctionTool,
    JsonOutput,
    JsonSchemaOutput,
    OutputFormat,
    ProviderTool,
    ReasoningRequest,
    Tool,
    ToolChoice,
)
from dragoman.wire.json_read import Fields, read_optional, read_required, read_under, read_whole

EFFORTS: dict[str, Effort] = {effort: effort for effort in get_args(Effort)}
REASONING_FIELDS = ("reasoning_effort", "reasoning", "thinking")

_TOOL_FIELDS = frozenset({"type", "function", "custom"})
_FUNCTION_FIELDS = frozenset({"name", "description", "parameters", "strict"})
_MODES: dict[str, Literal["auto", "none", "required"]] = {
    "auto": "auto",
    "none": "none",
    "required": "required",
    "any": "required",  # Mistral's
}
_THINKING_MODES: dict[str, Literal["on", "off", "adaptive"]] = {
    "enabled": "on",
    "disabled": "off",
    "adaptive": "adaptive",
    "auto": "adaptive",
}

# -- tools -----------------------------------------------------------------------------------------------------------


def parse_tool(tool: Fields) -> Tool:
    """One entry of `tools`; a type that is not OpenAI's belongs to the provider that defines it."""
    kind = tool.get("type")
    if kind == "function" or (kind is None and "function" in tool):
        cache, extras = read_marks(tool, _TOOL_FIELDS)
        parsed = read_under(tool, "function", lambda function: _build_function(function, extras))
        if parsed is None:
            raise invalid("This field is required and must be an object.", "function")
        return parsed if cache is None else _with_cache(parsed, tool)
    if kind == "custom":
        custom = read_under(tool, "custom", _build_custom)
        if custom is None:
            raise invalid("This field is required and must be an object.", "custom")
        return custom
    if type(kind) is not str:
        raise invalid("This field is required and must be a string.", "type")
    name = tool.get("name")
    return ProviderTool(NAME, kind, name if type(name) is str else kind, tool, parse_cache(tool.get("cache_control")))


def parse_legacy_function(function: Fields) -> Tool:
    """One entry of the old `functions`."""
    return _build_function(function, keep({}, {"legacy": True}))


def _build_function(function: Fields, extras: Extras | None) -> FunctionTool:
    if left := rest_of(function, _FUNCTION_FIELDS):
        extras = {NAME: {**own_fields(extras), "function": left}}
    return FunctionTool(
        name=read_required(function, "name", str),
        description=read_optional(function, "description", str),
        schema=read_optional(function, "parameters", dict),
        strict=read_optional(function, "strict", bool),
        extras=extras,
    )


def _with_cache(tool: FunctionTool, wire: Fields) -> FunctionTool:
    cache = parse_cache(wire["cache_control"])
    return FunctionTool(tool.name, tool.description, tool.schema, tool.strict, cache, tool.extras)


def _build_custom(custom: Fields) -> CustomTool:
    """The model's `format` is flat; here a grammar's parts are wrapped once more."""
    form = read_optional(custom, "format", dict)
    if form is not None and type(form.get("grammar")) is dict:
        form = {**{name: value for name, value in form.items() if name != "grammar"}, **form["grammar"]}
    return CustomTool(read_required(custom, "name", str), read_optional(custom, "description", str), form)


# -- the choice ------------------------------------------------------------------------------------------------------


def parse_tool_choice(value: Any) -> ToolChoice:
    """A word, one named tool, or a list of allowed ones."""
    if type(value) is str:
        mode = _MODES.get(value)
        if mode is None:
            raise invalid(f"{value[:64]!r} is not known here; use one of {', '.join(sorted(_MODES))}.", "tool_choice")
        return ToolChoice(mode, extras=None if mode == value else _remember(value))
    if type(value) is not dict:
        raise invalid("This field must be a string or an object.", "tool_choice")
    try:
        return _parse_named(value)
    except DragomanError as error:
        raise error.under("tool_choice") from None


def parse_legacy_choice(value: Any) -> ToolChoice:
    """The old `function_call`: a word or a name."""
    if type(value) is dict:
        return ToolChoice("required", [read_required(value, "name", str)], _remember(value))
    choice = parse_tool_choice(value)
    return ToolChoice(choice.mode, extras=_remember(value))


def _parse_named(value: Fields) -> ToolChoice:
    if type(value.get("allowed_tools")) is dict:
        allowed = value["allowed_tools"]
        names = [_name_of(tool) for tool in read_required(allowed, "tools", list)]
        return ToolChoice("required" if allowed.get("mode") == "required" else "auto", names, _remember(value))
    return ToolChoice("required", [_name_of(value)], _remember(value))


def _name_of(tool: Any) -> str:
    """The name inside `{"function": {"name": …}}` or `{"custom": {"name": …}}`."""
    if type(tool) is dict:
        for kind in ("function", "custom"):
            inner = tool.get(kind)
            if type(inner) is dict:
                return read_required(inner, "name", str)
    raise invalid("A tool is named by a function or custom object that has a name.")


def _remember(value: Any) -> Extras | None:
    return keep({}, {"wire": value})


# -- the output ------------------------------------------------------------------------------------------------------


def parse_output(value: Fields) -> OutputFormat | None:
    """`response_format`; None for text and for formats that only their server knows."""
    read = _OUTPUTS.get(read_required(value, "type", str))
    return read(value) if read else None


def _read_json_object(value: Fields) -> OutputFormat:
    """Llama.cpp puts a schema beside the old type."""
    schema = value.get("schema")
    return JsonSchemaOutput(schema) if type(schema) is dict else JsonOutput()


def _read_json_schema(value: Fields) -> OutputFormat:
    parsed = read_under(value, "json_schema", _build_json_schema)
    if parsed is None:
        raise invalid("This field is required and must be an object.", "json_schema")
    return parsed


def _build_json_schema(value: Fields) -> JsonSchemaOutput:
    return JsonSchemaOutput(
        schema=read_optional(value, "schema", dict),
        name=read_optional(value, "name", str),
        description=read_optional(value, "description", str),
        strict=read_optional(value, "strict", bool),
    )


_OUTPUTS: dict[str, Callable[[Fields], OutputFormat]] = {
    "json_object": _read_json_object,
    "json_schema": _read_json_schema,
}

# -- thinking --------------------------------------------------------------------------------------------------------


def parse_reasoning(fields: Fields) -> ReasoningRequest | None:
    """The wish to think, out of whichever of `REASONING_FIELDS` are there. None where they say nothing we know."""
    effort = _read_effort(fields.get("reasoning_effort"))
    openrouter = read_under(fields, "reasoning", _read_openrouter)
    thinking = read_under(fields, "thinking", _read_thinking)
    found = openrouter or thinking
    if found is None:
        return ReasoningRequest(effort=effort) if effort else None
    return ReasoningRequest(found.mode, effort or found.effort, found.budget_tokens, found.display)


def _read_effort(value: Any) -> Effort | None:
    return EFFORTS.get(value) if type(value) is str else None


def _read_openrouter(value: Fields) -> ReasoningRequest:
    enabled = read_optional(value, "enabled", bool)
    return ReasoningRequest(
        mode=None if enabled is None else "on" if enabled else "off",
        effort=_read_effort(value.get("effort")),
        budget_tokens=read_whole(value, "max_tokens"),
        display="omitted" if read_optional(value, "exclude", bool) else None,
    )


def _read_thinking(value: Fields) -> ReasoningRequest:
    """Anthropic's switch, which DeepSeek, Z.ai and others took over."""
    kind = value.get("type")
    mode = _THINKING_MODES.get(kind) if type(kind) is str else None
    return ReasoningRequest(mode=mode, budget_tokens=read_whole(value, "budget_tokens"))
