"""The twin in memory; its promises are those of tests/contract, so only what is its own is here."""

from __future__ import annotations

from dragoman.ledger.memory import MemoryStore
from tests.unit.ledger.rows import NOON_MS, make_row


def test_what_is_read_does_not_change_what_is_kept() -> None:
    store = MemoryStore()
    store.record_exchanges([make_row(1)])
    (line,) = store.read_usage(0, NOON_MS * 2, "key")
    line.totals.exchanges = 99
    (again,) = store.read_usage(0, NOON_MS * 2, "key")
    assert again.totals.exchanges == 1


def test_closing_keeps_everything() -> None:
    store = MemoryStore()
    store.record_exchanges([make_row(1)])
    store.close()
    assert store.read_exchange(make_row(1).id) == make_row(1)
