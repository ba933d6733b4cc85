"""Settings as rows: each with its path, its value and where it comes from. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from dragoman.config.schema import Settings
from dragoman.model.secret import Secret

DEFAULT = "default"
CATALOGUE = "catalogue"
ENVIRONMENT = "environment"


class SettingView(msgspec.Struct, frozen=True):
    """One setting. `origin` is a line of the file, a variable, `catalogue`, `environment` or `default`."""

    path: str
    value: Any
    origin: str


class Change(msgspec.Struct, frozen=True):
    """One setting in two versions; None where it is missing."""

    path: str
    before: Any = None
    after: Any = None


def list_settings(settings: Settings, places: Mapping[str, str]) -> list[SettingView]:
    """Every setting with its value, secrets hidden."""
    rows = flatten(settings, "", is_default=True)
    return [SettingView(path, value, _find_origin(path, places, is_default)) for path, value, is_default in rows]


def list_changes(before: Settings, after: Settings) -> list[Change]:
    """What differs. A secret that was exchanged for another one shows even if it looks the same."""
    old = {path: value for path, value, _ in flatten(before, "", is_default=True)}
    new = {path: value for path, value, _ in flatten(after, "", is_default=True)}
    paths = [*old, *(path for path in new if path not in old)]
    return [Change(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def flatten(value: Any, path: str, *, is_default: bool) -> Iterator[tuple[str, Any, bool]]:
    """The leaves of settings, with whether each is what it would be if nothing was said."""
    match value:
        case msgspec.Struct():
            defaults = {field.name: field for field in msgspec.structs.fields(value)}
            for name in value.__struct_fields__:
                inner = getattr(value, name)
                is_same = inner == defaults[name].default
                yield from flatten(inner, f"{path}.{name}" if path else name, is_default=is_same or not inner)
        case Mapping():
            for name, inner in value.items():
                yield from flatten(inner, f"{path}.{name}", is_default=False)
        case list() if any(isinstance(inner, msgspec.Struct) for inner in value):
            for index, inner in enumerate(value):
                yield from flatten(inner, f"{path}[{index}]", is_default=False)
        case Secret():
            yield path, value.hint(), is_default
        case list() | tuple() | frozenset():
            yield path, [str(inner) for inner in value], is_default
        case _:
            yield path, value, is_default


def _find_origin(path: str, places: Mapping[str, str], is_default: bool) -> str:
    if place := places.get(path):
        return place
    if is_default:
        return DEFAULT
    outer = path
    while outer:
        outer = outer[: max(outer.rfind("."), outer.rfind("["), 0)]
        if outer.count(".") >= 1 and (place := places.get(outer)):
            return CATALOGUE if path.startswith("providers.") else place
    return ENVIRONMENT if path.startswith("providers.") else DEFAULT
