"""`dragoman replay`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dragoman.cli.replay import describe, replay
from dragoman.ledger.sqlite import FILE_NAME, SqliteStore
from dragoman.service.replay import Ledgered, Replayed
from tests.unit.ledger.rows import make_row

POLICY = """
discover_providers: false
providers:
  here: {dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", auth: none}
routes: {fast: here/tiny}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(replay, arguments, standalone_mode=False, catch_exceptions=False)


@pytest.fixture
def policy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Another configuration, beside a ledger with two exchanges of today."""
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    path = folder / "other.yaml"
    path.write_text(POLICY)
    store = SqliteStore(folder / "ledger" / FILE_NAME)
    now_ms = time.time_ns() // 1_000_000
    rows = [make_row(number, started_ms=now_ms, cost_nanodollars=1_500_000_000) for number in (1, 2)]
    store.record_exchanges([*rows, make_row(3, started_ms=now_ms, route="elsewhere")])
    store.close()
    return str(path)


def test_what_would_have_been_stands_beside_what_was(policy: str) -> None:
    lines = run("--policy", policy).stdout.splitlines()
    assert lines[0] == "2 exchanges, 2 of them with another target"
    assert lines[1].split() == ["happened", "instead"]
    assert lines[2].split()[:2] == ["cost", "$3.0000"]
    assert lines[3].split() == ["mean", "time", "0.00", "s", "-"]
    assert lines[4].split() == ["failed", "0", "0"]
    assert lines[5].strip() == "2 would go to targets of which no time is known"
    assert lines[6].strip() == "1 more ask for a model that leads nowhere there"
    assert [line.split() for line in lines[7:]] == [["here/tiny", "0", "→", "2"], ["openai/small", "2", "→", "0"]]


def test_a_program_gets_numbers(policy: str) -> None:
    told = json.loads(run("--policy", policy, "--json").stdout)
    assert (told["exchanges"], told["moved"], told["homeless"]) == (2, 2, 1)
    assert told["happened"]["cost_nanodollars"] == 3_000_000_000


def test_an_empty_ledger_says_so(policy: str) -> None:
    assert run("--policy", policy, "--since", "2999-01-01").stderr.strip() == "Nothing is recorded for that time."


def test_a_price_that_nobody_knows_has_a_star() -> None:
    lines = describe(Replayed(1, 1, 0, Ledgered(), Ledgered(unpriced=1, failed=0.25), {}))
    assert lines[2].split() == ["cost", "$0.0000", "$0.0000*"]
    assert lines[4].split() == ["failed", "0", "0.2"]
