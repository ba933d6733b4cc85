"""The OpenAPI subset, read and written."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.gemini_generate.schema import MAX_NODES, to_json_schema, to_openapi
from dragoman.model.loss import Loss


def clean(schema: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    losses: list[Loss] = []
    cleaned = to_openapi(schema, "schema", losses)
    assert all(loss.code == "schema" for loss in losses)
    return cleaned, [(loss.path, loss.detail) for loss in losses]


def test_the_subset_is_read_as_json_schema() -> None:
    subset = {
        "type": "OBJECT",
        "properties": {
            "city": {"type": "STRING", "minLength": "1", "nullable": True, "example": "Paris"},
            "mood": {"type": "STRING", "enum": ["good"], "nullable": True},
            "any": {"anyOf": [{"type": "INTEGER"}, {"type": "ARRAY", "items": {"type": "NUMBER"}}], "nullable": True},
        },
        "propertyOrdering": ["city"],
    }
    assert to_json_schema(subset) == {
        "type": "object",
        "properties": {
            "city": {"type": ["string", "null"], "minLength": 1, "examples": ["Paris"]},
            "mood": {"type": ["string", "null"], "enum": ["good", None]},
            "any": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "number"}}, {"type": "null"}]},
        },
    }


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
        ({"const": "a"}, {"enum": ["a"], "type": "STRING"}),
        ({"enum": ["a", None]}, {"enum": ["a"], "type": "STRING", "nullable": True}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "STRING", "nullable": True}),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, {"anyOf": [{"type": "STRING"}, {"type": "OBJECT"}]}),
        (
            {"allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}, "required": ["b"]}]},
            {"properties": {"a": {}, "b": {}}, "required": ["a", "b"]},
        ),
        ({"type": "array", "items": {"type": "integer", "minimum": 1}}, None),
        ({"examples": ["x", "y"]}, {"example": "x"}),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "string"}, {"type": "STRING"}),
    ],
)
def test_what_has_another_form_here_is_no_loss(schema: dict[str, Any], expected: dict[str, Any] | None) -> None:
    cleaned, losses = clean(schema)
    assert cleaned == (expected or {"type": "ARRAY", "items": {"type": "INTEGER", "minimum": 1}})
    assert losses == []


@pytest.mark.parametrize(
    "keyword", ["additionalProperties", "propertyNames", "exclusiveMinimum", "multipleOf", "patternProperties", "not"]
)
def test_a_keyword_without_a_place_is_dropped_and_named(keyword: str) -> None:
    cleaned, losses = clean({"type": "object", "properties": {"a": {"type": "integer", keyword: {}}}})
    assert cleaned == {"type": "OBJECT", "properties": {"a": {"type": "INTEGER"}}}
    assert losses == [("schema.properties.a", keyword)]


def test_what_cannot_be_said_of_numbers_and_tuples_is_a_loss() -> None:
    assert clean({"enum": [1, 2]}) == ({}, [("schema", "enum")])
    assert clean({"items": [{"type": "string"}, {}]}) == ({"items": {"type": "STRING"}}, [("schema", "items")])
    assert clean({"properties": {"a": False}}) == ({"properties": {"a": {}}}, [("schema.properties.a", "false")])


def test_references_are_inlined() -> None:
    schema = {
        "properties": {"a": {"$ref": "#/$defs/city", "description": "Where"}, "b": {"$ref": "#/$defs/a~1b"}},
        "$defs": {"city": {"type": "string"}, "a/b": {"type": "integer"}},
    }
    assert clean(schema) == (
        {"properties": {"a": {"type": "STRING", "description": "Where"}, "b": {"type": "INTEGER"}}},
        [],
    )


def test_a_recursive_schema_is_cut_where_it_meets_itself() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#/$defs/tree"}}}
    cleaned, losses = clean({"$ref": "#/$defs/tree", "$defs": {"tree": tree}})
    assert cleaned == {"type": "OBJECT", "properties": {"child": {}}}
    assert losses == [("schema.properties.child", "$ref")]


def test_references_that_double_at_every_step_end_in_time() -> None:
    definitions: dict[str, Any] = {
        f"d{level}": {"properties": {side: {"$ref": f"#/$defs/d{level + 1}"} for side in ("left", "right")}}
        for level in range(40)
    }
    _, losses = clean({"$ref": "#/$defs/d0", "$defs": definitions})
    assert 0 < len(losses) < MAX_NODES


def test_a_reference_to_nowhere_is_a_loss() -> None:
    assert clean({"$ref": "https://example.com/schema"}) == ({}, [("schema", "$ref")])
    assert clean({"$ref": "#/$defs/none"}) == ({}, [("schema", "$ref")])
