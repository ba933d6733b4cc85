"""What of a JSON schema is seen by families that are shown it in another form than JSON (a list of types)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

MAX_SCHEMAS = 20_000
"""Schemas inside one schema that are looked at."""


class SchemaShape(msgspec.Struct):
    """How much there is in a schema: descriptions, properties, those of them that may be missing, schemas below others
    in another way than as properties, and values to choose from."""

    descriptions: list[str] = []
    properties: int = 0
    optional: int = 0
    nested: int = 0
    choices: int = 0


def measure_schema(schema: dict[str, Any]) -> SchemaShape:
    """The shape of a schema with all that is in it."""
    shape = SchemaShape()
    left: list[Any] = [schema]
    for _ in range(MAX_SCHEMAS):
        if not left:
            break
        one = left.pop()
        if not isinstance(one, dict):
            continue
        if isinstance(one.get("description"), str):
            shape.descriptions.append(one["description"])
        if isinstance(one.get("enum"), list):
            shape.choices += len(one["enum"])
        properties = one.get("properties")
        if isinstance(properties, dict):
            required = one.get("required")
            shape.properties += len(properties)
            shape.optional += (
                sum(name not in required for name in properties) if isinstance(required, list) else len(properties)
            )
            left += properties.values()
        nested = list(_list_nested(one))
        shape.nested += len(nested)
        left += nested
    return shape


def _list_nested(schema: dict[str, Any]) -> Iterator[Any]:
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield schema[name]
    for name in ("anyOf", "oneOf", "allOf"):
        if isinstance(schema.get(name), list):
            yield from schema[name]
    for name in ("$defs", "definitions"):
        if isinstance(schema.get(name), dict):
            yield from schema[name].values()
