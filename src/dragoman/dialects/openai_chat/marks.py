"""What this dialect writes into `extras`, and how it reads it again.

Under `openai_chat` stand wire fields that the model has no word for, by their own names. Two keys never reach the
wire: `minted` marks opaque tokens that only this dialect's providers can read, `_form` remembers which of several equal
spellings was used. A remembered form is a hint: it is used only while it still says what the model says.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_chat.wire import CACHE_LIFETIMES, NAME
from dragoman.model.content import CacheBreakpoint, Extras
from dragoman.model.loss import Loss, list_foreign_fields
from dragoman.wire.json_read import Fields

FORM = "_form"
MINTED = "minted"
PRIVATE = frozenset({FORM, MINTED})

_NOTHING: dict[str, Any] = {}


def own_fields(extras: Extras | None) -> dict[str, Any]:
    """What this dialect has put by; to be read only."""
    return extras.get(NAME, _NOTHING) if extras else _NOTHING


def form_of(extras: Extras | None) -> dict[str, Any]:
    """The remembered spelling; to be read only."""
    form: dict[str, Any] = own_fields(extras).get(FORM, _NOTHING)
    return form


def is_minted(extras: Extras | None) -> bool:
    """Whether an opaque token came in this dialect and may go out in it."""
    return MINTED in own_fields(extras)


def wire_fields(extras: Extras | None) -> Fields:
    """The put-by fields that go out again."""
    own = own_fields(extras)
    if PRIVATE.isdisjoint(own):
        return own
    return {name: value for name, value in own.items() if name not in PRIVATE}


def rest_of(fields: Fields, known: frozenset[str]) -> Fields:
    """What is left without the known fields. Null and absent mean the same in this dialect, so null is not kept;
    neither is what would pass for a note of ours."""
    if fields.keys() <= known:
        return {}
    return {
        name: value for name, value in fields.items() if name not in known and value is not None and name not in PRIVATE
    }


def keep(rest: Fields, form: Fields, *, is_minted: bool = False) -> Extras | None:
    """Extras that hold the rest and the form; None where there is neither."""
    if form:
        rest[FORM] = form
    if is_minted:
        rest[MINTED] = True
    return {NAME: rest} if rest else None


def parse_cache(value: Any) -> CacheBreakpoint | None:
    """Anthropic's `cache_control`, which compatible servers take over as it is."""
    if type(value) is not dict or value.get("type") != "ephemeral":
        return None
    ttl = value.get("ttl")
    return CacheBreakpoint(CACHE_LIFETIMES.get(ttl) if type(ttl) is str else None)


def emit_cache(cache: CacheBreakpoint) -> Fields:
    """`cache_control`, in Anthropic's form."""
    return {"type": "ephemeral", "ttl": cache.ttl} if cache.ttl else {"type": "ephemeral"}


def report_foreign(extras: Extras, losses: list[Loss], path: str = "") -> None:
    """Count every field that only another dialect understands."""
    foreign = list_foreign_fields(extras, NAME)
    if foreign:
        losses += [Loss("dropped", f"{path}extras.{field}") for field in foreign]
