"""JSON Schema ⇄ the OpenAPI subset that Gemini's `parameters` and `responseSchema` are written in.

`to_json_schema` reads the subset (upper-case types, `nullable`); nothing is lost on that way. `to_openapi` cleans a JSON
Schema for targets that know only the subset: `$ref` is inlined, `const` becomes an `enum`, type arrays become `nullable`
or `anyOf`, and each keyword that has no place is dropped with a `Loss` that names it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.model.loss import Loss

Fields = dict[str, Any]
Trail = tuple[str, ...]
"""The references that are being inlined: one that is met again inside itself is where a recursive schema is cut."""

MAX_LEVELS = 64
MAX_NODES = 10_000
"""References may lead into each other: what is inlined is bounded in depth and in number."""

_KEPT = frozenset(
    {
        "title",
        "description",
        "format",
        "default",
        "example",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minProperties",
        "maxProperties",
        "pattern",
        "required",
        "nullable",
        "propertyOrdering",
    }
)
_CONSUMED = frozenset({"type", "enum", "const", "properties", "items", "anyOf", "oneOf", "allOf", "$ref", "examples"})
_SILENT = frozenset({"$schema", "$id", "$defs", "definitions", "$comment", "$anchor"})
"""Keywords that say nothing about the value: what they define is inlined where it is used."""

_COUNTS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})


# -- reading the subset ----------------------------------------------------------------------------------------------


def to_json_schema(schema: Any) -> Any:
    """The same schema in JSON Schema's words."""
    if type(schema) is not dict:
        return schema
    result: Fields = {}
    for name, value in schema.items():
        if name == "type" and type(value) is str:
            result["type"] = value.lower()
        elif name in _COUNTS and type(value) is str and value.isdigit():
            result[name] = int(value)
        elif name == "properties" and type(value) is dict:
            result[name] = {key: to_json_schema(inner) for key, inner in value.items()}
        elif name in {"anyOf", "oneOf", "allOf"} and type(value) is list:
            result[name] = [to_json_schema(inner) for inner in value]
        elif name == "items":
            result[name] = to_json_schema(value)
        elif name == "example":
            result["examples"] = [value]
        elif name not in {"nullable", "propertyOrdering"}:
            result[name] = value
    return _nullable(result) if schema.get("nullable") is True else result


def _nullable(schema: Fields) -> Fields:
    if "enum" in schema and type(schema["enum"]) is list and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    if type(schema.get("type")) is str:
        schema["type"] = [schema["type"], "null"]
    elif type(schema.get("anyOf")) is list:
        schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    return schema


# -- writing the subset ----------------------------------------------------------------------------------------------


def to_openapi(schema: Fields, path: str, losses: list[Loss]) -> Fields:
    """The schema in the subset; `path` says where it stands, for the losses."""
    return _Cleaner(schema, losses).clean(schema, path, ())


