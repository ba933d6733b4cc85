"""`dragoman usage reprice`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from dragoman.cli.usage import usage
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from tests.unit.ledger.rows import DAY_MS, make_row

PRICES = "prices: [{match: 'openai/small', input: 1000, output: 2000}]\n"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(usage, ["reprice", *arguments], standalone_mode=False, catch_exceptions=False)
    return result.stdout + result.stderr


@pytest.fixture
def store(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SqliteStore:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    (folder / "dragoman.yaml").write_text(PRICES)
    made = SqliteStore(folder / "ledger" / FILE_NAME)
    now_ms = time.time_ns() // 1_000_000
    rows = [make_row(n, started_ms=now_ms - n * DAY_MS, cost_nanodollars=None) for n in range(5)]
    made.record_exchanges([*rows, make_row(9, started_ms=now_ms, model="other", cost_nanodollars=7)])
    made.close()
    return made


def test_history_is_reckoned_by_the_prices_of_now(store: SqliteStore) -> None:
    told = run()
    assert "6 exchanges looked at, 6 changed; together +$0.7000." in told
    row = store.read_exchange(make_row(2).id)
    assert row is not None
    assert (row.cost_nanodollars, row.price) == (140_000_000, "own openai/small")
    unknown = store.read_exchange(make_row(9).id)
    assert unknown is not None
    assert unknown.cost_nanodollars is None
    lines = {line.name: line.totals for line in store.read_usage(0, 2**42, "model")}
    store.close()
    assert (lines["openai/small"].cost_nanodollars, lines["openai/small"].unpriced) == (700_000_000, 0)
    assert (lines["openai/other"].cost_nanodollars, lines["openai/other"].unpriced) == (0, 1)
    assert "6 exchanges looked at, 0 changed" in run()


def test_only_what_is_asked_for_is_reckoned(store: SqliteStore) -> None:
    assert "3 exchanges looked at" in run("--since", "36h")


def test_where_nothing_was_recorded_that_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder / "none"))
    assert "Nothing is recorded" in run()
    assert not (folder / "none").exists()


def test_each_tier_is_reckoned_anew_by_its_own_price(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    (folder / "dragoman.yaml").write_text(
        "prices:\n"
        "  - {match: 'openai/small', input: 1000, output: 2000}\n"
        "  - {match: 'openai/small', tier: flex, factor: 0.5}\n"
        "  - {match: 'openai/small', tier: priority, input: 3000, output: 5000}\n"
    )
    store = SqliteStore(folder / "ledger" / FILE_NAME)
    now_ms = time.time_ns() // 1_000_000
    tiers = ("", "tier flex", "openai/small, tier priority as usual", "tier batch")
    rows = [make_row(n, started_ms=now_ms, input=100, output=20, price=price) for n, price in enumerate(tiers)]
    store.record_exchanges(rows)
    run()
    told = [store.read_exchange(row.id) for row in rows]
    store.close()
    assert [(row.cost_nanodollars, row.price) for row in told if row is not None] == [
        (140_000_000, "own openai/small"),
        (70_000_000, "own openai/small by own openai/small, tier flex"),
        (400_000_000, "own openai/small, tier priority"),
        (140_000_000, "own openai/small, tier batch as usual"),
    ]
    assert "4 exchanges looked at, 0 changed" in run()
