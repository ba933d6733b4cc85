"""Typed reads out of decoded JSON, with errors that name the field.

Dialects decode a body to plain dicts and read them through these, so that a wrong type is a clear 400 with its path
and a field nobody asked about is still there to be carried on as an extra. Paths are put together while an error
travels outwards (`DragomanError.under`), so that the way without errors pays nothing for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from dragoman.errors import DragomanError, invalid

Fields = dict[str, Any]
T = TypeVar("T")

_WORDS: dict[type, str] = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    list: "an array",
    dict: "an object",
}


def read_required(fields: Fields, name: str, kind: type[T]) -> T:
    """A field that must be there with the right type."""
    value = fields.get(name)
    if type(value) is kind:
        return value
    if value is None:
        raise invalid(f"This field is required and must be {_WORDS[kind]}.", name)
    raise wrong_type(name, kind)


def read_optional(fields: Fields, name: str, kind: type[T]) -> T | None:
    """A field that may be absent or null."""
    value = fields.get(name)
    if value is None or type(value) is kind:
        return value
    raise wrong_type(name, kind)


def read_number(fields: Fields, name: str) -> float | None:
    """A number, whole or not; keeps what was written (1 stays an int)."""
    value = fields.get(name)
    if value is None or type(value) is float or type(value) is int:
        return value
    raise wrong_type(name, float)


def read_whole(fields: Fields, name: str) -> int | None:
    """A whole number; 1.0 counts as 1."""
    value = fields.get(name)
    if value is None or type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise wrong_type(name, int)


def read_each(values: list[Any], name: str, parse: Callable[[Fields], T]) -> list[T]:
    """Parse each object of an array; an error gets the index into its path."""
    parsed: list[T] = []
    index = 0
    try:
        for value in values:
            if type(value) is not dict:
                raise invalid("An object is expected here.")
            parsed.append(parse(value))
            index += 1
    except DragomanError as error:
        raise error.under(f"{name}[{index}]") from None
    return parsed


def read_under(fields: Fields, name: str, parse: Callable[[Fields], T]) -> T | None:
    """Parse an optional object field; an error gets the field's name into its path."""
    value = read_optional(fields, name, dict)
    if value is None:
        return None
    try:
        return parse(value)
    except DragomanError as error:
        raise error.under(name) from None


def rest_of(fields: Fields, known: frozenset[str]) -> Fields | None:
    """What is left when the known fields are taken out; None where nothing is."""
    if fields.keys() <= known:
        return None
    return {name: value for name, value in fields.items() if name not in known}


def require_one_of(value: str, allowed: Iterable[str], name: str) -> None:
    """Refuse a word that the dialect does not know, naming those it does."""
    if value not in allowed:
        raise invalid(f"{value[:64]!r} is not known here; use one of {', '.join(sorted(allowed))}.", name)


def wrong_type(name: str, kind: type) -> DragomanError:
    return invalid(f"This field must be {_WORDS[kind]}.", name)
