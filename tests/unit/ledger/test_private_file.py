"""A file of words: private, laid out once, and not touched where it is newer."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from dragoman.errors import DragomanError
from dragoman.ledger.private_file import LAYOUT, PrivateFile, transaction

MAKE = ["CREATE TABLE words (word TEXT)"]


def test_it_is_made_only_where_something_is_kept_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = PrivateFile(tmp_path / "in" / "words.sqlite", "words", MAKE)
    with file.use() as connection:
        assert connection is None
    with file.use(make=True) as connection:
        assert connection is not None
        connection.execute("INSERT INTO words VALUES ('one')")
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    file.close()
    with file.use() as connection:
        assert connection is not None
        assert connection.execute("SELECT word FROM words").fetchall() == [("one",)]
    file.close()


def test_one_that_a_newer_version_wrote_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "words.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {LAYOUT + 1}")
    connection.close()
    with pytest.raises(DragomanError, match="newer"), PrivateFile(path, "words", MAKE).use():
        pass


def test_a_failure_names_the_file_and_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "words.sqlite"
    path.write_text("no database at all, but long enough to be looked at" * 30)
    with (
        pytest.raises(DragomanError, match="cannot be used"),
        PrivateFile(path, "words", MAKE).use(),
    ):
        pass


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    file = PrivateFile(tmp_path / "words.sqlite", "words", MAKE)
    with file.use(make=True) as connection:
        assert connection is not None
        with pytest.raises(ZeroDivisionError), transaction(connection):
            connection.execute("INSERT INTO words VALUES ('one')")
            raise ZeroDivisionError
        assert connection.execute("SELECT word FROM words").fetchall() == []
    file.close()


def test_one_that_was_put_in_the_place_of_another_is_opened_anew(tmp_path: Path) -> None:
    file, other = PrivateFile(tmp_path / "words.sqlite", "words", MAKE), PrivateFile(tmp_path / "other", "words", MAKE)
    for one, word in ((file, "old"), (other, "new")):
        with one.use(make=True) as connection:
            assert connection is not None
            connection.execute("INSERT INTO words VALUES (?)", (word,))
    other.close()
    (tmp_path / "other").replace(file.path)
    for leftover in tmp_path.glob("words.sqlite-*"):
        leftover.unlink()
    with file.use() as connection:
        assert connection is not None
        assert connection.execute("SELECT word FROM words").fetchall() == [("new",)]
    file.close()


def test_whoever_opens_it_may_look_at_it_first(tmp_path: Path) -> None:
    seen: list[sqlite3.Connection] = []
    file = PrivateFile(tmp_path / "words.sqlite", "words", MAKE, seen.append)
    with file.use(make=True) as connection:
        assert seen == [connection]
    file.close()
