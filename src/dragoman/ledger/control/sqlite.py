"""The control store in a private file of its own beside the ledger's.

Theory of operation. SQLite tells each connection whether another one has changed the file (`data_version`), at the price
of a look at its head; so the gateway notices what the command line does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from dragoman.errors import DragomanError
from dragoman.ledger.control.memory import name_taken
from dragoman.ledger.control.records import AuditEntry, Holdings, KeyRecord, SealedCredential, TeamRecord
from dragoman.ledger.private_file import PrivateFile, transaction
from dragoman.ledger.queries import load_queries
from dragoman.ledger.sqlite import migrate

FILE_NAME = "control.sqlite"
NEWEST = 2**62

T = TypeVar("T")


class ControlFile(PrivateFile):
    """Laid out step by step, and synced at the end of every change."""

    synchronous = "FULL"

    def _lay_out(self, connection: sqlite3.Connection) -> None:
        migrate(connection, "control")


class SqliteControl:
    """The file. Without one there is nothing, until something is to be kept."""

    def __init__(self, path: Path) -> None:
        self._file = ControlFile(path, "keys")
        self._queries = load_queries("control.sql")

    def __repr__(self) -> str:
        return f"<SqliteControl {self._file.path.name}>"

    def read_version(self) -> object:
        with self._file.use() as connection:
            return None if connection is None else (self._file.inode, _read_one(connection, "PRAGMA data_version"))

    def read_holdings(self) -> Holdings:
        with self._file.use() as connection:
            if connection is None:
                return Holdings()
            with transaction(connection, "DEFERRED"):
                return Holdings(
                    self._read_all(connection, "read_keys", KeyRecord),
                    self._read_all(connection, "read_teams", TeamRecord),
                    self._read_all(connection, "read_credentials", SealedCredential),
                )

    def add_key(self, key: KeyRecord, entry: AuditEntry) -> None:
        self._change(entry, "add_key", (key.id, key.name, _emit(key)), taken=name_taken("key", key.name))

    def change_key(self, key: KeyRecord, entry: AuditEntry) -> None:
        self._change(entry, "change_key", (key.id, key.name, _emit(key)))

    def add_team(self, team: TeamRecord, entry: AuditEntry) -> None:
        self._change(entry, "add_team", (team.name, _emit(team)), taken=name_taken("team", team.name))

    def change_team(self, team: TeamRecord, entry: AuditEntry) -> None:
        self._change(entry, "change_team", (team.name, _emit(team)))

    def remove_team(self, name: str, entry: AuditEntry) -> None:
        self._change(entry, "remove_team", (name,))

    def record_credentials(self, credentials: Sequence[SealedCredential], entry: AuditEntry) -> None:
        self._change(entry, "record_credential", *((one.provider, one.name, _emit(one)) for one in credentials))

    def remove_credential(self, provider: str, name: str, entry: AuditEntry) -> bool:
        return self._change(entry, "remove_credential", (provider, name)) > 0

    def record_entry(self, entry: AuditEntry) -> None:
        self._change(entry, "record_entry")

    def read_entries(self, before: int | None, limit: int, text: str = "") -> list[AuditEntry]:
        with self._file.use() as connection:
            if connection is None:
                return []
            asked = (NEWEST if before is None else before, limit, text)
            found = connection.execute(self._queries["read_entries"], asked).fetchall()
        return [msgspec.structs.replace(_parse(record, AuditEntry), sequence=number) for number, record in found]

    def close(self) -> None:
        """Give the file back; a later use opens it again."""
        self._file.close()

    def _change(self, entry: AuditEntry, query: str, *rows: tuple[str, ...], taken: DragomanError | None = None) -> int:
        """Do it for each row, and note it; how many were changed. What changes nothing is not noted. `taken` is raised
        where there is one of that name."""
        with self._file.use(make=True) as connection:
            assert connection is not None
            with transaction(connection):
                changed = sum(self._run(connection, query, row, taken) for row in rows)
                if changed or not rows:
                    connection.execute(self._queries["record_entry"], (_emit(entry),))
        return changed

    def _run(
        self, connection: sqlite3.Connection, query: str, row: tuple[str, ...], taken: DragomanError | None
    ) -> int:
        try:
            return connection.execute(self._queries[query], row).rowcount
        except sqlite3.IntegrityError as error:
            raise taken or error from None

    def _read_all(self, connection: sqlite3.Connection, query: str, kind: type[T]) -> tuple[T, ...]:
        return tuple(_parse(record, kind) for (record,) in connection.execute(self._queries[query]))


def _emit(record: msgspec.Struct) -> str:
    return msgspec.json.encode(record).decode()


def _parse(text: str, kind: type[T]) -> T:
    return msgspec.json.decode(text, type=kind)


def _read_one(connection: sqlite3.Connection, query: str) -> int:
    (value,) = connection.execute(query).fetchone()
    return int(value)
