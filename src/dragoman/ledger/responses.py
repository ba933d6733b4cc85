"""Responses that callers want to build on later: words of people and models, in one SQLite file of their own.

Invariants: a response is found by nobody but the principal that it was given to; what was removed is overwritten in the
file, not only forgotten. A conversation, that is a response and all that builds on it, grows old as one: it goes when
nobody has continued it for long, or when it is the longest unused one and there is no more room. Synchronous, for one
thread; the file is made by the first response that is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.private_file import PrivateFile, empty_log, transaction
from dragoman.ledger.queries import load_queries

FILE_NAME = "responses.sqlite"
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
        self._queries = load_queries("responses.sql")
        self._file = PrivateFile(path, "kept responses", [self._queries[name] for name in _MAKE], self._note_open)
        self._bytes = 0

    def __repr__(self) -> str:
        return f"<ResponseStore {self._file.path.name}: {self._bytes} bytes>"

    def record(self, response: KeptResponse, now_ms: int) -> None:
        """Keep a response, and make room for it if there is none."""
        with self._file.use(make=True) as connection:
            assert connection is not None
            with transaction(connection):
                number = self._find_conversation(connection, response, now_ms)
                connection.execute(self._queries["insert_response"], (*response, number, response.size))
                connection.execute(self._queries["note_use"], (now_ms, response.size, number))
            self._bytes += response.size
        if self._bytes > self.max_bytes:
            self._make_room()

    def read(self, response_id: str, principal: str) -> KeptResponse | None:
        """The response, if there is one and it is this principal's."""
        with self._file.use() as connection:
            return None if connection is None else self._read(connection, response_id, principal)

    def read_conversation(self, response_id: str, principal: str) -> list[KeptResponse] | None:
        """The response and all that it builds on, the first one first; None if any of them is not there."""
        found: list[KeptResponse] = []
        size, wanted = 0, response_id
        with self._file.use() as connection:
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
        with self._file.use() as connection:
            if connection is None:
                return False
            with transaction(connection):
                row = connection.execute(self._queries["find_conversation"], (response_id, principal)).fetchone()
                if row is None:
                    return False
                number, size = row
                connection.execute(self._queries["remove_response"], (response_id,))
                connection.execute(self._queries["shrink_conversation"], (size, number))
                connection.execute(self._queries["remove_if_empty"], (number,))
            self._bytes -= size
            empty_log(connection)
        return True

    def forget_before(self, before_ms: int) -> int:
        """Remove the conversations that nobody has continued since; how many there were."""
        return self._forget(
            lambda connection: connection.execute(self._queries["find_old"], (before_ms, FORGET_AT_ONCE))
        )

    def close(self) -> None:
        """Give the file back; a later use opens it again."""
        self._file.close()

    def _note_open(self, connection: sqlite3.Connection) -> None:
        (self._bytes,) = connection.execute(self._queries["sum_bytes"]).fetchone()

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
        with self._file.use() as connection:
            if connection is None:
                return 0
            with transaction(connection):
                for number, size in list(find(connection)):
                    connection.execute(self._queries["remove_responses"], (number,))
                    connection.execute(self._queries["remove_conversation"], (number,))
                    count += 1
                    self._bytes -= size
            if count:
                empty_log(connection)
        return count


def _too_long() -> DragomanError:
    return DragomanError(
        Kind.CONTEXT_LENGTH,
        f"The conversation is longer than {MAX_RECALLED_BYTES // (1024 * 1024)} MiB; begin a new one.",
        path="previous_response_id",
    )
