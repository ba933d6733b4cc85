"""The store by default: one SQLite file in WAL mode, so that reading never stops writing.

Theory of operation. A connection belongs to the thread that uses it first and is opened at its first use, so that a file
that cannot be opened now is tried again later. A change is synced to the disk at its end, because the journal is removed
after it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from dragoman.errors import DragomanError
from dragoman.ledger.database import Given, lay_out, read_layout
from dragoman.ledger.queries import load_migrations, load_queries
from dragoman.ledger.sql_store import SqlStore
from dragoman.ledger.store import store_unavailable

FILE_NAME = "ledger.sqlite"
BUSY_SECONDS = 1.0
PAGE_BYTES = 8192
"""Of a new file: half as many pages to write as there would be of the usual size."""

WIDE = {"insert_exchange": ("insert_exchanges", 32)}
"""Queries that tell of so many rows what another tells of one. To begin a statement and to end it costs SQLite half as
much as to write a row does."""


class SqliteSession:
    """A connection to a file, and the words for it."""

    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str]) -> None:
        self.connection = connection
        self._queries = queries

    def ask(self, query: str, given: Given = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(self._queries[query], given).fetchall()

    def tell(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        if query not in WIDE:
            return self._tell_each(query, rows)
        wide, width = WIDE[query]
        rows = list(rows)
        end = len(rows) - len(rows) % width
        packs = [tuple(chain.from_iterable(rows[start : start + width])) for start in range(0, end, width)]
        return self._tell_each(wide, packs) + self._tell_each(query, rows[end:])

    def _tell_each(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        return self.connection.executemany(self._queries[query], rows).rowcount

    def run(self, statement: str) -> None:
        self.connection.execute(statement)


class SqliteDatabase:
    """A file. With `is_reader` nothing is made or changed."""

    def __init__(self, path: Path, *, is_reader: bool = False) -> None:
        self.path = path
        self._is_reader = is_reader
        self._session: SqliteSession | None = None
        self._is_made = False

    def __repr__(self) -> str:
        return f"<SqliteDatabase {self.path.name}>"

    @property
    def place(self) -> str:
        return str(self.path)

    @contextmanager
    def use(self) -> Iterator[SqliteSession]:
        """After a failure the file is opened anew, since what the connection stands on may have gone."""
        try:
            if self._session is None:
                self._session = SqliteSession(self._open(), load_queries())
            yield self._session
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise store_unavailable(f"The ledger's file {self.path} cannot be used: {error}.") from error

    @contextmanager
    def change(self) -> Iterator[SqliteSession]:
        with self.use() as session, session.connection:
            session.run("BEGIN IMMEDIATE")
            yield session

    def is_made(self) -> bool:
        if not self._is_made and self.path.exists():
            try:
                self._is_made = self._read_layout() == load_migrations()[-1].number
            except DragomanError as error:
                if not _is_busy(error):
                    raise
        return self._is_made

    def close(self) -> None:
        if self._session is not None:
            self._session.connection.close()
            self._session = None

    def _read_layout(self) -> int:
        with self.use() as session:
            return read_layout(session) if session.ask("find_migrations") else 0

    def _open(self) -> sqlite3.Connection:
        if not self._is_reader:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode = "ro" if self._is_reader else "rwc"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}", timeout=BUSY_SECONDS, isolation_level=None, uri=True
        )
        try:
            if not self._is_reader:
                connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection


class SqliteStore(SqlStore):
    """Rows in a file. With `is_reader` nothing is made or changed."""

    def __init__(self, path: Path, *, is_reader: bool = False) -> None:
        super().__init__(SqliteDatabase(path, is_reader=is_reader))


def _is_busy(error: DragomanError) -> bool:
    cause = error.__cause__
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def migrate(connection: sqlite3.Connection, folder: str = "") -> None:
    """Bring the file to the newest layout, step by step; all of it happens or nothing."""
    queries = load_queries()
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        lay_out(SqliteSession(connection, queries), queries["make_migrations"], load_migrations(folder))
