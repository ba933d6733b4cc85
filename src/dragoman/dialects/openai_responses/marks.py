"""What this dialect writes into `extras`, and how it reads it again.

A field whose name starts with `_` is bookkeeping: it says in which of several equal forms something was written, so
that the same form comes out again. It carries no meaning, so another dialect that leaves it behind loses nothing.
`minted` marks an opaque token: only the dialect under whose key it stands can read that token.
All other fields are parts of the wire format that the model has no word for.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_responses.wire import ITEM_MARKS, NAME
from dragoman.model.content import Extras
from dragoman.model.loss import Loss, list_foreign_fields

Fields = dict[str, Any]

_NOTHING: Fields = {}


def read_marks(extras: Extras | None) -> Fields:
    """Our own fields; empty where there are none."""
    return _NOTHING if extras is None else extras.get(NAME, _NOTHING)


def is_ours(extras: Extras | None) -> bool:
    """Whether this dialect parsed the object."""
    return extras is not None and NAME in extras


def own_extras(fields: Fields) -> Extras | None:
    """Fields under our name; None where there are none."""
    return {NAME: fields} if fields else None


def plain_fields(marks: Fields) -> Fields:
    """Our fields that belong on the wire."""
    return {name: value for name, value in marks.items() if is_wire_field(name)}


def item_fields(item: Fields, known: frozenset[str]) -> Fields:
    """What is left of an item when its canonical fields are taken out: its marks, and fields without a word."""
    marks = {name: item[name] for name in item.keys() & ITEM_MARKS if name not in known}
    fields = {name: value for name, value in item.items() if name not in known and name not in ITEM_MARKS}
    if marks:
        fields["_item"] = marks
    return fields


def find_conversation(extras: Extras | None) -> str | None:
    """The conversation that a request of this dialect is a turn of."""
    return read_conversation_id(read_marks(extras).get("conversation"))


def read_conversation_id(given: Any) -> str | None:
    """A conversation's id in both of its forms."""
    id = given.get("id") if type(given) is dict else given
    return id if type(id) is str else None


def find_minter(extras: Extras | None) -> str | None:
    """The dialect whose provider made the opaque tokens of this object."""
    if extras is None:
        return None
    return next((dialect for dialect, fields in extras.items() if fields.get("minted") is True), None)


def report_foreign_extras(extras: Extras | None, path: str, losses: list[Loss]) -> None:
    """Fields that only another dialect has a place for stay behind."""
    if extras is None:
        return
    foreign = list_foreign_fields(extras, NAME)
    if foreign:
        prefix = f"{path}.extras" if path else "extras"
        losses += [Loss("dropped", f"{prefix}.{field}") for field in foreign]


def is_wire_field(name: str) -> bool:
    """Whether a field stands on the wire, or is a note of ours."""
    return not name.startswith("_") and name != "minted"
