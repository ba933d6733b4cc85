"""The files of SQL are whole and fit each other."""

from __future__ import annotations

import re
import sqlite3

from dragoman.ledger.queries import load_migrations, load_queries, split_statements
from dragoman.ledger.rollup import TOTAL_FIELDS, RollupKey
from dragoman.ledger.sqlite import migrate


def read_columns(table: str) -> list[str]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    columns = [name for _, name, *_ in connection.execute("SELECT * FROM pragma_table_info(?)", (table,))]
    connection.close()
    return columns


def test_every_query_is_understood_by_the_newest_layout() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    for name, query in load_queries().items():
        names = set(re.findall(r":(\w+)", re.sub(r"'[^']*'", "", query)))
        given = dict.fromkeys(names, 1) if names else (None,) * query.count("?")
        connection.execute("EXPLAIN " + query, given), name
    connection.close()
    assert len(load_queries()) > 8


def test_the_tables_have_the_fields_of_the_rows_in_their_order() -> None:
    assert {"id", "started_ms", "row"} < set(read_columns("exchanges"))
    assert read_columns("sums") == [*RollupKey._fields, *TOTAL_FIELDS]


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in load_migrations()] == list(range(1, len(load_migrations()) + 1))
    assert load_migrations()[0].name == "rows-and-sums"


def test_a_file_is_split_into_statements_at_their_ends() -> None:
    assert list(split_statements("-- why\nCREATE TABLE a (b);\n\nSELECT ';'\n;\n")) == [
        "-- why\nCREATE TABLE a (b);",
        "SELECT ';'\n;",
    ]


def test_migrating_twice_changes_nothing() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    migrate(connection)
    assert connection.execute("SELECT count(*) FROM migrations").fetchone() == (len(load_migrations()),)
    connection.close()


def test_sums_of_the_first_layout_are_kept_by_the_second() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    first, second, *_ = load_migrations()
    for statement in first.statements:
        connection.execute(statement)
    values = ("day", 0, "ada", "fast", "openai", "small", *range(1, 19))
    connection.execute(f"INSERT INTO sums VALUES ({','.join('?' * len(values))})", values)
    for statement in second.statements:
        connection.execute(statement)
    rows = connection.execute("SELECT * FROM sums").fetchall()
    connection.close()
    assert {row[:11] for row in rows} == {
        ("day", "", 0, "ada", "", "", "fast", "openai", "small", "", ""),
        ("day", "key", 0, "ada", "", "", "", "", "", "", ""),
        ("day", "route", 0, "", "", "", "fast", "", "", "", ""),
        ("day", "model", 0, "", "", "", "", "openai", "small", "", ""),
        ("day", "credential", 0, "", "", "", "", "openai", "", "", ""),
    }
    assert {row[11:] for row in rows} == {(*range(1, 19), 0, 0)}


def test_sums_of_earlier_layouts_have_no_hits() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    *_, third = load_migrations()[:3]
    for migration in load_migrations()[:2]:
        for statement in migration.statements:
            connection.execute(statement)
    values = ("day", "key", 0, "ada", *[""] * 7, *range(1, 21))
    connection.execute(f"INSERT INTO sums VALUES ({','.join('?' * len(values))})", values)
    for statement in third.statements:
        connection.execute(statement)
    assert connection.execute("SELECT * FROM sums").fetchall() == [(*values, 0, 0)]
    connection.close()
