"""What callers have handed in to refer to later, files and contents to be cached, in one SQLite file of its own.

Invariants: an upload is found by nobody but the principal that it is from, and by nobody once its time is over; what was
removed is overwritten in the file. Nothing makes way for something new: where there is no room, the new one is refused,
since its owner counts on what was promised to be there. Synchronous, for one thread.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal, NamedTuple

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.private_file import PrivateFile, empty_log, transaction
from dragoman.ledger.queries import load_queries

FILE_NAME = "uploads.sqlite"
MIB = 1024 * 1024
MAX_EACH = 1000
"""How many uploads a principal may have at a time."""

UploadKind = Literal["file", "cached_content"]

_MAKE = ("make_uploads", "make_uploads_by_principal", "make_uploads_by_end")


class Upload(NamedTuple):
    """One of them. `head` is what is told of it, in JSON; `body` is left out where uploads are listed."""

    id: str
    kind: UploadKind
    principal: str
    created_ms: int
    expires_ms: int
    head: bytes
    body: bytes

    @property
    def size(self) -> int:
        return len(self.head) + len(self.body)


class Room(NamedTuple):
    """How much may be kept, of all principals and of each."""

    max_bytes: int = 1024 * MIB
    max_bytes_each: int = 256 * MIB


class UploadStore:
    """The file. Its room may be changed."""

    def __init__(self, path: Path) -> None:
        self.room = Room()
        self._queries = load_queries("uploads.sql")
        self._file = PrivateFile(path, "uploads", [self._queries[name] for name in _MAKE], self._note_open)
        self._bytes = 0

    def __repr__(self) -> str:
        return f"<UploadStore {self._file.path.name}: {self._bytes} bytes>"

    @property
    def exists(self) -> bool:
        """Whether anything was ever kept."""
        return self._file.path.exists()

    def record(self, upload: Upload, now_ms: int) -> None:
        """Keep an upload; raises where there is no room for it."""
        self.forget(now_ms)
        with self._file.use(make=True) as connection:
            assert connection is not None
            self._check_room(connection, upload)
            with transaction(connection):
                connection.execute(self._queries["insert_upload"], (*upload, upload.size))
            self._bytes += upload.size

    def read(self, upload_id: str, principal: str, now_ms: int) -> Upload | None:
        """The upload, if there is one and it is this principal's."""
        with self._file.use() as connection:
            if connection is None:
                return None
            row = connection.execute(self._queries["read_upload"], (upload_id, principal, now_ms)).fetchone()
            return None if row is None else Upload(*row)

    def list_all(self, kind: UploadKind, principal: str, now_ms: int) -> list[Upload]:
        """All that a principal has, the newest first, without their bodies."""
        with self._file.use() as connection:
            if connection is None:
                return []
            asked = (principal, kind, now_ms)
            return [Upload(*row) for row in connection.execute(self._queries["list_uploads"], asked)]

    def change(self, upload: Upload) -> None:
        """Another end, and what is told of it then."""
        with self._file.use() as connection:
            if connection is not None:
                changed = (upload.expires_ms, upload.head, upload.id, upload.principal)
                connection.execute(self._queries["change_end"], changed)

    def remove(self, upload_id: str, principal: str) -> bool:
        """Remove an upload; whether it was there."""
        return bool(self._remove("remove_upload", (upload_id, principal)))

    def forget(self, now_ms: int) -> int:
        """Remove what has come to its end; how many there were."""
        return self._remove("remove_old", (now_ms,))

    def close(self) -> None:
        """Give the file back; a later use opens it again."""
        self._file.close()

    def _note_open(self, connection: sqlite3.Connection) -> None:
        (self._bytes,) = connection.execute(self._queries["sum_bytes"]).fetchone()

    def _remove(self, query: str, values: tuple[object, ...]) -> int:
        with self._file.use() as connection:
            if connection is None:
                return 0
            with transaction(connection):
                sizes = [size for (size,) in connection.execute(self._queries[query], values)]
            self._bytes -= sum(sizes)
            if sizes:
                empty_log(connection)
            return len(sizes)

    def _check_room(self, connection: sqlite3.Connection, upload: Upload) -> None:
        count, used = connection.execute(self._queries["sum_of_principal"], (upload.principal,)).fetchone()
        room = self.room
        if count >= MAX_EACH or used + upload.size > room.max_bytes_each:
            raise _no_room("You have", "remove some of yours first")
        if self._bytes + upload.size > room.max_bytes:
            raise _no_room("This gateway has", "it may be there later")


def _no_room(who: str, advice: str) -> DragomanError:
    return DragomanError(Kind.TOO_LARGE, f"{who} no room for another upload of this size; {advice}.", code="no_room")
