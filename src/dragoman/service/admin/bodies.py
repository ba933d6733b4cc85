"""What was said in an exchange, on its four sides, where the operator keeps that."""

from __future__ import annotations

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.bodies import Bodies
from dragoman.service.admin.exchanges import find_words


class Side(msgspec.Struct, frozen=True):
    """One side as text; what is no text shows as replacement characters. `is_cut`: only its beginning was kept."""

    text: str
    size_bytes: int
    is_cut: bool


class LossView(msgspec.Struct, frozen=True):
    """One thing that a translation could not carry: what that means, where it stood in the client's own terms
    (`messages[2].content[0]`), and what was done about it."""

    code: str
    words: str
    path: str
    detail: str


class BodiesView(msgspec.Struct, frozen=True):
    """What the client asked, what the provider was asked, what it answered, what the client got; and what was lost."""

    client_request: Side
    provider_request: Side
    provider_answer: Side
    client_answer: Side
    losses: list[LossView]


SIDES = [name for name in BodiesView.__struct_fields__ if name != "losses"]


def build_bodies(bodies: Bodies | None, exchange_id: str) -> BodiesView:
    """All four; raises NOT_FOUND where nothing was kept."""
    if bodies is None:
        message = (
            f"Nothing is kept of what was said in {exchange_id[:64]!r}. `bodies.keys` says whose exchanges are kept."
        )
        raise DragomanError(Kind.NOT_FOUND, message, code="not_kept")
    losses = [LossView(code, find_words(code), path, detail) for code, path, detail in bodies.losses]
    return BodiesView(**{name: _build_side(bodies, name) for name in SIDES}, losses=losses)


def _build_side(bodies: Bodies, name: str) -> Side:
    content: bytes = getattr(bodies, name)
    return Side(content.decode("utf-8", "replace"), len(content), name in bodies.cut)
