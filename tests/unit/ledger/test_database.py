"""A layout is brought to the newest, step by step."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from dragoman.errors import DragomanError
from dragoman.ledger.database import lay_out, read_layout
from dragoman.ledger.queries import Migration, load_queries
from dragoman.ledger.sqlite import SqliteSession

FIRST = Migration(1, "one", ("CREATE TABLE a (b INTEGER)",))
SECOND = Migration(2, "two", ("ALTER TABLE a ADD COLUMN c INTEGER", "INSERT INTO a VALUES (1, 2)"))
MAKE = load_queries()["make_migrations"]


@pytest.fixture
def session() -> Iterator[SqliteSession]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield SqliteSession(connection, load_queries())


def test_only_steps_that_are_missing_are_made(session: SqliteSession) -> None:
    lay_out(session, MAKE, [FIRST])
    assert read_layout(session) == 1
    for _ in range(2):
        lay_out(session, MAKE, [FIRST, SECOND])
    assert read_layout(session) == 2
    assert session.connection.execute("SELECT * FROM a").fetchall() == [(1, 2)]


def test_a_newer_layout_is_left_alone(session: SqliteSession) -> None:
    lay_out(session, MAKE, [FIRST, SECOND])
    with pytest.raises(DragomanError, match="newer Dragoman"):
        lay_out(session, MAKE, [FIRST])
