"""The store by default: one SQLite file in WAL mode, so that reading never stops writing.

Theory of operation. A connection belongs to the thread that uses it first and is opened at its first use, so that a file
that cannot be opened now is tried again later. A batch is one transaction, synced to the disk at its end, because the
journal is removed after it. Which rows are new is asked within it, so that sums are added to exactly once. A row is kept
as the journal has it, beside the few columns that rows are looked for by: that is a third of what a column for each
field would cost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec

from dragoman.ledger.frames import emit_record, parse_row
from dragoman.ledger.queries import load_migrations, load_queries
from dragoman.ledger.rollup import Totals, fold_rows, plan_spans
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.store import Grouping, UsageLine, merge_lines, store_unavailable

FILE_NAME = "ledger.sqlite"
BUSY_SECONDS = 1.0

COLUMNS = ("id", "started_ms", "principal", "route", "provider", "model", "outcome")
"""What rows are looked for by; all else is in the row itself."""

_read_columns: Callable[[ExchangeRow], tuple[Any, ...]] = attrgetter(*COLUMNS)


class SqliteStore:
    """Rows in a file. With `is_reader` nothing is made or changed."""

    def __init__(self, path: Path, *, is_reader: bool = False) -> None:
        self._path = path
        self._is_reader = is_reader
        self._connection: sqlite3.Connection | None = None
        self._queries = load_queries()

    def __repr__(self) -> str:
        return f"<SqliteStore {self._path.name}>"

    def record_exchanges(self, rows: Sequence[ExchangeRow]) -> int:
        with self._use() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            new = self._select_new(connection, rows)
            written = ((*_read_columns(row), emit_record(row)) for row in new)
            connection.executemany(self._queries["insert_exchange"], written)
            sums = ((*key, *msgspec.structs.astuple(totals)) for key, totals in fold_rows(new).items())
            connection.executemany(self._queries["add_sums"], sums)
        return len(new)

    def read_exchange(self, exchange_id: str) -> ExchangeRow | None:
        with self._use() as connection:
            found = connection.execute(self._queries["read_exchange"], (exchange_id,)).fetchone()
        return None if found is None else parse_row(found[0])

    def read_usage(self, since_ms: int, until_ms: int, by: Grouping) -> list[UsageLine]:
        lines: list[tuple[str, Totals]] = []
        with self._use() as connection:
            for span in plan_spans(since_ms, until_ms):
                asked = {"by": by, **span._asdict()}
                found = connection.execute(self._queries["read_sums"], asked)
                lines += [(name, Totals(*sums)) for name, *sums in found]
        return merge_lines(lines, by)

    def remove_before(self, before_ms: int, limit: int) -> int:
        with self._use() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            old = connection.execute(self._queries["find_old"], (before_ms, limit)).fetchall()
            connection.executemany(self._queries["remove_exchange"], old)
            connection.execute(self._queries["remove_minutes"], (before_ms,))
        return len(old)

    def close(self) -> None:
        """Give the file back; a later use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _select_new(self, connection: sqlite3.Connection, rows: Sequence[ExchangeRow]) -> list[ExchangeRow]:
        """The rows that are not there yet, each once."""
        brought = {row.id: row for row in reversed(rows)}
        ids = msgspec.json.encode(list(brought)).decode()
        known = {found for (found,) in connection.execute(self._queries["find_known"], (ids,))}
        return [row for row_id, row in reversed(brought.items()) if row_id not in known]

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        """The connection; after a failure it is opened anew, since what it stands on may have gone."""
        try:
            if self._connection is None:
                self._connection = self._open()
            yield self._connection
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise store_unavailable(f"The ledger's file {self._path} cannot be used: {error}.") from error

    def _open(self) -> sqlite3.Connection:
        if not self._is_reader:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode = "ro" if self._is_reader else "rwc"
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}", timeout=BUSY_SECONDS, isolation_level=None, uri=True
        )
        try:
            if not self._is_reader:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the newest layout, step by step; all of it happens or nothing."""
    queries, migrations = load_queries(), load_migrations()
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(queries["make_migrations"])
        (done,) = connection.execute(queries["read_migration"]).fetchone()
        if done > migrations[-1].number:
            raise store_unavailable(
                "The ledger's file was written by a newer Dragoman; use that one, or another folder."
            )
        for migration in migrations[done:]:
            for statement in migration.statements:
                connection.execute(statement)
            connection.execute(queries["record_migration"], (migration.number, migration.name))
