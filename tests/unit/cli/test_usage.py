"""`dragoman usage`."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dragoman.cli.usage import disarm, show_dollars, show_name, usage
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from tests.unit.ledger.rows import DAY_MS, make_row


def run(*arguments: str) -> Result:
    return CliRunner().invoke(usage, arguments, standalone_mode=False, catch_exceptions=False)


@pytest.fixture
def ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SqliteStore:
    """A ledger with three exchanges of today and one of last year."""
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    store = SqliteStore(folder / "ledger" / FILE_NAME)
    now_ms = time.time_ns() // 1_000_000
    store.record_exchanges(
        [
            make_row(1, started_ms=now_ms, cost_nanodollars=1_500_000_000, cache_read=50, reasoning=5),
            make_row(2, started_ms=now_ms, cost_nanodollars=None, outcome="failed", route="=1+1"),
            make_row(3, started_ms=now_ms, cost_nanodollars=250_000, model="tiny", principal="bob"),
            make_row(4, started_ms=now_ms - 400 * DAY_MS, model="old"),
        ]
    )
    store.close()
    return store


def test_the_dearest_comes_first_and_all_is_summed(ledger: SqliteStore) -> None:
    heading, *lines = run().stdout.splitlines()
    assert heading.split() == ["model", "exchanges", "failed", "input", "cached", "output", "cost"]
    assert [line.split() for line in lines] == [
        ["openai/small", "2", "1", "250", "50", "45", "$1.5000*"],
        ["openai/tiny", "1", "0", "100", "0", "20", "$0.0003"],
        ["all", "3", "1", "350", "50", "65", "$1.5003*"],
    ]
    assert len({len(line) for line in [heading, *lines]}) == 1


def test_a_date_reaches_further_back(ledger: SqliteStore) -> None:
    assert "openai/old" not in run("--since", "300d").stdout
    assert "openai/old" in run("--since", "2020-01-01").stdout


def test_json_has_every_sum(ledger: SqliteStore) -> None:
    first, second = json.loads(run("--by", "key", "--json").stdout)
    assert (first["name"], second["name"]) == ("ada", "bob")
    assert (first["exchanges"], first["unpriced"], first["cost_nanodollars"]) == (2, 1, 1_500_000_000)


def test_csv_has_a_heading_and_holds_no_formula(ledger: SqliteStore) -> None:
    rows = list(csv.DictReader(io.StringIO(run("--by", "route", "--csv").stdout)))
    assert [row["route"] for row in rows] == ["fast", "'=1+1"]
    assert rows[0]["cost_nanodollars"] == "1500250000"
    assert disarm("plain") == "plain"


def test_without_a_ledger_it_says_where_it_looked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    result = run()
    assert (result.stdout, result.return_value) == ("", 0)
    assert str(folder / "ledger" / FILE_NAME) in result.stderr
    assert list(folder.iterdir()) == []


def test_the_ledger_may_be_elsewhere(folder: Path) -> None:
    (folder / "dragoman.yaml").write_text(f"ledger: {{path: {folder}/books}}\n")
    store = SqliteStore(folder / "books" / FILE_NAME)
    store.record_exchanges([make_row(1, started_ms=time.time_ns() // 1_000_000)])
    store.close()
    assert "openai/small" in run().stdout


@pytest.mark.parametrize("text", ["", "x", "7", "d7", "2026-13-01"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="neither a time ago"):
        run("--since", text)


def test_a_dollar_is_never_a_float() -> None:
    assert show_dollars(0) == "$0.0000"
    assert show_dollars(49_999) == "$0.0000"
    assert show_dollars(50_000) == "$0.0001"
    assert show_dollars(10**21 + 1) == "$1,000,000,000,000.0000"


def test_a_name_cannot_play_tricks_on_the_terminal() -> None:
    assert show_name("a\x1b[2Jb\n") == "a?[2Jb?"
    assert show_name("") == "-"


def test_answers_given_again_have_columns_where_there_are_any(ledger: SqliteStore) -> None:
    assert "hits" not in run().stdout
    ledger.record_exchanges(
        [make_row(9, started_ms=time.time_ns() // 1_000_000, is_hit=True, model="tiny", saved_nanodollars=1_000_000)]
    )
    ledger.close()
    heading, *lines = run().stdout.splitlines()
    assert heading.split()[-2:] == ["hits", "saved"]
    assert [line.split()[-2:] for line in lines] == [["0", "$0.0000"], ["1", "$0.0010"], ["1", "$0.0010"]]
