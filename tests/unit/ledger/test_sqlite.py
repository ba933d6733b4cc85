"""The file: who may read it, what happens when it cannot be used, and that it recovers. The rest is in tests/contract."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger import sqlite as sqlite_module
from dragoman.ledger.frames import parse_row
from dragoman.ledger.queries import load_migrations
from dragoman.ledger.sqlite import PAGE_BYTES, WIDE, SqliteDatabase, SqliteStore
from tests.unit.ledger.rows import NOON_MS, make_row

_, WIDTH = WIDE["insert_exchange"]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sqlite_module, "BUSY_SECONDS", 0.01)
    return tmp_path / "ledger" / "ledger.sqlite"


def test_rows_outlive_the_store_that_took_them(path: Path) -> None:
    first = SqliteStore(path)
    first.record_exchanges([make_row(1)])
    first.close()
    second = SqliteStore(path)
    assert second.read_exchange(make_row(1).id) == make_row(1)
    assert second.record_exchanges([make_row(1), make_row(2)]) == 1
    second.close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_store_is_used_again_after_it_was_closed(path: Path) -> None:
    store = SqliteStore(path)
    for number in range(2):
        assert store.record_exchanges([make_row(number)]) == 1
        store.close()


def read_page_bytes(path: Path) -> int:
    connection = sqlite3.connect(path)
    ((size,),) = connection.execute("PRAGMA page_size").fetchall()
    connection.close()
    return int(size)


def test_a_new_file_has_pages_of_ours_and_an_older_one_keeps_its_own(path: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.sqlite"
    connection = sqlite3.connect(older)
    connection.executescript("PRAGMA page_size = 4096; CREATE TABLE something (id TEXT)")
    connection.close()
    for file, page_bytes in ((path, PAGE_BYTES), (older, 4096)):
        store = SqliteStore(file)
        assert store.record_exchanges([make_row(1)]) == 1
        store.close()
        assert read_page_bytes(file) == page_bytes


def test_a_locked_file_is_told_and_recovers(path: Path) -> None:
    store = SqliteStore(path)
    store.record_exchanges([make_row(1)])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DragomanError, match="locked") as failed:
        store.record_exchanges([make_row(2)])
    assert (failed.value.kind, failed.value.blame) == (Kind.UNAVAILABLE, "gateway")
    other.execute("ROLLBACK")
    other.close()
    assert store.record_exchanges([make_row(2)]) == 1
    store.close()


def test_a_full_disk_takes_nothing_of_a_batch_and_recovers(path: Path) -> None:
    store = SqliteStore(path)
    store.record_exchanges([make_row(0)])
    assert isinstance(store._database, SqliteDatabase)
    with store._database.use() as session:
        (pages,) = session.connection.execute("PRAGMA page_count").fetchone()
        session.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    rows = [make_row(number, route="x" * 200) for number in range(1, 500)]
    with pytest.raises(DragomanError, match="full"):
        store.record_exchanges(rows)
    (line,) = store.read_usage(0, NOON_MS * 2, "key")
    assert line.totals.exchanges == 1
    assert store.record_exchanges(rows) == 499
    store.close()


def test_a_batch_that_breaks_in_its_midst_leaves_nothing(path: Path) -> None:
    store = SqliteStore(path)
    with pytest.raises(OverflowError):
        store.record_exchanges([make_row(1), make_row(2, input=2**70)])
    assert store.read_exchange(make_row(1).id) is None
    assert store.record_exchanges([make_row(1)]) == 1
    store.close()


@pytest.mark.parametrize("count", [0, 1, WIDTH - 1, WIDTH, WIDTH + 1, 3 * WIDTH])
def test_many_rows_at_once_are_those_one_by_one(path: Path, count: int) -> None:
    store = SqliteStore(path)
    store.record_exchanges([make_row(0), make_row(count)])
    rows = [make_row(number % 20, started_ms=NOON_MS + number) for number in range(count)]
    new = rows[1:20]
    assert store.record_exchanges(rows) == len(new)
    assert isinstance(store._database, SqliteDatabase)
    with store._database.use() as session:
        kept = session.connection.execute("SELECT id, started_ms, row FROM exchanges WHERE sequence > 2").fetchall()
    assert [(row_id, parse_row(row)) for row_id, _, row in kept] == [(row.id, row) for row in new]
    assert [moment_ms for _, moment_ms, _ in kept] == [row.started_ms for row in new]
    store.close()


def test_what_is_no_database_is_told(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("This is a letter, not a database; it is long enough to be looked at." * 20)
    with pytest.raises(DragomanError, match="not a database"):
        SqliteStore(path).record_exchanges([make_row(1)])
    assert path.read_text().startswith("This is a letter")


def test_a_folder_that_cannot_be_made_is_told(path: Path) -> None:
    path.parent.write_text("a file")
    with pytest.raises(DragomanError, match="cannot be used"):
        SqliteStore(path).record_exchanges([make_row(1)])


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    store = SqliteStore(path)
    store.record_exchanges([make_row(1)])
    store.close()
    other = sqlite3.connect(path)
    other.execute("INSERT INTO migrations VALUES (?, 'later')", (len(load_migrations()) + 1,))
    other.commit()
    other.close()
    with pytest.raises(DragomanError, match="newer Dragoman"):
        store.record_exchanges([make_row(2)])


def test_a_reader_reads_beside_a_writer_and_makes_nothing(path: Path) -> None:
    reader = SqliteStore(path, is_reader=True)
    with pytest.raises(DragomanError):
        reader.read_usage(0, NOON_MS, "key")
    assert not path.parent.exists()
    writer = SqliteStore(path)
    for number in range(3):
        writer.record_exchanges([make_row(number)])
        (line,) = reader.read_usage(0, NOON_MS * 2, "key")
        assert line.totals.exchanges == number + 1
    with pytest.raises(DragomanError, match="readonly"):
        reader.record_exchanges([make_row(9)])
    reader.close()
    writer.close()
    assert repr(writer) == "<SqliteStore in <SqliteDatabase ledger.sqlite>>"
