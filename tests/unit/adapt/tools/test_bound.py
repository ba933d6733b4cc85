"""A demanded call becomes the schema of an answer, and nothing else does."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.adapt.tools.bound import bind_call
from dragoman.model.content import Text
from dragoman.model.request import FunctionTool, JsonSchemaOutput, Request, ToolChoice, Turn

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [FunctionTool("get_weather", "The weather", CITY), FunctionTool("open_door")]
REQUEST = Request("m", [Turn("user", [Text("Hi")])], tools=[*TOOLS])


def demand(*names: str) -> Request:
    return msgspec.structs.replace(REQUEST, tool_choice=ToolChoice("required", list(names) or None))


def test_a_named_tool_is_the_only_thing_that_can_be_said() -> None:
    bound, plan = bind_call(demand("get_weather"))
    assert isinstance(bound.output, JsonSchemaOutput)
    assert bound.output.schema == {
        "type": "object",
        "properties": {"name": {"const": "get_weather"}, "arguments": CITY},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }
    assert (bound.tools, bound.tool_choice) == ([TOOLS[0]], ToolChoice("none"))
    assert plan is not None
    assert (plan.is_required, plan.is_single) == (True, True)


def test_any_tool_may_be_any_of_them() -> None:
    bound, plan = bind_call(demand())
    assert isinstance(bound.output, JsonSchemaOutput)
    assert bound.output.schema is not None
    assert [one["properties"]["name"]["const"] for one in bound.output.schema["anyOf"]] == ["get_weather", "open_door"]
    assert plan is not None
    assert len(plan.tools) == 2


@pytest.mark.parametrize(
    "request_",
    [
        REQUEST,
        msgspec.structs.replace(REQUEST, tool_choice=ToolChoice("auto")),
        msgspec.structs.replace(REQUEST, tool_choice=ToolChoice("none")),
        demand("nowhere"),
    ],
)
def test_where_no_call_is_demanded_nothing_changes(request_: Request) -> None:
    bound, plan = bind_call(request_)
    assert bound is request_
    assert plan is None
