"""The difference that new prices make."""

from __future__ import annotations

import msgspec

from dragoman.ledger.repricing import count_repriced, fold_difference, price_anew
from dragoman.ledger.row import ESTIMATE, ExchangeRow
from tests.unit.ledger.rows import NOON_MS, make_row


def test_a_cost_is_forgotten_first_and_the_price_is_not_for_it_tells_the_tier() -> None:
    seen: list[ExchangeRow] = []

    def finish(row: ExchangeRow) -> ExchangeRow:
        seen.append(row)
        return row

    assert price_anew(finish)(make_row(1, cost_nanodollars=5, price="old, tier flex")).cost_nanodollars is None
    assert seen[0].price == "old, tier flex"


def test_what_costs_what_was_reserved_keeps_that() -> None:
    row = make_row(1, cost_nanodollars=5, price=ESTIMATE, outcome="interrupted")
    assert price_anew(lambda row: msgspec.structs.replace(row, cost_nanodollars=1))(row) is row


def test_the_difference_has_nothing_but_cost() -> None:
    old = make_row(1, cost_nanodollars=None, tags="a")
    new = msgspec.structs.replace(old, cost_nanodollars=9, price="p")
    same = make_row(2, started_ms=NOON_MS - 86_400_000, cost_nanodollars=3)
    difference = fold_difference([(old, new), (same, same)])
    assert len(difference) == 6 * 3  # the mixture, four dimensions, the tag; in three periods
    for totals in difference.values():
        told = {name: value for name, value in msgspec.structs.asdict(totals).items() if value}
        assert told == {"cost_nanodollars": 9, "unpriced": -1}


def test_a_step_tells_what_it_did() -> None:
    old = make_row(1, cost_nanodollars=10)
    new = msgspec.structs.replace(old, cost_nanodollars=4)
    told = count_repriced([(old, new), (new, new)], 17)
    assert (told.seen, told.changed, told.difference_nanodollars, told.last) == (2, 1, -6, 17)
