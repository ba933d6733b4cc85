"""Small questions that the rules of several dialects ask of a request."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from tests.simulator.complaint import refuse
from tests.simulator.say import JSON

TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def words(text: str) -> frozenset[str]:
    """A set of names, written as people write them."""
    return frozenset(text.split())


def need(condition: object, message: str, param: str | None = None) -> None:
    """Refuse the request unless `condition` holds."""
    if not condition:
        raise refuse(message, param)


def need_object(value: Any, where: str) -> JSON:
    need(isinstance(value, dict), f"{where}: required, and must be an object", where)
    found: JSON = value
    return found


def need_objects(value: Any, where: str, *, may_be_empty: bool = False) -> list[JSON]:
    """A list of objects."""
    need(
        isinstance(value, list) and all(isinstance(item, dict) for item in value), f"{where}: must be a list of objects"
    )
    need(value or may_be_empty, f"{where}: must not be empty", where)
    found: list[JSON] = value
    return found


def need_number(body: JSON, name: str, low: float, high: float) -> None:
    """A number between bounds, where it is given at all."""
    value = body.get(name)
    if value is not None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        need(is_number and low <= value <= high, f"{name}: must be a number between {low:g} and {high:g}", name)


def need_known(body: JSON, known: Collection[str], message: str) -> None:
    """No names but the known ones; `message` has a place for the stranger."""
    for name in body:
        need(name in known, message.format(name), name)


def need_one_of(value: Any, allowed: Collection[str], where: str) -> None:
    need(value in allowed, f"{where}: {value!r} is none of {', '.join(sorted(allowed))}", where)
