"""Examples follow their schema."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.adapt.tools.examples import build_example
from dragoman.model.request import CustomTool, FunctionTool


def tool(*required: str, **properties: Any) -> FunctionTool:
    return FunctionTool("f", schema={"type": "object", "properties": properties, "required": list(required)})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "the big name"),
        ({"type": "integer"}, 1),
        ({"type": ["boolean", "null"]}, True),
        ({"enum": ["a", "b"]}, "a"),
        ({"default": 7}, 7),
        ({"examples": ["x"]}, "x"),
        ({"anyOf": [{"type": "number"}]}, 1.5),
        ({"type": "array", "items": {"const": "k"}}, ["k"]),
        ({"type": "object", "properties": {"x": {"type": "integer"}}}, {"x": 1}),
        ({"$ref": "#/properties/other"}, 3),
        (True, "…"),
    ],
)
def test_an_argument_has_the_type_that_is_wanted(schema: Any, value: Any) -> None:
    assert build_example(tool("big_name", big_name=schema, other={"const": 3})) == {"big_name": value}


def test_what_is_not_required_is_left_out_unless_nothing_is() -> None:
    assert build_example(tool("a", a={"const": 1}, b={"const": 2})) == {"a": 1}
    assert build_example(tool(a={"const": 1}, b={"const": 2})) == {"a": 1}
    assert build_example(FunctionTool("f")) == {}
    assert build_example(CustomTool("f")) == {"input": "…"}


def test_a_schema_that_contains_itself_comes_to_an_end() -> None:
    loop = {"type": "object", "properties": {"x": {"$ref": "#/properties/x"}}, "required": ["x"]}
    assert build_example(FunctionTool("f", schema=loop)) == {"x": "…"}
