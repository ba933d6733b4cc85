"""A store that keeps everything in memory: for tests, and for gateways that must leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter

import msgspec

from dragoman.ledger.frames import emit_record
from dragoman.ledger.repricing import count_repriced, fold_difference
from dragoman.ledger.rollup import ALL_PERIODS, PERIOD_MS, Period, RollupKey, Totals, fold_rows, plan_spans
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import EVERYBODY, Only, Page, Position, Search, build_test
from dragoman.ledger.store import (
    PERIODS_BY_GROUPING,
    Asked,
    Finish,
    Grouping,
    Repriced,
    SeriesPoint,
    UsageLine,
    find_dimension,
    merge_lines,
    merge_points,
)


def _format(key: RollupKey, form: str) -> str:
    return datetime.fromtimestamp(key.start_ms / 1000, UTC).strftime(form)


NAMES: dict[Grouping, Callable[[RollupKey], str]] = {
    "model": lambda key: f"{key.provider}/{key.model}" if key.provider else "",
    "provider": lambda key: key.provider,
    "route": lambda key: key.route,
    "key": lambda key: key.principal,
    "team": lambda key: key.team,
    "user": lambda key: key.user,
    "tag": lambda key: key.tag,
    "credential": lambda key: f"{key.provider}/{key.credential}" if key.provider else "",
    "day": lambda key: _format(key, "%Y-%m-%d"),
    "hour": lambda key: _format(key, "%Y-%m-%dT%H:00Z"),
}


class MemoryStore:
    """The twin of the stores that keep."""

    def __init__(self) -> None:
        self.rows: dict[str, ExchangeRow] = {}
        self._sequences: dict[str, int] = {}
        self._last = 0
        self._rollups: dict[RollupKey, Totals] = {}

    def record_exchanges(self, rows: Sequence[ExchangeRow], packed: Sequence[bytearray] = ()) -> int:
        new = {row.id: row for row in reversed(rows) if row.id not in self.rows}
        self.rows |= new
        for row_id in reversed(new):
            self._last += 1
            self._sequences[row_id] = self._last
        self._add(fold_rows(new.values()))
        return len(new)

    def read_exchange(self, exchange_id: str) -> ExchangeRow | None:
        return self.rows.get(exchange_id)

    def read_usage(self, since_ms: int, until_ms: int, by: Grouping, only: Only = EVERYBODY) -> list[UsageLine]:
        asked = Asked(since_ms, until_ms, by, only)
        periods = PERIODS_BY_GROUPING.get(by, ALL_PERIODS)
        return merge_lines([(NAMES[by](key), totals) for key, totals in self._select(asked, periods)], by)

    def read_series(self, asked: Asked, bucket: Period) -> list[SeriesPoint]:
        size, periods = PERIOD_MS[bucket], ALL_PERIODS[ALL_PERIODS.index(bucket) :]
        found = self._select(asked, periods)
        return merge_points([(key.start_ms // size * size, NAMES[asked.by](key), totals) for key, totals in found])

    def search(self, search: Search, before: Position | None) -> Page:
        is_meant = build_test(search)
        end = min(before or Position(search.until_ms, 0), Position(search.until_ms, 0))
        placed = [(Position(row.started_ms, self._sequences[row.id]), row) for row in self.rows.values()]
        older = [one for one in placed if one[0] < end and one[0].started_ms >= search.since_ms and is_meant(one[1])]
        page = sorted(older, key=itemgetter(0), reverse=True)[: search.limit]
        return Page([row for _, row in page], page[-1][0] if len(page) == search.limit else None)

    def read_sample(self, since_ms: int, until_ms: int, count: int) -> list[ExchangeRow]:
        within = [row for row in self.rows.values() if since_ms <= row.started_ms < until_ms]
        return within[:: max(len(within) // count, 1)]

    def remove_before(self, before_ms: int, limit: int) -> int:
        old = [row_id for row_id in self._list_oldest() if self.rows[row_id].started_ms < before_ms][:limit]
        return self._remove(old, before_ms)

    def remove_oldest(self, limit: int) -> int:
        oldest = self._list_oldest()
        left = [self.rows[row_id].started_ms for row_id in oldest[limit:]]
        return self._remove(oldest[:limit], left[0] - PERIOD_MS["minute"] if left else 0)

    def read_size_bytes(self) -> int:
        return sum(len(emit_record(row)) for row in list(self.rows.values()))  # whoever asks may be another thread

    def reprice(self, finish: Finish, since_ms: int, after: int, limit: int) -> Repriced:
        numbered = sorted((sequence, row_id) for row_id, sequence in self._sequences.items() if sequence > after)
        wanted = [(number, row_id) for number, row_id in numbered if self.rows[row_id].started_ms >= since_ms][:limit]
        pairs = [(self.rows[row_id], finish(self.rows[row_id])) for _, row_id in wanted]
        self.rows |= {new.id: new for _, new in pairs}
        self._add(fold_difference(pairs))
        return count_repriced(pairs, wanted[-1][0] if len(wanted) == limit else None)

    def close(self) -> None:
        """Nothing is open."""

    def _add(self, folded: dict[RollupKey, Totals]) -> None:
        for key, totals in folded.items():
            self._rollups.setdefault(key, Totals()).add(totals)

    def _select(self, asked: Asked, periods: tuple[Period, ...]) -> Iterator[tuple[RollupKey, Totals]]:
        dimension = find_dimension(asked.by, asked.only)
        spans = plan_spans(asked.since_ms, asked.until_ms, periods)
        for key, totals in self._rollups.items():
            is_within = any(key.period == span.period and span.start_ms <= key.start_ms < span.end_ms for span in spans)
            if is_within and key.dimension == dimension and _is_about(key, asked):
                yield key, totals

    def _list_oldest(self) -> list[str]:
        return [row.id for row in sorted(self.rows.values(), key=lambda row: (row.started_ms, row.id))]

    def _remove(self, ids: Sequence[str], minutes_before_ms: int) -> int:
        for row_id in ids:
            del self.rows[row_id]
            del self._sequences[row_id]
        for key in [key for key in self._rollups if key.period == "minute" and key.start_ms < minutes_before_ms]:
            del self._rollups[key]
        return len(ids)


def _is_about(key: RollupKey, asked: Asked) -> bool:
    named = {"model": f"{key.provider}/{key.model}", "credential": f"{key.provider}/{key.credential}"}
    return all(
        value is None or value in {getattr(key, name), named.get(name)}
        for name, value in msgspec.structs.asdict(asked.only).items()
    )
