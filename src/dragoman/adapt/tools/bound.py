"""A call that is demanded of a model whose words can be bound to a schema: it writes a call because it can write nothing
else, however weak it is.

The tools stay in the request, for the model is to know them; the demand becomes the schema of its answer, which is an
object with the name of a tool and arguments that fit it. The answer's text is read as in any other form of calls.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.adapt.tools.forms import FORMS
from dragoman.adapt.tools.prompt import ToolPlan
from dragoman.adapt.tools.signatures import schema_of
from dragoman.model.request import FunctionTool, JsonSchemaOutput, Request, ToolChoice

SCHEMA_NAME = "call"
_FORM = FORMS["llama_json"]  # one whose calls are objects without a mark


def bind_call(request: Request) -> tuple[Request, ToolPlan | None]:
    """The request with its answer bound to a call, and the plan for reading it; as it is where none is demanded."""
    choice = request.tool_choice
    if choice is None or choice.mode != "required":
        return request, None
    tools = [tool for tool in request.tools or () if not choice.names or getattr(tool, "name", "") in choice.names]
    if not tools or not all(isinstance(tool, FunctionTool) for tool in tools):
        return request, None
    functions = [tool for tool in tools if isinstance(tool, FunctionTool)]
    calls = [_describe_call(tool) for tool in functions]
    bound = msgspec.structs.replace(
        request,
        tools=functions,
        tool_choice=ToolChoice("none"),
        parallel_tool_calls=None,
        output=JsonSchemaOutput(calls[0] if len(calls) == 1 else {"anyOf": calls}, SCHEMA_NAME, strict=True),
    )
    return bound, ToolPlan(_FORM, [*functions], [], is_required=True, is_single=True)


def _describe_call(tool: FunctionTool) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"const": tool.name}, "arguments": schema_of(tool)},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }
