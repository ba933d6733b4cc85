"""What all stores share."""

from __future__ import annotations

from dragoman.errors import Kind
from dragoman.ledger.rollup import Totals
from dragoman.ledger.store import merge_lines, store_unavailable


def test_sums_of_one_name_become_one_line() -> None:
    lines = merge_lines([("a", Totals(exchanges=1)), ("b", Totals(exchanges=5)), ("a", Totals(exchanges=2))], "model")
    assert [(line.name, line.totals.exchanges) for line in lines] == [("b", 5), ("a", 3)]


def test_a_store_that_is_down_is_the_fault_of_nobody_who_asks() -> None:
    error = store_unavailable("It is down.")
    assert (error.kind, error.blame) == (Kind.UNAVAILABLE, "gateway")
