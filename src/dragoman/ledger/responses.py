"""Responses that callers want to build on later: words of people and models, in one SQLite file of their own.

Invariants: a response is found by nobody but the principal that it was given to; what was removed is overwritten in the
file, not only forgotten. A conversation, that is a response and all that builds on it, grows old as one: it goes when
nobody has continued it for long, or when it is the longest unused one and there is no more room. Synchronous, for one
thread; the file is made by the first response that is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.queries import load_queries
from dragoman.ledger.store import store_unavailable

FILE_NAME = "responses.sqlite"
LAYOUT = 1
BUSY_SECONDS = 1.0
PRIVATE = 0o600
MAX_RECALLED_BYTES = 32 * 1024 * 1024
FORGET_AT_ONCE = 100
DEFAULT_MAX_BYTES = 1024 * 1024 * 1024

_MAKE = ("make_conversations", "make_conversations_by_time", "make_responses", "make_responses_by_conversation")


class KeptResponse(NamedTuple):
    """One response. `items` is the JSON array of what its request brought that its predecessor did not have."""

    id: str
    principal: str
    previous_id: str | None
    items: bytes
    body: bytes

    @property
    def size(self) -> int:
        return len(self.items) + len(self.body)


class ResponseStore:
    """The file. `max_bytes` is how much of what was said it may hold; it may be changed."""

    def __init__(self, path: Path, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._queries = load_queries("responses.sql")
        self._bytes = 0

    def __repr__(self) -> str:
        return f"<ResponseStore {self._path.name}: {self._bytes} bytes>"

    def record(self, response: KeptResponse, now_ms: int) -> None:
        """Keep a response, and make room for it if there is none."""
        with self._use(make=True) as connection:
            assert connection is not None
            with _transaction(connection):
                number = self._find_conversation(connection, response, now_ms)
                connection.execute(self._queries["insert_response"], (*response, number, response.size))
                connection.execute(self._queries["note_use"], (now_ms, response.size, number))
            self._bytes += response.size
        if self._bytes > self.max_bytes:
            self._make_room()

    def read(self, response_id: str, principal: str) -> KeptResponse | None:
        """The response, if there is one and it is this principal's."""
        with self._use() as connection:
            return None if connection is None else self._read(connection, response_id, principal)

    def read_conversation(self, response_id: str, principal: str) -> list[KeptResponse] | None:
        """The response and all that it builds on, the first one first; None if any of them is not there."""
        found: list[KeptResponse] = []
        size, wanted = 0, response_id
        with self._use() as connection:
            while wanted:
                response = None if connection is None else self._read(connection, wanted, principal)
                if response is None:
                    return None
                size += response.size
                if size > MAX_RECALLED_BYTES:
                    raise _too_long()
                found.append(response)
                wanted = response.previous_id or ""
        return found[::-1]

    def remove(self, response_id: str, principal: str) -> bool:
        """Remove one response; whether it was there. What builds on it stays, but cannot be continued any more."""
        with self._use() as connection:
            if connection is None:
                return False
            with _transaction(connection):
                row = connection.execute(self._queries["find_conversation"], (response_id, principal)).fetchone()
                if row is None:
                    return False
                number, size = row
                connection.execute(self._queries["remove_response"], (response_id,))
                connection.execute(self._queries["shrink_conversation"], (size, number))
                connection.execute(self._queries["remove_if_empty"], (number,))
            self._bytes -= size
            _empty_log(connection)
        return True

    def forget_before(self, before_ms: int) -> int:
        """Remove the conversations that nobody has continued since; how many there were."""
        return self._forget(
            lambda connection: connection.execute(self._queries["find_old"], (before_ms, FORGET_AT_ONCE))
        )

    def close(self) -> None:
        """Give the file back; a later use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, connection: sqlite3.Connection, response_id: str, principal: str) -> KeptResponse | None:
        row = connection.execute(self._queries["read_response"], (response_id, principal)).fetchone()
        return None if row is None else KeptResponse(*row)

    def _find_conversation(self, connection: sqlite3.Connection, response: KeptResponse, now_ms: int) -> int:
        """The one that the response continues, or a new one."""
        asked = (response.previous_id, response.principal)
        row = connection.execute(self._queries["find_conversation"], asked).fetchone()
        if row is not None:
            return int(row[0])
        return int(connection.execute(self._queries["open_conversation"], (now_ms,)).lastrowid or 0)

    def _make_room(self) -> None:
        while self._bytes > self.max_bytes:
            if not self._forget(lambda connection: connection.execute(self._queries["find_oldest"])):
                return

    def _forget(self, find: Callable[[sqlite3.Connection], Iterable[tuple[int, int]]]) -> int:
        """Remove whole conversations, as they are found."""
        count = 0
        with self._use() as connection:
            if connection is None:
                return 0
            with _transaction(connection):
                for number, size in list(find(connection)):
                    connection.execute(self._queries["remove_responses"], (number,))
                    connection.execute(self._queries["remove_conversation"], (number,))
                    count += 1
                    self._bytes -= size
            if count:
                _empty_log(connection)
        return count

    @contextmanager
    def _use(self, *, make: bool = False) -> Iterator[sqlite3.Connection | None]:
        """The connection, or None where there is no file and none is to be made. After a failure it is opened anew."""
        try:
            if self._connection is None and (make or self._path.exists()):
                self._connection = self._open()
            yield self._connection
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise store_unavailable(f"The file of kept responses {self._path} cannot be used: {error}.") from error

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.touch(PRIVATE)
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA secure_delete = ON")
            self._lay_out(connection)
            (self._bytes,) = connection.execute(self._queries["sum_bytes"]).fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _lay_out(self, connection: sqlite3.Connection) -> None:
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
        if layout > LAYOUT:
            raise store_unavailable(
                "The file of kept responses was written by a newer Dragoman; use that one, or another folder."
            )
        if layout == LAYOUT:
            return
        with _transaction(connection):
            for name in _MAKE:
                connection.execute(self._queries[name])
            connection.execute("PRAGMA user_version = 1")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def _empty_log(connection: sqlite3.Connection) -> None:
    """What was removed stands in the write-ahead log until that begins anew. Where somebody reads just now it waits."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _too_long() -> DragomanError:
    return DragomanError(
        Kind.CONTEXT_LENGTH,
        f"The conversation is longer than {MAX_RECALLED_BYTES // (1024 * 1024)} MiB; begin a new one.",
        path="previous_response_id",
    )
