"""The model's tools and choice to `tools` and `toolConfig`.

A tool that only another provider has makes the request unanswerable here: that is said, never left out in silence.
"""

from __future__ import annotations

from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.marks import Fields, plain_fields, read_marks, report_foreign_extras
from dragoman.dialects.gemini_generate.schema import to_openapi
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Request, ToolChoice


def emit_tools(request: Request, profile: Profile, losses: list[Loss]) -> list[Fields]:
    """Functions together in one object, each tool of Google's own in another."""
    declarations: list[Fields] = []
    others: list[Fields] = []
    for index, given in enumerate(request.tools or ()):
        path = f"tools[{index}]"
        tool = _bend_custom(given, path, losses) if isinstance(given, CustomTool) else given
        if isinstance(tool, FunctionTool):
            declarations.append(_emit_declaration(tool, path, profile, losses))
        elif tool.dialect == wire.NAME:
            others.append(tool.value)
        else:
            raise _unsupported(tool, path)
        if tool.cache is not None:
            losses.append(Loss("dropped", f"{path}.cache", "Gemini places cache breakpoints itself"))
    return [{"functionDeclarations": declarations}, *others] if declarations else others


def _unsupported(tool: ProviderTool, path: str) -> DragomanError:
    return DragomanError(
        Kind.UNSUPPORTED,
        f"The tool {tool.name[:64]!r} ({tool.kind[:64]}) is run by {tool.dialect} providers only; leave it out or choose "
        "a model of such a provider.",
        path=path,
    )


def _bend_custom(tool: CustomTool, path: str, losses: list[Loss]) -> FunctionTool:
    """A tool that takes free text becomes one with the single property `input`, as its calls in a history do."""
    losses.append(Loss("approximated", path, "free text is taken as the property `input`"))
    text: Fields = {"type": "string"}
    grammar = tool.format.get("definition") if tool.format else None
    if type(grammar) is str:
        text["description"] = f"Text that follows this grammar:\n{grammar}"
    schema = {"type": "object", "properties": {"input": text}, "required": ["input"]}
    return FunctionTool(tool.name, tool.description, schema, extras=tool.extras)


def _emit_declaration(tool: FunctionTool, path: str, profile: Profile, losses: list[Loss]) -> Fields:
    report_foreign_extras(tool.extras, path, losses)
    if tool.strict:
        losses.append(Loss("dropped", f"{path}.strict", "Gemini does not hold a tool's arguments to its schema"))
    fields: Fields = {"name": tool.name}
    if tool.description is not None:
        fields["description"] = tool.description
    if tool.extras is not None:
        fields.update(plain_fields(tool.extras))
    if tool.schema is None:
        return fields
    subset = read_marks(tool.extras).get("_parameters")
    if subset is not None:
        fields["parameters"] = subset
    elif profile.json_schema == "native":
        fields["parametersJsonSchema"] = tool.schema
    else:
        subset = to_openapi(tool.schema, f"{path}.schema", losses)
        if subset.get("type") != "OBJECT" or subset.get("properties"):
            fields["parameters"] = subset  # an object without properties is refused, none at all is taken
    return fields


def emit_tool_config(request: Request, losses: list[Loss]) -> Fields | None:
    """The choice among tools, beside what this dialect alone configures."""
    rest: Fields | None = read_marks(request.extras).get("toolConfig")
    if request.tool_choice is None:
        return rest
    return {**(rest or {}), "functionCallingConfig": _emit_choice(request.tool_choice, losses)}


def _emit_choice(choice: ToolChoice, losses: list[Loss]) -> Fields:
    """A list of allowed names goes with ANY or VALIDATED; AUTO does not take one."""
    report_foreign_extras(choice.extras, "tool_choice", losses)
    mode = "VALIDATED" if choice.mode == "auto" and choice.names else wire.MODE_BY_CHOICE[choice.mode]
    fields = {"mode": read_marks(choice.extras).get("_mode", mode)}
    if fields["mode"] is None:
        del fields["mode"]
    if choice.names is not None:
        fields["allowedFunctionNames"] = choice.names
    fields.update(plain_fields(choice.extras))
    return fields
