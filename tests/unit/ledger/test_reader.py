"""Questions to the ledger are answered beside everything else."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.ledger import sqlite as sqlite_module
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.sqlite import SqliteStore
from dragoman.ledger.store import Store
from tests.unit.ledger.rows import NOON_MS, make_row


def open_reader(path: Path) -> LedgerReader:
    store = SqliteStore(path, is_reader=True)
    return LedgerReader(store, store.is_made)


def test_a_file_whose_layout_is_being_made_is_empty_for_now(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    connection.commit()
    connection.close()

    async def ask() -> int:
        reader = open_reader(path)
        lines = await reader.ask(lambda store: store.read_usage(0, NOON_MS, "model"))
        await reader.aclose()
        return len(lines)

    assert asyncio.run(ask()) == 0


def test_a_file_that_somebody_holds_while_making_it_is_empty_for_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "BUSY_SECONDS", 0.0)
    path = tmp_path / "ledger.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    store = SqliteStore(path, is_reader=True)
    assert not store.is_made()
    connection.execute("ROLLBACK")
    connection.close()
    SqliteStore(path).record_exchanges([make_row(1)])
    assert store.is_made()
    store.close()


def test_before_anything_was_recorded_there_is_nothing_and_then_there_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"

    async def ask() -> tuple[ExchangeRow | None, ExchangeRow | None]:
        reader = open_reader(path)
        before = await reader.ask(lambda store: store.read_exchange(make_row(1).id))
        writer = SqliteStore(path)
        writer.record_exchanges([make_row(1)])
        writer.close()
        after = await reader.ask(lambda store: store.read_exchange(make_row(1).id))
        await reader.aclose()
        return before, after

    assert asyncio.run(ask()) == (None, make_row(1))


def test_questions_are_answered_in_another_thread(tmp_path: Path) -> None:
    async def ask() -> str:
        reader = open_reader(tmp_path / "l")
        name = await reader.ask(lambda store: threading.current_thread().name)
        await reader.aclose()
        return name

    assert asyncio.run(ask()).startswith("ledger-reads")


def test_a_file_that_cannot_be_read_is_told_without_its_place(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database at all, but long enough to look at" * 100)

    async def ask() -> None:
        reader = open_reader(path)
        try:
            await reader.ask(lambda store: store.read_usage(0, NOON_MS, "model"))
        finally:
            await reader.aclose()

    with pytest.raises(DragomanError) as caught:
        asyncio.run(ask())
    assert caught.value.kind is Kind.UNAVAILABLE
    assert str(tmp_path) not in str(caught.value)


def test_what_the_caller_did_wrong_stays_as_it_is(tmp_path: Path) -> None:
    def refuse(store: Store) -> None:
        raise invalid("no such thing")

    async def ask() -> None:
        reader = LedgerReader(SqliteStore(tmp_path / "l"))
        try:
            await reader.ask(refuse)
        finally:
            await reader.aclose()

    with pytest.raises(DragomanError, match="no such thing"):
        asyncio.run(ask())
