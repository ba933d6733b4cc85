"""An SQLite file that holds secrets or words of people and models: nobody but the gateway's user may read it, and what is
removed is overwritten, not only forgotten. It is made when something is first kept. One that was put in the place of
another (a backup, say) shows by its inode. Synchronous, for one thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from dragoman.ledger.store import store_unavailable

LAYOUT = 1
BUSY_SECONDS = 1.0
PRIVATE = 0o600


class PrivateFile:
    """`subject` is what messages call it, `make` the statements that lay it out; `note_open` is told when it is opened."""

    synchronous: ClassVar[Literal["NORMAL", "FULL"]] = "NORMAL"  # FULL: a power cut loses nothing that was kept

    def __init__(
        self,
        path: Path,
        subject: str,
        make: Sequence[str] = (),
        note_open: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        self.path = path
        self.inode = 0
        self._subject = subject
        self._make = make
        self._note_open = note_open
        self._connection: sqlite3.Connection | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path.name}>"

    @contextmanager
    def use(self, *, make: bool = False) -> Iterator[sqlite3.Connection | None]:
        """The connection, or None where there is no file and none is to be made. After a failure it is opened anew."""
        try:
            self._follow()
            if self._connection is None and (make or self.path.exists()):
                self._connection = self._open()
            yield self._connection
        except (sqlite3.Error, OSError, msgspec.MsgspecError) as error:
            self.close()
            raise store_unavailable(f"The file of {self._subject} {self.path} cannot be used: {error}.") from error

    def close(self) -> None:
        """Give the file back; a later use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.touch(PRIVATE)
        self.inode = self._read_inode()
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self.synchronous}")
            connection.execute("PRAGMA secure_delete = ON")
            self._lay_out(connection)
            if self._note_open is not None:
                self._note_open(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _follow(self) -> None:
        """Let go of a file that is not at its place any more."""
        if self._connection is not None and self._read_inode() != self.inode:
            self.close()

    def _read_inode(self) -> int:
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return 0

    def _lay_out(self, connection: sqlite3.Connection) -> None:
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
        if layout > LAYOUT:
            raise store_unavailable(
                f"The file of {self._subject} was written by a newer Dragoman; use that one, or another folder."
            )
        if layout == LAYOUT:
            return
        with transaction(connection):
            for statement in self._make:
                connection.execute(statement)
            connection.execute("PRAGMA user_version = 1")


@contextmanager
def transaction(connection: sqlite3.Connection, kind: Literal["IMMEDIATE", "DEFERRED"] = "IMMEDIATE") -> Iterator[None]:
    """All of it or nothing; of several reads, one state of the file."""
    with connection:
        connection.execute(f"BEGIN {kind}")
        yield


def empty_log(connection: sqlite3.Connection) -> None:
    """What was removed stands in the write-ahead log until that begins anew. Where somebody reads just now it waits."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
