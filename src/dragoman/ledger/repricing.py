"""What changes when rows get another cost: the difference for the sums, and the tale to tell. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dragoman.ledger.rollup import TOTAL_FIELDS, RollupKey, Totals, fold_rows
from dragoman.ledger.row import ESTIMATE, ExchangeRow
from dragoman.ledger.store import Finish, Repriced

Pair = tuple[ExchangeRow, ExchangeRow]
"""A row before and after."""


def price_anew(finish: Finish) -> Finish:
    """The same, for rows that have a cost already: that is forgotten first; the price stays, for it tells at which tier
    was answered. What costs what was reserved for it keeps that: its tokens are a guess, and no price makes them better."""

    def price(row: ExchangeRow) -> ExchangeRow:
        if row.price == ESTIMATE:
            return row
        return finish(msgspec.structs.replace(row, cost_nanodollars=None))

    return price


def fold_difference(pairs: Sequence[Pair]) -> dict[RollupKey, Totals]:
    """What has to be added to the sums."""
    changed = [(old, new) for old, new in pairs if old != new]
    before = fold_rows(old for old, _ in changed)
    difference = fold_rows(new for _, new in changed)
    for key, totals in difference.items():
        for name in TOTAL_FIELDS:
            setattr(totals, name, getattr(totals, name) - getattr(before[key], name))
    return difference


def count_repriced(pairs: Sequence[Pair], last: int | None) -> Repriced:
    """What one step did."""
    changed = [(old, new) for old, new in pairs if old != new]
    difference = sum((new.cost_nanodollars or 0) - (old.cost_nanodollars or 0) for old, new in changed)
    return Repriced(len(pairs), len(changed), difference, last)
