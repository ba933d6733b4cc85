"""What follows a schema and what does not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dragoman.adapt.output.schema_check import find_fault

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name"],
    "additionalProperties": False,
}
TREE = {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}}}


@pytest.mark.parametrize(
    ("value", "schema", "fault"),
    [
        ({"name": "Ada", "age": 36}, PERSON, ""),
        ({"name": "Ada", "age": 36.0}, PERSON, ""),
        ({"age": 36}, PERSON, "the answer lacks 'name'"),
        ({"name": "Ada", "age": "36"}, PERSON, "the answer.age must be of type integer"),
        ({"name": "Ada", "age": True}, PERSON, "the answer.age must be of type integer"),
        ({"name": "Ada", "age": -1}, PERSON, "the answer.age must be at least 0"),
        ({"name": ""}, PERSON, "the answer.name must be at least so long: 1"),
        ({"name": "Ada", "x": 1}, PERSON, "the answer must not have 'x'"),
        ([PERSON], {"type": "array", "items": PERSON}, "the answer[0] lacks 'name'"),
        ([], {"minItems": 1}, "the answer must have at least so many items: 1"),
        ("b", {"enum": ["a"]}, "the answer must be one of ['a']"),
        (True, {"enum": [1]}, "the answer must be one of [1]"),
        (None, {"type": ["string", "null"]}, ""),
        (1, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, ""),
        (None, {"oneOf": [{"type": "string"}, {"type": "integer"}]}, "the answer must be of type string"),
        (5, {"allOf": [{"minimum": 1}, {"exclusiveMaximum": 5}]}, "the answer must be less than 5"),
        ({"next": {"next": 5}}, TREE, "the answer.next.next must be of type object"),
        ({"x": 1}, {"additionalProperties": {"type": "string"}}, "the answer.x must be of type string"),
        (1, {"$ref": "#/nowhere", "type": 5, "enum": 3, "required": "x"}, ""),
    ],
)
def test_the_first_fault_is_told_with_its_place(value: Any, schema: dict[str, Any], fault: str) -> None:
    assert find_fault(value, schema) == fault


def test_a_schema_that_branches_without_end_is_given_up() -> None:
    loop: dict[str, Any] = {
        "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}},
        "$ref": "#/$defs/a",
    }
    begun = time.process_time()
    find_fault(1, loop)
    assert time.process_time() - begun < 5
