"""What a store of rows and sums needs of a database. Queries go by their names; each database has its own text for each.

A form of it is in `sqlite.py`, another in `postgres.py`; all questions are put by `sql_store.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from dragoman.ledger.queries import Migration
from dragoman.ledger.store import store_unavailable

Given = Sequence[Any] | Mapping[str, Any]


class Session(Protocol):
    """What can be said while a connection is in use."""

    def ask(self, query: str, given: Given = ()) -> list[tuple[Any, ...]]:
        """The lines of the answer."""
        ...

    def tell(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        """Once for each row; how many lines of the database that has changed."""
        ...

    def run(self, statement: str) -> None:
        """Something that is not among the queries: a step of a migration."""
        ...


class Database(Protocol):
    """Raises UNAVAILABLE, and nothing else, where it cannot be used now; a later use tries again."""

    @property
    def place(self) -> str:
        """Where it is, for people."""
        ...

    def use(self) -> AbstractContextManager[Session]:
        """For questions."""
        ...

    def change(self) -> AbstractContextManager[Session]:
        """For changes: all of them happen or none, and nobody else changes anything meanwhile."""
        ...

    def is_made(self) -> bool:
        """Whether there is anything to read, in its newest layout. While somebody is just making it, there is not."""
        ...

    def close(self) -> None:
        """Give the connection back; a later use opens it again."""
        ...


def lay_out(session: Session, make: str, migrations: Sequence[Migration]) -> None:
    """Bring the layout to the newest, step by step, within a change. `make` is what makes the table of steps."""
    session.run(make)
    done = read_layout(session)
    if done > migrations[-1].number:
        raise store_unavailable("The ledger was written by a newer Dragoman; use that one, or another place.")
    for migration in migrations[done:]:
        for statement in migration.statements:
            session.run(statement)
        session.tell("record_migration", [(migration.number, migration.name)])


def read_layout(session: Session) -> int:
    """The number of the last step that was made."""
    return int(session.ask("read_migration")[0][0])
