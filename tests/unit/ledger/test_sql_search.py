"""A search reads little, and says where to go on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dragoman.ledger import sql_search
from dragoman.ledger.queries import load_queries
from dragoman.ledger.search import Only, Position, Search
from dragoman.ledger.sql_search import END_MS, plan_windows, search_rows, select_trouble
from dragoman.ledger.sqlite import SqliteSession, SqliteStore
from tests.unit.ledger.rows import DAY_MS, MINUTE_MS, NOON_MS, make_row


def open_filled(folder: Path, count: int) -> SqliteSession:
    store = SqliteStore(folder / "ledger.sqlite")
    rows = [make_row(n, started_ms=NOON_MS - n * MINUTE_MS) for n in range(count)]
    rare = [make_row(10_000 + n, started_ms=NOON_MS - n * DAY_MS, principal="rare") for n in range(3)]
    store.record_exchanges([*rows, *rare])
    store.close()
    return SqliteSession(sqlite3.connect(folder / "ledger.sqlite"), load_queries())


def test_only_minutes_that_have_something_are_looked_into(tmp_path: Path) -> None:
    session = open_filled(tmp_path, 100)
    windows = list(plan_windows(session, Search(only=Only(principal="rare")), Position(END_MS, 0)))
    assert windows == [(NOON_MS - n * DAY_MS, NOON_MS - n * DAY_MS + MINUTE_MS) for n in range(3)]
    assert list(plan_windows(session, Search(), Position(END_MS, 0))) == [(0, END_MS)]
    session.connection.close()


def test_a_search_that_finds_nothing_gives_up_and_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_search, "MAX_SCANNED", 30)
    session = open_filled(tmp_path, 100)
    search, position, pages = Search(text="nothing of the kind"), None, 0
    while True:
        page = search_rows(session, search, position)
        pages += 1
        assert page.rows == []
        if page.position is None:
            break
        assert position is None or page.position < position
        position = page.position
    session.connection.close()
    assert pages == 4


def test_sums_know_of_failures() -> None:
    assert select_trouble(Search(outcome="failed")) == "failed"
    assert select_trouble(Search(error="timeout")) == "any"
    assert select_trouble(Search(outcome="served")) == ""