class _Cleaner:
    """One schema being cleaned; `root` is what `$ref` points into."""

    def __init__(self, root: Fields, losses: list[Loss]) -> None:
        self._root = root
        self._losses = losses
        self._level = 0
        self._nodes = 0

    def clean(self, schema: Any, path: str, trail: Trail) -> Fields:
        """One schema node."""
        if type(schema) is not dict:
            if schema is not True:
                self._lose(path, "false")
            return {}
        self._nodes += 1
        if self._level == MAX_LEVELS or self._nodes > MAX_NODES:
            self._lose(path, "too large")
            return {}
        self._level += 1
        result = self._inline(schema, path, trail) if "$ref" in schema else self._rewrite(schema, path, trail)
        self._level -= 1
        return result

    def _rewrite(self, schema: Fields, path: str, trail: Trail) -> Fields:
        result = {name: value for name, value in schema.items() if name in _KEPT}
        for name in sorted(schema.keys() - _KEPT - _CONSUMED - _SILENT):
            self._lose(path, name)
        for name, rewrite in self._REWRITES.items():
            if name in schema:
                rewrite(self, schema[name], result, path, trail)
        return result

    def _inline(self, schema: Fields, path: str, trail: Trail) -> Fields:
        reference = schema["$ref"]
        target = self._resolve(reference)
        if target is None or reference in trail:
            self._lose(path, "$ref")
            return {}
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        return self.clean({**target, **beside}, path, (*trail, reference))

    def _resolve(self, reference: Any) -> Fields | None:
        if type(reference) is not str or not reference.startswith("#"):
            return None
        node: Any = self._root
        for step in reference[1:].split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            node = node.get(name) if type(node) is dict else None
        return node if type(node) is dict else None

    def _clean_type(self, value: Any, result: Fields, path: str, trail: Trail) -> None:
        if type(value) is str:
            result["type"] = value.upper()
            return
        if type(value) is not list:
            return
        names = [name for name in value if type(name) is str and name != "null"]
        if "null" in value:
            result["nullable"] = True
        if len(names) == 1:
            result["type"] = names[0].upper()
        elif names:
            result["anyOf"] = [{"type": name.upper()} for name in names]

    def _clean_enum(self, value: Any, result: Fields, path: str, trail: Trail) -> None:
        """An enum here is a list of strings; of anything else only the type can be told."""
        if type(value) is not list:
            return
        if None in value:
            result["nullable"] = True
            value = [item for item in value if item is not None]
        if not all(type(item) is str for item in value):
            self._lose(path, "enum")
        elif value:
            result["enum"] = value
            result.setdefault("type", "STRING")

    def _clean_const(self, value: Any, result: Fields, path: str, trail: Trail) -> None:
        self._clean_enum([value], result, path, trail)

    def _clean_properties(self, value: Any, result: Fields, path: str, trail: Trail) -> None:
        if type(value) is dict:
            result["properties"] = {
                name: self.clean(inner, f"{path}.properties.{name}", trail) for name, inner in value.items()
            }

    def _clean_items(self, value: Any, result: Fields, path: str, trail: Trail) -> None:
        if type(value) is list:
            self._lose(path, "items")
            value = value[0] if value else True
        result["items"] = self.clean(value, f"{path}.items", trail)

    def _clean_any(self, value: Any, result: Fields, path: str, trail: Trail) -> None:
        if type(value) is not list:
            return
        options = [inner for inner in value if not (type(inner) is dict and inner.get("type") == "null")]
        if len(options) < len(value):
            result["nullable"] = True
        cleaned = [self.clean(inner, f"{path}.anyOf[{index}]", trail) for index, inner in enumerate(options)]
        if len(cleaned) == 1:
            result.update(cleaned[0])
        elif cleaned:
            result["anyOf"] = cleaned

    def _clean_all(self, value: Any, result: Fields, path: str, trail: Trail) -> None:
        """All at once: the parts are laid over each other, properties and required names are added up."""
        if type(value) is not list:
            return
        for index, inner in enumerate(value):
            cleaned = self.clean(inner, f"{path}.allOf[{index}]", trail)
            properties = {**result.get("properties", {}), **cleaned.get("properties", {})}
            required = [*_list(result.get("required")), *_list(cleaned.get("required"))]
            result.update(cleaned)
            if properties:
                result["properties"] = properties
            if required:
                result["required"] = list(dict.fromkeys(name for name in required if type(name) is str))

    def _clean_examples(self, value: Any, result: Fields, path: str, trail: Trail) -> None:
        if type(value) is list and value:
            result["example"] = value[0]

    def _lose(self, path: str, keyword: str) -> None:
        self._losses.append(Loss("schema", path, keyword))

    _REWRITES: ClassVar[dict[str, Callable[[_Cleaner, Any, Fields, str, Trail], None]]] = {
        "type": _clean_type,
        "enum": _clean_enum,
        "const": _clean_const,
        "properties": _clean_properties,
        "items": _clean_items,
        "anyOf": _clean_any,
        "oneOf": _clean_any,
        "allOf": _clean_all,
        "examples": _clean_examples,
    }


def _list(value: Any) -> list[Any]:
    return value if type(value) is list else []
