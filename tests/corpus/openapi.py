"""A small judge of JSON by an OpenAPI schema: as much of JSON Schema as the makers' descriptions use of requests.

`oneOf` is read as `anyOf`: the descriptions overlap. Formats are not checked. Of a union the complaint of the member
that agrees with the `type` of the value is told, for that is the one that was meant.
Descriptions are found in the folder that `DRAGOMAN_SPECS` names.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest

DEFAULT = Path(__file__).parents[2].parent / "shared" / "specs"

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class Description:
    """One API's schemas."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    def complain(self, value: Any, schema: Any, path: str = "") -> str | None:
        """The first thing that is wrong; None where nothing is."""
        if schema is True or schema == {}:
            return None
        if "$ref" in schema:
            return self.complain(value, self.find(schema["$ref"]), path)
        if value is None and schema.get("nullable"):
            return None
        for word, check in self.CHECKS.items():
            if word in schema and (complaint := check(self, value, schema, path)):
                return complaint
        return None

    def find(self, reference: str) -> Any:
        """What a reference inside the description means."""
        node: Any = self._root
        for name in reference.removeprefix("#/").split("/"):
            node = node[name]
        return node

    def _check_type(self, value: Any, schema: Any, path: str) -> str | None:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if isinstance(value, bool):
            fits = "boolean" in names
        else:
            fits = any(isinstance(value, _TYPES[name]) for name in names if name != "boolean")
        return None if fits else f"{path}: {type(value).__name__} is not {' or '.join(names)}"

    def _check_enum(self, value: Any, schema: Any, path: str) -> str | None:
        return None if value in schema["enum"] else f"{path}: {str(value)[:40]!r} is not among the values"

    def _check_const(self, value: Any, schema: Any, path: str) -> str | None:
        return None if value == schema["const"] else f"{path}: {str(value)[:40]!r} is not {schema['const']!r}"

    def _check_every(self, value: Any, schema: Any, path: str) -> str | None:
        return next(filter(None, (self.complain(value, member, path) for member in schema["allOf"])), None)

    def _check_some(self, value: Any, schema: Any, path: str) -> str | None:
        complaints = []
        for member in schema.get("anyOf") or schema["oneOf"]:
            complaint = self.complain(value, member, path)
            if complaint is None:
                return None
            complaints.append((self._names_type(value, member), complaint))
        return max(complaints, key=lambda row: (row[0], len(row[1].partition(":")[0])))[1]

    def _names_type(self, value: Any, member: Any) -> bool:
        if "$ref" in member:
            member = self.find(member["$ref"])
        named = member.get("properties", {}).get("type", {}) if isinstance(value, dict) else {}
        return bool(named) and value.get("type") in [named.get("const"), *named.get("enum", ())]

    def _check_properties(self, value: Any, schema: Any, path: str) -> str | None:
        if not isinstance(value, dict):
            return None
        inner = (
            self.complain(value[name], member, f"{path}.{name}")
            for name, member in schema["properties"].items()
            if name in value
        )
        return next(filter(None, inner), None)

    def _check_required(self, value: Any, schema: Any, path: str) -> str | None:
        missing = [name for name in schema["required"] if name not in value] if isinstance(value, dict) else []
        return f"{path}: {', '.join(missing)} missing" if missing else None

    def _check_further(self, value: Any, schema: Any, path: str) -> str | None:
        if not isinstance(value, dict):
            return None
        further = value.keys() - schema.get("properties", {}).keys()
        allowed = schema["additionalProperties"]
        if allowed is False:
            return f"{path}: {', '.join(sorted(further))} not allowed" if further else None
        return next(filter(None, (self.complain(value[name], allowed, f"{path}.{name}") for name in further)), None)

    def _check_items(self, value: Any, schema: Any, path: str) -> str | None:
        if not isinstance(value, list):
            return None
        inner = (self.complain(item, schema["items"], f"{path}[{index}]") for index, item in enumerate(value))
        return next(filter(None, inner), None)

    def _check_bounds(self, value: Any, schema: Any, path: str) -> str | None:
        for low, high, kinds, measure in _BOUNDS:
            if isinstance(value, kinds) and not isinstance(value, bool):
                size = measure(value)
                if size < schema.get(low, size) or size > schema.get(high, size):
                    return f"{path}: {size} is out of bounds"
        return None

    def _check_pattern(self, value: Any, schema: Any, path: str) -> str | None:
        fits = not isinstance(value, str) or re.search(schema["pattern"], value)
        return None if fits else f"{path}: {value[:40]!r} does not match {schema['pattern']}"

    CHECKS: ClassVar[dict[str, Callable[[Description, Any, Any, str], str | None]]] = {
        "type": _check_type,
        "enum": _check_enum,
        "const": _check_const,
        "required": _check_required,
        "properties": _check_properties,
        "additionalProperties": _check_further,
        "items": _check_items,
        "allOf": _check_every,
        "anyOf": _check_some,
        "oneOf": _check_some,
        "pattern": _check_pattern,
        **dict.fromkeys(("minimum", "minLength", "minItems", "maximum", "maxLength", "maxItems"), _check_bounds),
    }


_BOUNDS: tuple[tuple[str, str, Any, Callable[[Any], float]], ...] = (
    ("minimum", "maximum", (int, float), float),
    ("minLength", "maxLength", str, len),
    ("minItems", "maxItems", list, len),
)


@cache
def load_description(name: str) -> Description:
    """A maker's description of its API, by the beginning of the file's name."""
    folder = Path(os.environ.get("DRAGOMAN_SPECS", DEFAULT))
    path = next(_list_files(folder, name), None)
    if path is None:
        pytest.skip(f"no description of {name}; set DRAGOMAN_SPECS")
    with gzip.open(path) as file:
        return Description(json.load(file))


def _list_files(folder: Path, name: str) -> Iterator[Path]:
    return folder.glob(f"{name}-*.gz") if folder.is_dir() else iter(())
