"""Values brought to the type that a tool's schema wants: models quote numbers, write lists as text and text as numbers.

A value that cannot be brought there stays as it is: the tool's own complaint tells the model more than ours could.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from json.encoder import encode_basestring
from typing import Any

import msgspec

from dragoman.adapt.tools.loose import LooseValue
from dragoman.adapt.tools.words import is_plain, read_word

Kinds = frozenset[str] | None
"""The JSON types that are allowed; None: any."""

MAX_REFERENCES = 8

_OF_VALUE: dict[type, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    dict: "object",
    list: "array",
}
_NUMERIC = frozenset({"integer", "number"})


class Parameters(msgspec.Struct, frozen=True):
    """What is known of a tool's parameters: their allowed types by name, in the order of the schema."""

    kinds: dict[str, Kinds] = {}

    @property
    def names(self) -> list[str]:
        return list(self.kinds)


def read_parameters(schema: Mapping[str, Any] | None) -> Parameters:
    """The parameters that a schema has."""
    properties = schema.get("properties") if schema else None
    if not isinstance(properties, dict):
        return Parameters()
    return Parameters({name: find_kinds(value, schema or {}) for name, value in properties.items()})


def find_kinds(schema: Any, root: Mapping[str, Any], references: int = 0) -> Kinds:
    """The types that a schema allows."""
    if not isinstance(schema, dict) or references > MAX_REFERENCES:
        return None
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return find_kinds(find_reference(reference, root), root, references + 1)
    kind = schema.get("type")
    if isinstance(kind, str):
        return frozenset({kind})
    if isinstance(kind, list):
        return frozenset(one for one in kind if isinstance(one, str))
    for word in ("anyOf", "oneOf"):
        if isinstance(schema.get(word), list):
            return _join([find_kinds(one, root, references + 1) for one in schema[word]])
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if isinstance(values, list):
        return frozenset(_OF_VALUE.get(type(value), "null") for value in values)
    return None


def find_reference(reference: str, root: Mapping[str, Any]) -> Any:
    """What a reference within the same schema leads to; None if nowhere."""
    found: Any = root
    for step in reference.removeprefix("#").split("/"):
        if step:
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found


def _join(kinds: list[Kinds]) -> Kinds:
    joined: frozenset[str] = frozenset()
    for one in kinds:
        if one is None:
            return None
        joined |= one
    return joined


# -- while it comes in -----------------------------------------------------------------------------------------------


def must_wait(first: str, kinds: frozenset[str]) -> bool:
    """Whether a value that begins so has to be whole before anything of it can be written."""
    if first in "\"'“”‘＂":
        return "string" not in kinds
    if first in "{｛":
        return "object" not in kinds
    if first in "[(［【":
        return "array" not in kinds
    return True


# -- once it is whole ------------------------------------------------------------------------------------------------


def coerce_text(text: str, kinds: Kinds) -> str:
    """The JSON for a value that was given as bare text, between tags."""
    if kinds is None or "string" in kinds:
        stripped = text.strip()
        is_null = kinds is not None and "null" in kinds and stripped == "null"
        return "null" if is_null else encode_basestring(text)
    stripped = text.strip()
    return coerce_json(_mend(stripped) if stripped[:1] in {"[", "{", '"'} else read_word(stripped), kinds)


def _mend(text: str) -> str:
    value = LooseValue()
    value.feed(text)
    value.finish()
    return "".join(value.written)


def coerce_json(text: str, kinds: Kinds) -> str:
    """The JSON for a value of any type, in an allowed type if there is a way."""
    if kinds is None:
        return text
    first = text[:1]
    if first == '"':
        return text if "string" in kinds else _coerce_string(text, kinds)
    if first in "{[":
        return _coerce_container(text, "object" if first == "{" else "array", kinds)
    return _coerce_plain(text, kinds)


def _coerce_plain(text: str, kinds: frozenset[str]) -> str:
    """A number, true, false or null."""
    if text == "null" or ("boolean" in kinds and text in {"true", "false"}):
        return text
    if kinds & _NUMERIC and text not in {"true", "false"}:
        whole = text.removesuffix(".0")
        return whole if "number" not in kinds else text
    if "boolean" in kinds and text in {"0", "1"}:
        return "true" if text == "1" else "false"
    if "string" in kinds:
        return f'"{text}"'
    return f"[{text}]" if kinds == {"array"} else text


def _coerce_container(text: str, kind: str, kinds: frozenset[str]) -> str:
    if kind in kinds:
        return text
    if "string" in kinds:
        return encode_basestring(text)
    return f"[{text}]" if kinds == {"array"} else text


def _coerce_string(text: str, kinds: frozenset[str]) -> str:
    """Text in quotes where another type is wanted."""
    try:
        said = str(msgspec.json.decode(text.encode())).strip()
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text
    for kind, convert in _FROM_STRING.items():
        if kind in kinds and (converted := convert(said)):
            return converted
    return f"[{text}]" if kinds == {"array"} else text


def _number_of(said: str) -> str:
    word = read_word(said)
    return word if is_plain(said) and word not in {"true", "false", "null"} else ""


def _integer_of(said: str) -> str:
    return _number_of(said).removesuffix(".0")


def _boolean_of(said: str) -> str:
    return {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}.get(
        said.lower(), ""
    )


def _null_of(said: str) -> str:
    return "null" if said.lower() in {"null", "none"} else ""


def _container_of(opener: str) -> Callable[[str], str]:
    def convert(said: str) -> str:
        return _mend(said) if said.startswith(opener) else ""

    return convert


_FROM_STRING: dict[str, Callable[[str], str]] = {
    "null": _null_of,
    "integer": _integer_of,
    "number": _number_of,
    "boolean": _boolean_of,
    "array": _container_of("["),
    "object": _container_of("{"),
}
