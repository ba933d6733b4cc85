"""Tools and the choice among them."""

from __future__ import annotations

from typing import assert_never

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.emission import Emission
from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import Profile
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Request, Tool
from dragoman.wire.json_read import Fields


def emit_tools(tools: list[Tool], profile: Profile, emission: Emission) -> list[Fields]:
    """The tools, in their order. One that only another provider has cannot be left out: the caller counts on it."""
    emitted: list[Fields] = []
    for index, tool in enumerate(tools):
        mark = len(emission.losses)
        match tool:
            case FunctionTool():
                emitted.append(_emit_function(tool, profile, emission))
            case CustomTool():
                emitted.append(_emit_custom(tool, emission))
            case ProviderTool():
                emitted.append(_emit_provider_tool(tool, emission, index))
            case _:
                assert_never(tool)
        emission.under(mark, f"tools[{index}]")
    return emitted


def _emit_function(tool: FunctionTool, profile: Profile, emission: Emission) -> Fields:
    fields: Fields = {"name": emission.tool_name(tool.name)}
    if tool.description is not None:
        fields["description"] = tool.description
    schema = tool.schema or {}
    fields["input_schema"] = schema if "type" in schema else {"type": "object", **schema}
    if tool.strict is not None:
        if profile.structured_output:
            fields["strict"] = tool.strict
        elif tool.strict:
            emission.lose("dropped", "strict")
    if tool.cache is not None or tool.extras is not None:
        emission.decorate(fields, tool)
    return fields


def _emit_custom(tool: CustomTool, emission: Emission) -> Fields:
    """A tool that takes free text becomes one with the single property `input`."""
    emission.lose("approximated", "", "free text is taken as the property `input`")
    text: Fields = {"type": "string"}
    definition = tool.format.get("definition") if tool.format else None
    if type(definition) is str:
        text["description"] = f"Text that follows this grammar:\n{definition}"
    fields: Fields = {"name": emission.tool_name(tool.name)}
    if tool.description is not None:
        fields["description"] = tool.description
    fields["input_schema"] = {"type": "object", "properties": {"input": text}, "required": ["input"]}
    if tool.extras is not None:
        emission.spill(fields, tool.extras)
    return fields


def _emit_provider_tool(tool: ProviderTool, emission: Emission, index: int) -> Fields:
    if tool.dialect != wire.NAME:
        raise DragomanError(
            Kind.UNSUPPORTED,
            f"The tool {tool.name[:64]!r} ({tool.kind[:64]}) is run by {tool.dialect} providers only; leave it out or "
            "choose a model of such a provider.",
            path=f"tools[{index}]",
        )
    if tool.cache is not None:
        emission.marked.append(0)
    return tool.value


def emit_tool_choice(request: Request, has_budget: bool, emission: Emission) -> Fields | None:
    """How the model may choose, parallel calls included. The API takes a choice only together with tools."""
    choice = request.tool_choice
    if not request.tools:
        if choice is not None and choice.mode == "required":
            emission.lose("dropped", "tool_choice", "there are no tools to choose from")
        return None
    parallel = request.parallel_tool_calls
    if choice is None:
        return {"type": "auto", "disable_parallel_tool_use": True} if parallel is False else None
    fields: Fields = {"type": wire.WIRE_BY_CHOICE[choice.mode]}
    if choice.mode == "required" and has_budget:
        emission.lose("approximated", "tool_choice", "with a budget for thinking no call can be forced")
        fields["type"] = "auto"
    elif choice.names:
        if choice.mode == "required" and len(choice.names) == 1:
            fields = {"type": "tool", "name": emission.tool_name(choice.names[0], "tool_choice.names[0]")}
        else:
            emission.lose("approximated", "tool_choice.names", "the choice cannot be limited to some of the tools")
    if parallel is not None and fields["type"] != "none":
        fields["disable_parallel_tool_use"] = not parallel
    if choice.extras is not None:
        emission.spill(fields, choice.extras)
    return fields
