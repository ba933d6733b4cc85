"""Arguments that a tool could be called with, made from its schema: models imitate what they see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dragoman.adapt.tools.coerce import find_reference
from dragoman.adapt.tools.toolbox import TEXT
from dragoman.model.request import CustomTool, FunctionTool

MAX_DEPTH = 4
MAX_OPTIONAL = 1

_PLAIN: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def build_example(tool: FunctionTool | CustomTool) -> dict[str, Any]:
    """All that is required, or something where nothing is."""
    if isinstance(tool, CustomTool):
        return {TEXT: "…"}
    schema = tool.schema or {}
    made = _build_object(schema, schema, 0)
    return made if isinstance(made, dict) else {}


def _build(name: str, schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return "…"
    if isinstance(schema.get("$ref"), str):
        return _build(name, find_reference(schema["$ref"], root), root, depth + 1)
    for word in ("const", "default", "example"):
        if schema.get(word) is not None:
            return schema[word]
    for word in ("enum", "examples"):
        values = schema.get(word)
        if isinstance(values, list) and values:
            return values[0]
    for word in ("anyOf", "oneOf", "allOf"):
        options = schema.get(word)
        if isinstance(options, list) and options:
            return _build(name, options[0], root, depth + 1)
    return _build_by_type(name, schema, root, depth)


def _build_by_type(name: str, schema: dict[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0] if kind else "string"
    if kind == "object" or "properties" in schema:
        return _build_object(schema, root, depth)
    if kind == "array":
        return [_build(name, schema.get("items"), root, depth + 1)]
    return _PLAIN.get(str(kind), f"the {name.replace('_', ' ')}" if name else "…")


def _build_object(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Any:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    required = schema.get("required")
    names = [name for name in required if name in properties] if isinstance(required, list) else []
    names = names or list(properties)[:MAX_OPTIONAL]
    return {name: _build(name, properties[name], root, depth + 1) for name in names}
