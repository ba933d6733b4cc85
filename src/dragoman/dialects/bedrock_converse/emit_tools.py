"""The tools and the choice among them to `toolConfig`.

The API demands tools as soon as the conversation holds calls, and knows no way to forbid them; a tool that only another
provider has makes the request unanswerable here, which is said and never left out in silence.
"""

from __future__ import annotations

from dragoman.dialects.bedrock_converse import wire
from dragoman.dialects.bedrock_converse.emission import Emission
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import ToolCall
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Request, Tool
from dragoman.wire.json_read import Fields


def emit_tool_config(request: Request, emission: Emission, *, has_budget: bool) -> Fields | None:
    """The tools and the choice; None where there is nothing to choose from."""
    called = dict.fromkeys(
        part.name for turn in request.turns for part in turn.parts if isinstance(part, ToolCall) and part.name
    )
    tools = [entry for index, tool in enumerate(request.tools or ()) for entry in _emit_tool(tool, index, emission)]
    choice = request.tool_choice
    if choice is not None and choice.mode == "none" and tools:
        emission.lose("dropped" if called else "approximated", "tool_choice", "no tool is offered")
        emission.lose("dropped", "tools", "none may be called")
        tools = []
    if not tools and called:
        emission.lose("defaulted", "tools", "the API demands the tools that the conversation has called")
        tools = [_emit_spec(emission.tool_name(name, "tools"), {"inputSchema": _schema(None)}) for name in called]
    if not tools:
        return None
    config: Fields = {"tools": tools}
    if request.tools:
        chosen = _emit_choice(request, emission, has_budget=has_budget)
        if chosen is not None:
            config["toolChoice"] = chosen
    return config


def _emit_tool(tool: Tool, index: int, emission: Emission) -> list[Fields]:
    """A tool and, if it wants one, the cache point behind it."""
    mark = len(emission.losses)
    if isinstance(tool, CustomTool):
        entries = [_emit_custom(tool, emission)]
        emission.report_extras(tool.extras)
    elif isinstance(tool, FunctionTool):
        entries = [_emit_function(tool, emission), *emission.emit_cache(tool)]
        emission.report_extras(tool.extras)
    else:
        entries = [_emit_provider_tool(tool, index), *emission.emit_cache(tool)]
    emission.under(mark, f"tools[{index}]")
    return entries


def _emit_function(tool: FunctionTool, emission: Emission) -> Fields:
    fields: Fields = {"description": tool.description} if tool.description else {}
    fields["inputSchema"] = _schema(tool.schema)
    if tool.strict is not None:
        if emission.profile.structured_output:
            fields["strict"] = tool.strict
        elif tool.strict:
            emission.lose("dropped", "strict")
    return _emit_spec(emission.tool_name(tool.name), fields)


def _emit_custom(tool: CustomTool, emission: Emission) -> Fields:
    """A tool that takes free text becomes one with the single property `input`."""
    emission.lose("approximated", "", "free text is taken as the property `input`")
    text: Fields = {"type": "string"}
    grammar = tool.format.get("definition") if tool.format else None
    if type(grammar) is str:
        text["description"] = f"Text that follows this grammar:\n{grammar}"
    fields: Fields = {"description": tool.description} if tool.description else {}
    fields["inputSchema"] = _schema({"properties": {"input": text}, "required": ["input"]})
    return _emit_spec(emission.tool_name(tool.name), fields)


def _schema(schema: Fields | None) -> Fields:
    return {"json": {"type": "object", **(schema or {})}}


def _emit_spec(name: str, fields: Fields) -> Fields:
    return {"toolSpec": {"name": name, **fields}}


def _emit_provider_tool(tool: ProviderTool, index: int) -> Fields:
    if tool.dialect == wire.NAME:
        return tool.value
    raise DragomanError(
        Kind.UNSUPPORTED,
        f"The tool {tool.name[:64]!r} ({tool.kind[:64]}) is run by {tool.dialect} providers only; leave it out or choose "
        "a model of such a provider.",
        path=f"tools[{index}]",
    )


def _emit_choice(request: Request, emission: Emission, *, has_budget: bool) -> Fields | None:
    if request.parallel_tool_calls is False:
        emission.lose("dropped", "parallel_tool_calls", "the model calls several tools at once as it likes")
    choice = request.tool_choice
    if choice is None:
        return None
    emission.report_extras(choice.extras)
    if choice.mode == "required" and has_budget:
        emission.lose("approximated", "tool_choice", "with a budget for thinking no call can be forced")
        return {"auto": {}}
    if choice.names:
        if choice.mode == "required" and len(choice.names) == 1:
            return {"tool": {"name": emission.tool_name(choice.names[0], "tool_choice.names[0]")}}
        emission.lose("approximated", "tool_choice.names", "the choice cannot be limited to some of the tools")
    return {"any": {}} if choice.mode == "required" else {"auto": {}}
