"""What a store asks of a database: each batch is one change, and what breaks in it breaks all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from dragoman.ledger.database import Given
from dragoman.ledger.frames import emit_record
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.sql_store import COLUMNS, SqlStore
from tests.unit.ledger.rows import make_row


class Notebook:
    """A database that writes down what is said to it; `known` are the ids that it has, `recorded` its rows."""

    place = "a notebook"

    def __init__(self, known: Sequence[str] = (), recorded: Sequence[tuple[int, ExchangeRow]] = ()) -> None:
        self.said: list[tuple[str, int]] = []
        self._answers: dict[str, list[tuple[Any, ...]]] = {
            "find_known": [(row_id,) for row_id in known],
            "read_recorded": [(number, emit_record(row)) for number, row in recorded],
        }

    @contextmanager
    def use(self) -> Iterator[Notebook]:
        yield self

    @contextmanager
    def change(self) -> Iterator[Notebook]:
        self.run("BEGIN")
        try:
            yield self
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def is_made(self) -> bool:
        return True

    def close(self) -> None:
        self.run("CLOSE")

    def ask(self, query: str, given: Given = ()) -> list[tuple[Any, ...]]:
        self.said.append((query, len(given)))
        return self._answers.get(query, [])

    def tell(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        self.said += [(query, len(row)) for row in rows]

    def run(self, statement: str) -> None:
        self.said.append((statement, 0))


def test_what_is_known_is_asked_within_the_change_that_adds_the_rest() -> None:
    notebook = Notebook(known=[make_row(1).id])
    assert SqlStore(notebook).record_exchanges([make_row(1), make_row(2), make_row(2)]) == 1
    assert [word for word, _ in notebook.said[:3]] == ["BEGIN", "find_known", "insert_exchange"]
    assert notebook.said.count(("insert_exchange", len(COLUMNS) + 1)) == 1
    assert {word for word, _ in notebook.said[3:-1]} == {"add_sums"}
    assert notebook.said[-1][0] == "COMMIT"


def test_what_cannot_be_priced_changes_nothing() -> None:
    notebook = Notebook(recorded=[(1, make_row(1))])

    def finish(row: ExchangeRow) -> ExchangeRow:
        raise KeyError(row.id)

    with pytest.raises(KeyError):
        SqlStore(notebook).reprice(finish, 0, 0, 10)
    assert [word for word, _ in notebook.said] == ["BEGIN", "read_recorded", "ROLLBACK"]


def test_a_repricing_goes_on_after_the_last_row_until_there_are_fewer_than_asked_for() -> None:
    recorded = [(number, make_row(number)) for number in (4, 7)]
    assert SqlStore(Notebook(recorded=recorded)).reprice(lambda row: row, 0, 0, 2).last == 7
    assert SqlStore(Notebook(recorded=recorded)).reprice(lambda row: row, 0, 0, 3).last is None


def test_it_says_where_it_is_and_gives_the_database_back() -> None:
    notebook = Notebook()
    store = SqlStore(notebook)
    assert (store.place, store.is_made()) == ("a notebook", True)
    assert repr(store).startswith("<SqlStore in <")
    store.close()
    assert notebook.said == [("CLOSE", 0)]
