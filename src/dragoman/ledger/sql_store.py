"""A store in a database that speaks SQL: every question, put once for all of them.

Theory of operation. A batch is one change, kept safely before the journal is removed. A row that is there already stays
as it is, and only rows that came with the change are added to the sums: so each counts once, however often it is brought.
A row is kept as the journal has it, beside the two columns that rows are looked for by: that is a third of what a column
for each field would cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from dragoman.ledger.database import Database, Session
from dragoman.ledger.frames import emit_record, parse_row
from dragoman.ledger.repricing import count_repriced, fold_difference
from dragoman.ledger.rollup import ALL_PERIODS, PERIOD_MS, Period, RollupKey, Totals, fold_rows, plan_spans
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import EVERYBODY, Only, Page, Position, Search
from dragoman.ledger.sql_search import search_rows
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


class SqlStore:
    """Rows and sums in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __repr__(self) -> str:
        return f"<{type(self).__name__} in {self._database!r}>"

    @property
    def place(self) -> str:
        """Where the database is, for people."""
        return self._database.place

    def is_made(self) -> bool:
        """Whether there is anything to read."""
        return self._database.is_made()

    def record_exchanges(self, rows: Sequence[ExchangeRow], packed: Sequence[bytearray] = ()) -> int:
        packed = packed or [bytearray(emit_record(row)) for row in rows]
        with self._database.change() as session:
            ((newest,),) = session.ask("find_newest")
            ids, moments = [row.id for row in rows], [row.started_ms for row in rows]
            added = session.tell("insert_exchange", zip(ids, moments, packed, strict=True))
            new = rows if added == len(rows) else _select_new(session, rows, newest)
            _add_sums(session, fold_rows(new))
        return len(new)

    def read_exchange(self, exchange_id: str) -> ExchangeRow | None:
        with self._database.use() as session:
            found = session.ask("read_exchange", (exchange_id,))
        return parse_row(found[0][0]) if found else None

    def read_usage(self, since_ms: int, until_ms: int, by: Grouping, only: Only = EVERYBODY) -> list[UsageLine]:
        lines: list[tuple[str, Totals]] = []
        given = {"by": by, "dimension": find_dimension(by, only), **msgspec.structs.asdict(only)}
        with self._database.use() as session:
            for span in plan_spans(since_ms, until_ms, PERIODS_BY_GROUPING.get(by, ALL_PERIODS)):
                found = session.ask("read_sums", given | span._asdict())
                lines += [(name, Totals(*sums)) for name, *sums in found]
        return merge_lines(lines, by)

    def read_series(self, asked: Asked, bucket: Period) -> list[SeriesPoint]:
        points: list[tuple[int, str, Totals]] = []
        periods = ALL_PERIODS[ALL_PERIODS.index(bucket) :]
        dimension = find_dimension(asked.by, asked.only)
        given = {"by": asked.by, "dimension": dimension, "size": PERIOD_MS[bucket]}
        given |= msgspec.structs.asdict(asked.only)
        with self._database.use() as session:
            for span in plan_spans(asked.since_ms, asked.until_ms, periods):
                found = session.ask("read_series", given | span._asdict())
                points += [(start_ms, name, Totals(*sums)) for start_ms, name, *sums in found]
        return merge_points(points)

    def search(self, search: Search, before: Position | None) -> Page:
        with self._database.use() as session:
            return search_rows(session, search, before)

    def read_sample(self, since_ms: int, until_ms: int, count: int) -> list[ExchangeRow]:
        with self._database.use() as session:
            first = session.ask("find_first", (since_ms,))
            last = session.ask("find_last", (until_ms,))
            if not first or not last:
                return []
            begin, end = first[0][0], last[0][0]
            step = max((end - begin) // count, 1)
            sequences = msgspec.json.encode(list(range(begin, end + 1, step))).decode()
            rows = [parse_row(row) for (row,) in session.ask("read_sample", (sequences,))]
        return [row for row in rows if since_ms <= row.started_ms < until_ms]

    def remove_before(self, before_ms: int, limit: int) -> int:
        with self._database.change() as session:
            old = session.ask("find_old", (before_ms, limit))
            session.tell("remove_exchange", old)
            session.tell("remove_minutes", [(before_ms,)])
        return len(old)

    def remove_oldest(self, limit: int) -> int:
        with self._database.change() as session:
            old = session.ask("find_oldest", (limit,))
            session.tell("remove_exchange", old)
            ((left_ms,),) = session.ask("find_oldest_moment")
            if left_ms is not None:
                session.tell("remove_minutes", [(left_ms - PERIOD_MS["minute"],)])
        return len(old)

    def read_size_bytes(self) -> int:
        with self._database.use() as session:
            return int(session.ask("read_size")[0][0])

    def reprice(self, finish: Finish, since_ms: int, after: int, limit: int) -> Repriced:
        with self._database.change() as session:
            found = session.ask("read_recorded", (after, since_ms, limit))
            rows = [parse_row(row) for _, row in found]
            pairs = [(row, finish(row)) for row in rows]
            replaced = (
                (emit_record(new), sequence)
                for (sequence, _), (old, new) in zip(found, pairs, strict=True)
                if old != new
            )
            session.tell("replace_row", replaced)
            _add_sums(session, fold_difference(pairs))
        return count_repriced(pairs, found[-1][0] if len(found) == limit else None)

    def close(self) -> None:
        """Give the connection back; a later use opens it again."""
        self._database.close()


def _add_sums(session: Session, folded: Mapping[RollupKey, Totals]) -> None:
    session.tell("add_sums", ((*key, *msgspec.structs.astuple(totals)) for key, totals in folded.items()))


def _select_new(session: Session, rows: Sequence[ExchangeRow], newest: int) -> list[ExchangeRow]:
    """Those of the rows that were not there before, each once: what was recorded after what was the newest then."""
    added = {row_id for (row_id,) in session.ask("read_added", (newest,))}
    return list({row.id: row for row in reversed(rows) if row.id in added}.values())
