"""What fails, by reason."""

from __future__ import annotations

import asyncio
from typing import Any

from dragoman.clock import FixedClock
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import Only
from dragoman.service.admin import failures
from dragoman.service.admin.failures import FailureReport, group_failures, read_failure_report
from dragoman.service.admin.insight import Insight
from tests.unit.ledger.rows import MINUTE_MS, make_row


def fail(number: int, error: str, **more: Any) -> ExchangeRow:
    return make_row(number, outcome="failed", error=error, blame="upstream", **more)


def read(*rows: ExchangeRow, only: Only | None = None) -> FailureReport:
    """What is told of rows of the last minute."""
    store, clock = MemoryStore(), FixedClock()
    store.record_exchanges(rows)
    insight = Insight(LedgerReader(store), clock, lambda row: None)
    return asyncio.run(read_failure_report(insight, 10, only or Only()))


def moment(minutes: int = 1) -> int:
    return int(FixedClock().unix() * 1000) - minutes * MINUTE_MS


def test_failures_of_one_reason_and_target_are_one_line_and_the_most_come_first() -> None:
    rows = [fail(1, "overloaded", provider="b", model="n"), fail(2, "timeout"), fail(3, "timeout")]
    first, second = group_failures(rows)
    assert (first.error, first.target, first.count, first.last_id) == ("timeout", "openai/small", 2, rows[1].id)
    assert (second.error, second.target, second.count) == ("overloaded", "b/n", 1)


def test_where_nobody_was_asked_the_name_that_was_asked_for_counts() -> None:
    rows = [fail(number, "not_found", provider="", model="", route=f"r{number}") for number in (1, 2)]
    assert [(line.target, line.route) for line in group_failures(rows)] == [("", "r1"), ("", "r2")]


def test_only_what_failed_of_late_counts_and_only_of_those_that_are_meant() -> None:
    rows = [
        fail(1, "timeout", started_ms=moment()),
        fail(2, "timeout", started_ms=moment(), principal="bob"),
        fail(3, "timeout", started_ms=moment(minutes=11)),
        make_row(4, started_ms=moment()),
    ]
    assert [line.count for line in read(*rows).items] == [2]
    report = read(*rows, only=Only(principal="bob"))
    assert (report.looked_at, report.has_more, report.items[0].last_id) == (1, False, rows[1].id)


def test_of_very_many_the_newest_are_looked_at() -> None:
    count = failures.LOOKED_AT + 5
    report = read(*(fail(number, "timeout", started_ms=moment()) for number in range(1, count + 1)))
    assert (report.looked_at, report.has_more) == (failures.LOOKED_AT, True)
