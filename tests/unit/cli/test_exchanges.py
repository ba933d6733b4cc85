"""`dragoman exchanges`."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from dragoman.cli.exchanges import exchanges
from dragoman.errors import DragomanError
from dragoman.ledger.row import AttemptRow
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from tests.unit.ledger.rows import DAY_MS, make_row


def run(*arguments: str) -> str:
    result = CliRunner().invoke(exchanges, arguments, standalone_mode=False, catch_exceptions=False)
    return result.stdout + result.stderr


@pytest.fixture(autouse=True)
def ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    store = SqliteStore(folder / "ledger" / FILE_NAME)
    now_ms = time.time_ns() // 1_000_000
    failed = AttemptRow(1, "first", "m", "key-2", 10, 20, "timeout", "connect", 504)
    store.record_exchanges(
        [
            make_row(1, started_ms=now_ms - 3000, cost_nanodollars=1_500_000_000, price="own x", losses="dropped"),
            make_row(2, started_ms=now_ms - 2000, outcome="failed", error="timeout", attempts=(failed,)),
            make_row(3, started_ms=now_ms - 1000, principal="bob\x1b[31m", route="=1+1", tags="a", is_estimate=True),
            make_row(4, started_ms=now_ms - 300 * DAY_MS, principal="old"),
        ]
    )
    store.close()


def test_the_newest_come_first_a_line_each() -> None:
    lines = run().splitlines()
    assert [make_row(n).id in line for n, line in zip((3, 2, 1), lines, strict=True)] == [True] * 3
    assert "failed timeout" in lines[1]
    assert "$1.5000" in lines[2]
    assert "price unknown" in lines[0]
    assert "\x1b" not in lines[0]


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        (["--key", "ada"], [2, 1]),
        (["--tag", "a"], [3]),
        (["--error", "any"], [2]),
        (["--outcome", "served"], [3, 1]),
        (["--text", "DROPPED"], [1]),
        (["--since", "2020-01-01", "--limit", "1"], [3]),
        (["--since", "2020-01-01", "--key", "old"], [4]),
        (["--model", "openai/small", "--limit", "2"], [3, 2]),
    ],
)
def test_filters_find_what_they_say(arguments: list[str], numbers: list[int]) -> None:
    assert [int(one["id"][3:], 16) for one in json.loads(run("--json", *arguments))] == numbers


def test_nothing_that_fits_is_told() -> None:
    assert "Nothing is recorded that fits." in run("--key", "nobody")


def test_csv_holds_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(run("--csv"))))
    assert [row["route"] for row in rows] == ["'=1+1", "fast", "fast"]


def test_one_is_shown_with_its_attempts_and_costs() -> None:
    told = run("show", make_row(2).id)
    assert "timeout in connect (504)" in told
    assert "1. first/m  key-2" in told
    told = run("show", make_row(1).id)
    assert "100 input" in told
    assert "price: own x" in told
    assert "lost: dropped" in told
    assert json.loads(run("show", "--json", make_row(1).id))["exchange"]["id"] == make_row(1).id


def test_one_that_is_not_there_is_told() -> None:
    with pytest.raises(DragomanError, match="no exchange"):
        run("show", "ex_0")
