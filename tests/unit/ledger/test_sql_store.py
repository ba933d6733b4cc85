"""What a store asks of a database: each batch is one change, and what breaks in it breaks all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import pytest

from dragoman.ledger.database import Given
from dragoman.ledger.frames import emit_record
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.sql_store import SqlStore
from tests.unit.ledger.rows import make_row


class Notebook:
    """A database that writes down what is said to it; `added` are the ids that it takes, `recorded` its rows."""

    place = "a notebook"

    def __init__(self, added: Sequence[str] = (), recorded: Sequence[tuple[int, ExchangeRow]] = ()) -> None:
        self.said: list[tuple[str, int]] = []
        self._answers: dict[str, list[tuple[Any, ...]]] = {
            "find_newest": [(7,)],
            "read_added": [(row_id,) for row_id in added],
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

    def tell(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        self.said += [(query, len(row)) for row in rows]
        return len(self._answers["read_added"])

    def run(self, statement: str) -> None:
        self.said.append((statement, 0))


def list_words(notebook: Notebook) -> list[str]:
    return [word for word, _ in groupby(word for word, _ in notebook.said)]


def test_where_all_rows_are_new_nothing_is_asked_of_them() -> None:
    notebook = Notebook(added=[make_row(1).id, make_row(2).id])
    assert SqlStore(notebook).record_exchanges([make_row(1), make_row(2)]) == 2
    assert list_words(notebook) == ["BEGIN", "find_newest", "insert_exchange", "add_sums", "COMMIT"]


def test_what_was_there_already_is_found_within_the_change_that_adds_the_rest() -> None:
    notebook = Notebook(added=[make_row(2).id])
    assert SqlStore(notebook).record_exchanges([make_row(1), make_row(2), make_row(2)]) == 1
    assert list_words(notebook) == ["BEGIN", "find_newest", "insert_exchange", "read_added", "add_sums", "COMMIT"]


def test_nothing_new_adds_nothing_to_the_sums() -> None:
    notebook = Notebook()
    assert SqlStore(notebook).record_exchanges([make_row(1)]) == 0
    assert list_words(notebook) == ["BEGIN", "find_newest", "insert_exchange", "read_added", "COMMIT"]


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
