"""Whether a value follows a JSON schema, as far as the keywords go that APIs for structured output allow.

`pattern` and `format` are not looked at: expressions of strangers can take for ever. What is not known is no fault.
Invariant: a check takes no more than `MAX_STEPS` steps, whatever the schema, and goes no deeper than `MAX_DEPTH`; beyond them
it finds no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

MAX_STEPS = 20_000
MAX_DEPTH = 64

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: type(value) is int or (type(value) is float and value.is_integer()),
    "number": lambda value: type(value) in {int, float},
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_LIMITS: tuple[tuple[str, type, Callable[[Any, Any], bool], str], ...] = (
    ("minimum", float, lambda value, limit: value >= limit, "must be at least"),
    ("maximum", float, lambda value, limit: value <= limit, "must be at most"),
    ("exclusiveMinimum", float, lambda value, limit: value > limit, "must be more than"),
    ("exclusiveMaximum", float, lambda value, limit: value < limit, "must be less than"),
    ("minLength", str, lambda value, limit: len(value) >= limit, "must be at least so long:"),
    ("maxLength", str, lambda value, limit: len(value) <= limit, "must be at most so long:"),
    ("minItems", list, lambda value, limit: len(value) >= limit, "must have at least so many items:"),
    ("maxItems", list, lambda value, limit: len(value) <= limit, "must have at most so many items:"),
)


def find_fault(value: Any, schema: dict[str, Any]) -> str:
    """The first thing that is wrong, with its place, for a model to read; empty if nothing is."""
    return next(_Check(schema).find(value, schema, "the answer"), "")


class _Check:
    """One check: the schema that references lead into, and the steps that are left."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._steps = MAX_STEPS

    def find(self, value: Any, schema: Any, path: str, depth: int = 0) -> Iterator[str]:
        """All faults, the outer ones first."""
        self._steps -= 1
        depth += 1
        if not isinstance(schema, dict) or self._steps < 0 or depth > MAX_DEPTH:
            return
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield from self.find(value, self._follow(reference), path, depth)
        yield from _find_plain(value, schema, path)
        yield from self._find_choice(value, schema, path, depth)
        if isinstance(value, dict):
            yield from self._find_in_object(value, schema, path, depth)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.find(item, schema.get("items"), f"{path}[{index}]", depth)

    def _follow(self, reference: str) -> Any:
        found: Any = self._root
        for step in reference.removeprefix("#").split("/"):
            if step:
                found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found

    def _find_choice(self, value: Any, schema: dict[str, Any], path: str, depth: int) -> Iterator[str]:
        for word in ("anyOf", "oneOf"):
            options = schema.get(word)
            if isinstance(options, list) and options:
                faults = [next(self.find(value, option, path, depth), "") for option in options]
                if all(faults):
                    yield faults[0]
        options = schema.get("allOf")
        for option in options if isinstance(options, list) else ():
            yield from self.find(value, option, path, depth)

    def _find_in_object(self, value: dict[str, Any], schema: dict[str, Any], path: str, depth: int) -> Iterator[str]:
        properties = schema.get("properties")
        known = properties if isinstance(properties, dict) else {}
        required = schema.get("required")
        for name in required if isinstance(required, list) else ():
            if name not in value:
                yield f"{path} lacks {name!r}"
        rest = schema.get("additionalProperties")
        for name, inner in value.items():
            if name in known:
                yield from self.find(inner, known[name], f"{path}.{name}", depth)
            elif rest is False:
                yield f"{path} must not have {name!r}"
            else:
                yield from self.find(inner, rest, f"{path}.{name}", depth)


def _find_plain(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    kinds = schema.get("type")
    names = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
    known = [name for name in names if isinstance(name, str) and name in _TYPES]
    if known and not any(_TYPES[name](value) for name in known):
        yield f"{path} must be of type {' or '.join(known)}"
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if isinstance(values, list) and not any(value == one and type(value) is type(one) for one in values):
        yield f"{path} must be one of {values!r}"[:400]
    for word, kind, holds, complaint in _LIMITS:
        limit = schema.get(word)
        fits = _TYPES["number"](value) if kind is float else isinstance(value, kind)
        if fits and _TYPES["number"](limit) and not holds(value, limit):
            yield f"{path} {complaint} {limit}"
