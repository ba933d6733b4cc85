"""What is seen of a JSON schema."""

from __future__ import annotations

from typing import Any

from dragoman.adapt.counting.schema_shape import MAX_SCHEMAS, SchemaShape, measure_schema


def test_everything_in_a_schema_is_counted_once() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "description": "a voyage",
        "required": ["from"],
        "properties": {
            "from": {"type": "string", "description": "a port"},
            "by": {"enum": ["sea", "land"]},
            "stops": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        },
        "$defs": {"port": {"type": "object", "properties": {"name": {}}}},
    }
    shape = measure_schema(schema)
    assert sorted(shape.descriptions) == ["a port", "a voyage"]
    assert (shape.properties, shape.optional, shape.nested, shape.choices) == (4, 3, 4, 2)


def test_a_schema_that_is_none_is_taken_as_it_is() -> None:
    odd = {"properties": [], "required": 3, "items": [], "anyOf": {}, "$defs": None, "enum": "x", "description": 5}
    assert measure_schema(odd) == SchemaShape()


def test_of_a_huge_schema_a_bounded_part_is_looked_at() -> None:
    schema = {"anyOf": [{"description": "x"}] * (MAX_SCHEMAS * 2)}
    assert len(measure_schema(schema).descriptions) < MAX_SCHEMAS
