"""The store in Postgres, by the extra `dragoman[postgres]`: for who wants several gateways in one ledger.

Theory of operation. Whoever changes something holds a lock of Postgres for that time, so that several gateways write one
after the other and no two ever wait for each other's rows. Postgres itself ends what takes too long. Where it does not
even say that (its machine is gone, its process is stopped), the socket is shut down from outside, and whoever waits for it
goes on with an error: nobody ever waits for longer than `DEADLINE_SECONDS`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Timer
from typing import Any, cast

import psycopg
from psycopg.types.numeric import Int8Dumper

from dragoman.config.postgres_url import parse_postgres_url, show_address
from dragoman.ledger.database import Given, lay_out, read_layout
from dragoman.ledger.queries import load_migrations, load_queries
from dragoman.ledger.sql_store import SqlStore
from dragoman.ledger.store import store_unavailable
from dragoman.model.secret import Secret

FOLDER = "postgres"
STATEMENT_SECONDS = 15
DEADLINE_SECONDS = 20.0

CONNECTING = {
    "connect_timeout": "3",
    "application_name": "dragoman",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""What an address may say otherwise."""


class PostgresSession:
    """A connection, and the words for it."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], queries: Mapping[str, str]) -> None:
        self.connection = connection
        self._queries = {name: text.encode() for name, text in queries.items()}

    def ask(self, query: str, given: Given = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(self._queries[query], _clean(given) or None).fetchall()

    def tell(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        with self.connection.cursor() as cursor:
            cursor.executemany(self._queries[query], [_clean(row) for row in rows])
            return cursor.rowcount

    def run(self, statement: str) -> None:
        self.connection.execute(statement.encode())


class PostgresDatabase:
    """A database that `url` is the address of. With `is_reader` nothing is made or changed."""

    def __init__(self, url: Secret, *, is_reader: bool = False) -> None:
        self._connecting = CONNECTING | parse_postgres_url(url)
        self.place = show_address(url)
        self._is_reader = is_reader
        self._session: PostgresSession | None = None
        self._queries = load_queries(f"{FOLDER}/queries.sql")
        self._is_made = False

    def __repr__(self) -> str:
        return f"<PostgresDatabase {self.place}>"

    @contextmanager
    def use(self) -> Iterator[PostgresSession]:
        """After a failure the connection is opened anew."""
        try:
            if self._session is None:
                self._session = self._open()
            with _deadline(self._session.connection):
                yield self._session
        except (psycopg.Error, OSError) as error:
            self.close()
            reason = " ".join(str(error).split())
            raise store_unavailable(f"The ledger's Postgres at {self.place} cannot be used: {reason}.") from error

    @contextmanager
    def change(self) -> Iterator[PostgresSession]:
        with self.use() as session, session.connection.transaction():
            session.ask("lock_out_others")
            yield session

    def is_made(self) -> bool:
        if not self._is_made:
            with self.use() as session:
                newest = load_migrations(FOLDER)[-1].number
                self._is_made = bool(session.ask("find_migrations")) and read_layout(session) == newest
        return self._is_made

    def close(self) -> None:
        if self._session is not None:
            self._session.connection.close()
            self._session = None

    def _open(self) -> PostgresSession:
        connection = psycopg.connect(autocommit=True, **cast("Any", self._connecting))
        try:
            connection.adapters.register_dumper(int, Int8Dumper)
            session = PostgresSession(connection, self._queries)
            with _deadline(connection):
                self._prepare(session)
        except BaseException:
            connection.close()
            raise
        return session

    def _prepare(self, session: PostgresSession) -> None:
        session.ask("bound_statements", (f"{STATEMENT_SECONDS}s",))
        session.run(self._queries["use_schema"])
        if self._is_reader:
            session.run(self._queries["refuse_changes"])
            return
        with session.connection.transaction():
            session.ask("lock_out_others")
            if not session.ask("find_schema"):
                session.run(self._queries["make_schema"])
            lay_out(session, self._queries["make_migrations"], load_migrations(FOLDER))


class PostgresStore(SqlStore):
    """Rows in Postgres. With `is_reader` nothing is made or changed."""

    def __init__(self, url: Secret, *, is_reader: bool = False) -> None:
        super().__init__(PostgresDatabase(url, is_reader=is_reader))


@contextmanager
def _deadline(connection: psycopg.Connection[tuple[Any, ...]]) -> Iterator[None]:
    """Whoever waits for the connection for too long finds it broken."""
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        timer = Timer(DEADLINE_SECONDS, same.shutdown, (socket.SHUT_RDWR,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _clean(given: Given) -> Given:
    """Postgres has no text with a zero byte in it; the row itself keeps it."""
    if isinstance(given, Mapping):
        return {name: _clean_one(value) for name, value in given.items()}
    return [_clean_one(value) for value in given]


def _clean_one(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
