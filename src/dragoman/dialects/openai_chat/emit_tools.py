"""Tools, the choice among them, the output format and the wish to think, in this dialect's words.

What the caller wrote in this dialect comes out as it was written, as long as it still means what the request says.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_chat.marks import form_of
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.dialects.openai_chat.parse_tools import parse_output, parse_reasoning
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import Profile
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
from dragoman.wire.json_read import Fields

# -- tools -----------------------------------------------------------------------------------------------------------


def emit_tool(tool: Tool, outlet: Outlet, path: str) -> Fields:
    """One entry of `tools`. A tool that only another provider has cannot be done without, so it is refused."""
    if isinstance(tool, FunctionTool):
        wire: Fields = {"type": "function", "function": emit_function(tool)}
        return outlet.put_marks(wire, tool.cache, tool.extras, path)
    if isinstance(tool, CustomTool):
        wire = {"type": "custom", "custom": _emit_custom(tool)}
        return outlet.put_marks(wire, None, tool.extras, path)
    if tool.dialect == NAME:
        return tool.value
    raise _foreign_tool(tool, path)


def emit_function(tool: FunctionTool) -> Fields:
    """A function without its wrapping, as the legacy `functions` have it."""
    function: Fields = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    if tool.schema is not None:
        function["parameters"] = tool.schema
    if tool.strict is not None:
        function["strict"] = tool.strict
    return function


def is_legacy_tool(tool: Tool) -> bool:
    """Whether the tool stood in `functions`."""
    return isinstance(tool, FunctionTool) and "legacy" in form_of(tool.extras)


def _emit_custom(tool: CustomTool) -> Fields:
    custom: Fields = {"name": tool.name}
    if tool.description is not None:
        custom["description"] = tool.description
    if tool.format is not None:
        custom["format"] = _wrap_grammar(tool.format)
    return custom


def _wrap_grammar(form: Fields) -> Fields:
    """A grammar's parts stand in an object of their own here."""
    if form.get("type") != "grammar" or "definition" not in form:
        return form
    return {"type": "grammar", "grammar": {name: value for name, value in form.items() if name != "type"}}


def _foreign_tool(tool: ProviderTool, path: str) -> DragomanError:
    return DragomanError(
        Kind.UNSUPPORTED,
        f"The tool {tool.name!r} ({tool.kind}) is one that only {tool.dialect} providers run; "
        "leave it out or choose a model of such a provider.",
        path=path,
    )


# -- the choice ------------------------------------------------------------------------------------------------------


def emit_tool_choice(choice: ToolChoice, tools: list[Tool] | None) -> Any:
    """A word, one name, or a list of names."""
    remembered = form_of(choice.extras).get("wire")
    if remembered is not None:
        return remembered
    if not choice.names or choice.mode == "none":
        return choice.mode
    custom = {tool.name for tool in tools or [] if isinstance(tool, CustomTool)}
    named = [_emit_name(name, name in custom) for name in choice.names]
    if choice.mode == "required" and len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "allowed_tools": {"mode": choice.mode, "tools": named}}


def _emit_name(name: str, is_custom: bool) -> Fields:
    kind = "custom" if is_custom else "function"
    return {"type": kind, kind: {"name": name}}


# -- the output ------------------------------------------------------------------------------------------------------


def emit_output(output: OutputFormat | None, remembered: Fields | None) -> Fields | None:
    """`response_format`. A schema needs a name here, and any will do."""
    if remembered is not None and parse_output(remembered) == output:
        return remembered
    if output is None:
        return None
    if isinstance(output, JsonOutput):
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": _emit_schema(output)}


def _emit_schema(output: JsonSchemaOutput) -> Fields:
    schema: Fields = {"name": output.name or "response"}
    if output.description is not None:
        schema["description"] = output.description
    if output.schema is not None:
        schema["schema"] = output.schema
    if output.strict is not None:
        schema["strict"] = output.strict
    return schema


# -- thinking --------------------------------------------------------------------------------------------------------


def emit_reasoning(wish: ReasoningRequest, remembered: Fields | None, outlet: Outlet) -> Fields:
    """The fields that say how much to think, in the form that the target knows."""
    if remembered is not None and parse_reasoning(remembered) == wish:
        return remembered
    form = outlet.profile.reasoning_request
    if wish.encrypted:
        outlet.lose("reasoning.encrypted")
    if wish.summary is not None:
        outlet.lose("reasoning.summary")
    if wish.display in {"omitted", "summary"} and not (form == "reasoning" and wish.display == "omitted"):
        outlet.lose("reasoning.display")
    if form == "reasoning":
        return {"reasoning": _emit_openrouter(wish)}
    if form == "thinking":
        return _emit_thinking(wish, outlet)
    if form == "none":
        if wish.mode != "off" and wish.effort != "none":
            outlet.lose("reasoning", "The target takes no wish to think.")
        return {}
    effort = choose_effort(wish, outlet)
    return {"reasoning_effort": effort} if effort is not None else {}


def choose_effort(wish: ReasoningRequest, outlet: Outlet) -> Effort | None:
    """The wish as one word. None leaves it to the model."""
    if wish.mode == "off":
        return "none"
    if wish.budget_tokens is not None:
        outlet.lose("reasoning.budget_tokens", "A budget is told as an effort.", "approximated")
    if wish.effort is not None:
        return wish.effort
    if wish.budget_tokens is not None:
        return _nearest_effort(wish.budget_tokens, outlet.profile)
    return "medium" if wish.mode == "on" else None


def _nearest_effort(budget: int, profile: Profile) -> Effort:
    return min(profile.effort_budgets, key=lambda effort: abs(profile.effort_budgets[effort] - budget))


def _emit_openrouter(wish: ReasoningRequest) -> Fields:
    fields: Fields = {}
    if wish.budget_tokens is not None:
        fields["max_tokens"] = wish.budget_tokens
    elif wish.effort is not None:
        fields["effort"] = wish.effort
    if not fields or wish.mode == "off":
        fields["enabled"] = wish.mode != "off"
    if wish.display == "omitted":
        fields["exclude"] = True
    return fields


def _emit_thinking(wish: ReasoningRequest, outlet: Outlet) -> Fields:
    if wish.mode == "off" or wish.effort == "none":
        return {"thinking": {"type": "disabled"}}
    fields: Fields = {} if wish.mode == "adaptive" else {"thinking": {"type": "enabled"}}
    if wish.effort is not None or wish.budget_tokens is not None:
        fields["reasoning_effort"] = choose_effort(wish, outlet)
    return fields
