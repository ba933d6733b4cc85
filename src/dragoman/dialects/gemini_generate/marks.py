"""What this dialect writes into `extras`, and how it reads it again.

A field whose name starts with `_` is bookkeeping: it says in which of several equal forms something was written. It
carries no meaning, so another dialect that leaves it behind loses nothing. `minted` marks a token that only its minter
can read. All other fields are parts of the wire format that the model has no word for.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.gemini_generate.wire import MINTED, NAME
from dragoman.model.content import Extras
from dragoman.model.loss import Loss, list_foreign_fields

Fields = dict[str, Any]

_NOTHING: Fields = {}


def read_marks(extras: Extras | None) -> Fields:
    """Our own fields; empty where there are none."""
    return _NOTHING if extras is None else extras.get(NAME, _NOTHING)


def own_extras(fields: Fields | None) -> Extras | None:
    """Fields under our name; None where there are none."""
    return {NAME: fields} if fields else None


def minted_extras(fields: Fields | None) -> Extras:
    """Fields under our name, with the mark that says that the part's signature is Gemini's."""
    return {NAME: {**fields, "minted": True}} if fields else MINTED


def is_minted_here(extras: Extras | None) -> bool:
    """Whether this dialect read the part from its own wire."""
    return extras is not None and read_marks(extras).get("minted") is True


def is_minted_elsewhere(extras: Extras | None) -> bool:
    """Whether another dialect has marked the part's tokens as its own."""
    return extras is not None and any(
        dialect != NAME and fields.get("minted") is True for dialect, fields in extras.items()
    )


def plain_fields(extras: Extras | None) -> Fields:
    """Our fields that belong on the wire."""
    marks = read_marks(extras)
    return {name: value for name, value in marks.items() if _is_wire_field(name)} if marks else _NOTHING


def merge_fields(target: Fields, extras: Extras | None) -> None:
    """Lay our fields over what was emitted; an object meets an object field by field."""
    if extras is None:
        return
    for name, value in plain_fields(extras).items():
        present = target.get(name)
        target[name] = {**present, **value} if type(present) is dict and type(value) is dict else value


def report_foreign_extras(extras: Extras | None, path: str, losses: list[Loss]) -> None:
    """Fields that only another dialect has a place for stay behind."""
    if extras is None:
        return
    foreign = list_foreign_fields(extras, NAME)
    if foreign:
        prefix = f"{path}.extras" if path else "extras"
        losses += [Loss("dropped", f"{prefix}.{field}") for field in foreign]


def _is_wire_field(name: str) -> bool:
    return not name.startswith("_") and name != "minted"
