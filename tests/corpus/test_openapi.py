"""The small judge finds what is wrong, where it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.corpus.openapi import Description

POINT = {
    "type": "object",
    "required": ["x"],
    "additionalProperties": False,
    "properties": {
        "x": {"type": "integer", "minimum": 1, "maximum": 9},
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 3, "nullable": True},
        "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {"type": ["string", "null"]}, "minItems": 1},
        "next": {"$ref": "#/schemas/Point"},
        "shape": {"oneOf": [{"$ref": "#/schemas/Circle"}, {"$ref": "#/schemas/Text"}, {"type": "number"}]},
    },
}
CIRCLE = {"type": "object", "required": ["radius"], "properties": {"type": {"const": "circle"}}}
TEXT = {"allOf": [{"type": "object"}, {"properties": {"type": {"enum": ["text"]}, "text": {"type": "string"}}}]}
DESCRIPTION = Description({"schemas": {"Point": POINT, "Circle": CIRCLE, "Text": TEXT}})


@pytest.mark.parametrize(
    "value",
    [
        {"x": 1},
        {"x": 9, "name": "abc", "kind": "a", "tags": ["t", None], "next": {"x": 2}},
        {"x": 1, "name": None, "shape": 1.5},
        {"x": 1, "shape": {"type": "circle", "radius": 1}},
        {"x": 1, "shape": {"type": "text", "text": ""}},
    ],
)
def test_what_fits_is_not_complained_of(value: Any) -> None:
    assert DESCRIPTION.complain(value, POINT) is None


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ([], ": list is not object"),
        ({}, ": x missing"),
        ({"x": True}, ".x: bool is not integer"),
        ({"x": 10}, ".x: 10.0 is out of bounds"),
        ({"x": 1, "y": 1}, ": y not allowed"),
        ({"x": 1, "name": "A"}, ".name: 'A' does not match ^[a-z]+$"),
        ({"x": 1, "name": "abcd"}, ".name: 4 is out of bounds"),
        ({"x": 1, "kind": "c"}, ".kind: 'c' is not among the values"),
        ({"x": 1, "tags": []}, ".tags: 0 is out of bounds"),
        ({"x": 1, "tags": ["t", 1]}, ".tags[1]: int is not string or null"),
        ({"x": 1, "next": {"x": 1, "next": {}}}, ".next.next: x missing"),
        ({"x": 1, "shape": {"type": "circle"}}, ".shape: radius missing"),
        ({"x": 1, "shape": {"type": "text", "text": 1}}, ".shape.text: int is not string"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(value: Any, complaint: str) -> None:
    assert DESCRIPTION.complain(value, POINT) == complaint
