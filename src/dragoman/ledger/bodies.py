"""What was said in exchanges, word for word, where the operator wants it kept: on four sides, bounded in age and size.

Nothing else refers to it, so it may go at any time. Synchronous, for one thread; the file is made by the first exchange
that is kept.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from dragoman.ledger.private_file import PrivateFile, empty_log, transaction
from dragoman.ledger.queries import load_queries

FILE_NAME = "bodies.sqlite"
REMOVE_AT_ONCE = 200
DEFAULT_MAX_BYTES = 256 * 1024 * 1024

_MAKE = ("make_bodies", "make_bodies_by_time")


class Bodies(msgspec.Struct, frozen=True, array_like=True):
    """One exchange on its four sides; the provider's are those of the last attempt. `cut` names the sides of which only
    the beginning is here; `losses` has code, path and detail of each."""

    exchange_id: str
    principal: str
    client_request: bytes
    provider_request: bytes = b""
    provider_answer: bytes = b""
    client_answer: bytes = b""
    cut: tuple[str, ...] = ()
    losses: tuple[tuple[str, str, str], ...] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Bodies)


class BodyStore:
    """The file. `max_bytes` is how much it may hold; it may be changed."""

    def __init__(self, path: Path, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._queries = load_queries("bodies.sql")
        self._file = PrivateFile(path, "kept bodies", [self._queries[name] for name in _MAKE], self._note_open)
        self._bytes = 0

    def __repr__(self) -> str:
        return f"<BodyStore {self._file.path.name}: {self._bytes} bytes>"

    def record(self, bodies: Bodies, now_ms: int) -> None:
        """Keep them, and make room if there is none."""
        packed = zlib.compress(_encoder.encode(bodies), 1)
        with self._file.use(make=True) as connection:
            assert connection is not None
            row = (bodies.exchange_id, bodies.principal, now_ms, len(packed), packed)
            connection.execute(self._queries["insert_bodies"], row)
            self._bytes += len(packed)
        while self._bytes > self.max_bytes:
            if not self._remove(lambda connection: self._find(connection, "find_oldest")):
                return

    def read(self, exchange_id: str) -> Bodies | None:
        """Those of one exchange, if they are kept."""
        with self._file.use() as connection:
            if connection is None:
                return None
            row = connection.execute(self._queries["read_bodies"], (exchange_id,)).fetchone()
            return None if row is None else _decoder.decode(zlib.decompress(row[0]))

    def remove_before(self, before_ms: int) -> int:
        """Remove some of those that were kept before; how many."""
        return self._remove(lambda connection: self._find(connection, "find_old", before_ms))

    def remove_of(self, principal: str) -> int:
        """Remove some of a principal's; how many."""
        return self._remove(lambda connection: self._find(connection, "find_of_principal", principal))

    def close(self) -> None:
        """Give the file back; a later use opens it again."""
        self._file.close()

    def _find(self, connection: sqlite3.Connection, query: str, *arguments: object) -> Iterable[tuple[str, int]]:
        return connection.execute(self._queries[query], (*arguments, REMOVE_AT_ONCE)).fetchall()

    def _remove(self, find: Callable[[sqlite3.Connection], Iterable[tuple[str, int]]]) -> int:
        with self._file.use() as connection:
            if connection is None:
                return 0
            with transaction(connection):
                found = list(find(connection))
                connection.executemany(self._queries["remove_bodies"], [(exchange_id,) for exchange_id, _ in found])
            self._bytes -= sum(size for _, size in found)
            if found:
                empty_log(connection)
            return len(found)

    def _note_open(self, connection: sqlite3.Connection) -> None:
        (self._bytes,) = connection.execute(self._queries["sum_bytes"]).fetchone()
