"""Sums by who paid: of rows, and of a store that has them."""

from __future__ import annotations

from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.spend import GATEWAY, fold_spend, list_scopes, read_spend
from tests.unit.ledger.rows import DAY_MS, NOON_MS, make_row

ROWS = [
    make_row(1, principal="ada", team="red", cost_nanodollars=5),
    make_row(2, principal="ada", cost_nanodollars=7),
    make_row(3, principal="bob", team="red", cost_nanodollars=11, started_ms=NOON_MS - DAY_MS),
    make_row(4, principal="bob", cost_nanodollars=None),
]
TODAY_MS = NOON_MS - NOON_MS % DAY_MS


def test_a_row_counts_for_its_key_its_team_and_the_gateway() -> None:
    assert list_scopes("ada", "red") == [GATEWAY, "key:ada", "team:red"]
    assert list_scopes("ada", "") == [GATEWAY, "key:ada"]


def test_sums_stand_by_scope_and_day() -> None:
    yesterday = TODAY_MS - DAY_MS
    assert fold_spend(ROWS) == {
        (GATEWAY, TODAY_MS): 12,
        ("key:ada", TODAY_MS): 12,
        ("team:red", TODAY_MS): 5,
        (GATEWAY, yesterday): 11,
        ("key:bob", yesterday): 11,
        ("team:red", yesterday): 11,
    }


def test_a_store_tells_what_its_rows_come_to() -> None:
    store = MemoryStore()
    store.record_exchanges(ROWS)
    assert read_spend(store, TODAY_MS) == {GATEWAY: 12, "key:ada": 12, "key:bob": 0, "team:red": 5}
    assert read_spend(store, 0) == {GATEWAY: 23, "key:ada": 12, "key:bob": 11, "team:red": 16}
