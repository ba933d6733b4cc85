"""Wishes about the way of a request, from `providerOptions.gateway` to the fields in which every dialect may say them.

`models`, and `provider` with `order`, `only` and `sort`, are read and taken out before a request is parsed; so whoever
routes it needs to know nothing of this dialect.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.ai_sdk_gateway.options import FIELD
from dragoman.errors import invalid
from dragoman.wire.json_document import JsonDocument, encode_json
from dragoman.wire.json_read import Fields

_LISTS = ("models", "order", "only")
_SORTS = {"cost": "price", "tps": "throughput", "ttft": "latency"}


def hoist_steering(document: JsonDocument) -> JsonDocument:
    """The same request, with its wishes about its way where they are looked for."""
    options = document.read(FIELD)
    gateway = options.get("gateway") if type(options) is dict else None
    if type(gateway) is not dict:
        return document
    wishes = _read_wishes(gateway)
    if not wishes:
        return document
    left = {name: value for name, value in gateway.items() if name not in wishes}
    changes: dict[str, bytes | None] = {FIELD: encode_json({**options, "gateway": left})}
    if "models" in wishes:
        changes["models"] = encode_json(wishes.pop("models"))
    if wishes:
        changes["provider"] = encode_json(wishes)
    return JsonDocument(document.patch(changes))


def _read_wishes(gateway: Fields) -> Fields:
    wishes = {name: _check_names(gateway[name], name) for name in _LISTS if gateway.get(name)}
    sort = gateway.get("sort")
    if type(sort) is str and sort in _SORTS:
        wishes["sort"] = _SORTS[sort]
    return wishes


def _check_names(value: Any, name: str) -> Any:
    if type(value) is list and all(type(word) is str for word in value):
        return value
    raise invalid("This field must be an array of names.", f"{FIELD}.gateway.{name}")
