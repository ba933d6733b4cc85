"""A store that keeps everything in memory: for tests, and for gateways that must leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from dragoman.ledger.rollup import RollupKey, Totals, fold_rows, plan_spans
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.store import Grouping, UsageLine, merge_lines

NAMES: dict[Grouping, Callable[[RollupKey], str]] = {
    "model": lambda key: f"{key.provider}/{key.model}" if key.provider else "",
    "provider": lambda key: key.provider,
    "route": lambda key: key.route,
    "key": lambda key: key.principal,
    "day": lambda key: datetime.fromtimestamp(key.start_ms / 1000, UTC).date().isoformat(),
}


class MemoryStore:
    """The twin of the stores that keep."""

    def __init__(self) -> None:
        self.rows: dict[str, ExchangeRow] = {}
        self._rollups: dict[RollupKey, Totals] = {}

    def record_exchanges(self, rows: Sequence[ExchangeRow]) -> int:
        new = {row.id: row for row in reversed(rows) if row.id not in self.rows}
        self.rows |= new
        for key, totals in fold_rows(new.values()).items():
            self._rollups.setdefault(key, Totals()).add(totals)
        return len(new)

    def read_exchange(self, exchange_id: str) -> ExchangeRow | None:
        return self.rows.get(exchange_id)

    def read_usage(self, since_ms: int, until_ms: int, by: Grouping) -> list[UsageLine]:
        spans = plan_spans(since_ms, until_ms)
        lines = [
            (NAMES[by](key), totals)
            for key, totals in self._rollups.items()
            if any(key.period == span.period and span.start_ms <= key.start_ms < span.end_ms for span in spans)
        ]
        return merge_lines(lines, by)

    def remove_before(self, before_ms: int, limit: int) -> int:
        old = sorted((row.started_ms, row.id) for row in self.rows.values() if row.started_ms < before_ms)[:limit]
        for _, exchange_id in old:
            del self.rows[exchange_id]
        for key in [key for key in self._rollups if key.period == "minute" and key.start_ms < before_ms]:
            del self._rollups[key]
        return len(old)

    def close(self) -> None:
        """Nothing is open."""
