"""The generator of a large ledger, in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import ledger_rows
from bench.ledger_rows import END_MS, RARE_EVERY, list_questions, main, make_rows


def test_rows_are_the_same_each_time_and_spread_over_the_days() -> None:
    rows = list(make_rows(900))
    assert rows == list(make_rows(900))
    assert len({row.id for row in rows}) == 900
    assert (END_MS - rows[0].started_ms) // 86_400_000 == ledger_rows.DAYS
    assert rows[-1].started_ms < END_MS
    assert {row.outcome for row in rows} == {"served", "failed"}
    assert RARE_EVERY > 1_000_000


def test_every_question_is_asked_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_rows, "WRITES_PER_SECOND", 1)
    monkeypatch.setattr(ledger_rows, "LIMIT_MS", 60_000.0)
    monkeypatch.setattr(ledger_rows, "CALL_LIMIT_MS", 60_000.0)
    assert main(["3000", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "written: 3,000 rows" in told
    for name in list_questions():
        assert name in told
    assert "overview: 30 days" in told
    monkeypatch.setattr(ledger_rows, "LIMIT_MS", 0.0)
    assert main(["3000", str(tmp_path)]) == 1
    assert "written" not in capsys.readouterr().out


def test_a_call_of_the_console_that_is_too_slow_fails_the_bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_rows, "WRITES_PER_SECOND", 1)
    monkeypatch.setattr(ledger_rows, "LIMIT_MS", 60_000.0)
    monkeypatch.setattr(ledger_rows, "CALL_LIMIT_MS", 0.0)
    assert main(["300", str(tmp_path)]) == 1
