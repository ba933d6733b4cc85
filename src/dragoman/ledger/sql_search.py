"""A search through the exchanges of a database, in steps that are bounded together. `search.py` says how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from dragoman.ledger.database import Session
from dragoman.ledger.frames import parse_row
from dragoman.ledger.rollup import ALL_PERIODS, PERIOD_MS, Period
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import CHUNK_ROWS, EVERYBODY, MAX_SCANNED, Page, Position, Search, build_test
from dragoman.ledger.store import find_dimension

END_MS = 2**62


def search_rows(session: Session, search: Search, before: Position | None) -> Page:
    """One page."""
    begin = min(before or Position(END_MS, 0), Position(search.until_ms, 0))
    found: list[ExchangeRow] = []
    is_meant = build_test(search)
    scanned = 0
    position = begin
    for start_ms, end_ms in plan_windows(session, search, begin):
        reached = min(begin, Position(end_ms, 0))
        for position, row in _read_window(session, start_ms, reached):
            scanned += 1
            if is_meant(row):
                found.append(row)
            if len(found) >= search.limit or scanned >= MAX_SCANNED:
                return Page(found, position)
    return Page(found, None)


def plan_windows(session: Session, search: Search, begin: Position) -> Iterator[tuple[int, int]]:
    """Times that may hold what is looked for, newest first. Sums say which; where they cannot, it is one long time."""
    trouble = select_trouble(search)
    if search.only == EVERYBODY and not trouble:
        yield search.since_ms, END_MS
        return
    only = search.only if search.only.tag is None else msgspec.structs.replace(EVERYBODY, tag=search.only.tag)
    asked: dict[str, Any] = {"trouble": trouble, "dimension": find_dimension("day", only)}
    asked |= msgspec.structs.asdict(only)
    yield from _descend(session, asked, (search.since_ms, begin.started_ms + 1), ALL_PERIODS)


def select_trouble(search: Search) -> str:
    """Which count of the sums must not be nothing."""
    if search.outcome in {"failed", "cancelled", "interrupted"}:
        return search.outcome
    return "any" if search.error is not None else ""


def _descend(
    session: Session, asked: dict[str, Any], span: tuple[int, int], periods: tuple[Period, ...]
) -> Iterator[tuple[int, int]]:
    """From the coarsest sums to the finest, into no period where nothing is."""
    period, *finer = periods
    size = PERIOD_MS[period]
    start_ms, end_ms = span[0] - span[0] % size, min(span[1], END_MS)
    given = asked | {"period": period, "start_ms": start_ms, "end_ms": end_ms}
    for (begun,) in session.ask("find_periods", given):
        window = max(begun, span[0]), min(begun + size, end_ms)
        if finer:
            yield from _descend(session, asked, window, tuple(finer))
        else:
            yield window


def _read_window(session: Session, start_ms: int, begin: Position) -> Iterator[tuple[Position, ExchangeRow]]:
    """The rows of a time, newest first, a chunk at a time."""
    position = begin
    while True:
        asked = {
            "start_ms": start_ms,
            "before_ms": position.started_ms,
            "before_sequence": position.sequence,
            "limit": CHUNK_ROWS,
        }
        chunk = session.ask("search_exchanges", asked)
        for started_ms, sequence, row in chunk:
            position = Position(started_ms, sequence)
            yield position, parse_row(row)
        if len(chunk) < CHUNK_ROWS:
            return
