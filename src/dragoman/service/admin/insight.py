"""What has happened, out of the ledger: exchanges, usage, speed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Literal

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.rollup import PERIOD_MS, TOTAL_FIELDS, Period, Totals
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import EVERYBODY, Only, Page, Position, Search, build_test, parse_position
from dragoman.ledger.store import Asked, SeriesPoint, Store, UsageLine
from dragoman.service.admin.exchanges import ExchangeLine, ExchangeView, FindRates, build_line, build_view

MAX_PAGE = 500
MAX_EXPORT = 100_000
EXPORT_PAGE = 1_000
MAX_POINTS = 2_000
MAX_NAMES = 10
OTHER = "other"
SAMPLE = 2_000
EXCHANGE_ID_LENGTH = 27

Bucket = Literal["none", "minute", "hour", "day"]


class ExchangePage(msgspec.Struct, frozen=True):
    """Newest first. A page may be short, and `next` still lead on: the work for one page is bounded, and `searched_until_ms`
    says how far it has come. Without `next` there is nothing more."""

    items: list[ExchangeLine]
    next: str | None = None
    searched_until_ms: int | None = None


class UsageReport(msgspec.Struct, frozen=True):
    """Sums by name, and through time if a bucket was asked for."""

    since_ms: int
    until_ms: int
    by: str
    bucket: Bucket
    totals: Totals
    lines: list[UsageLine]
    series: list[SeriesPoint]


class Percentiles(msgspec.Struct, frozen=True):
    """Microseconds, over a sample of so many exchanges."""

    sample: int
    p50_us: int | None = None
    p95_us: int | None = None
    p99_us: int | None = None


class Insight:
    """Asks the ledger's reader."""

    def __init__(self, reader: LedgerReader, clock: Clock, find_rates: FindRates) -> None:
        self.reader = reader
        self.clock = clock
        self._find_rates = find_rates

    def now_ms(self) -> int:
        """Now, as rows have it."""
        return int(self.clock.unix() * 1000)

    async def search(self, search: Search, cursor: str) -> ExchangePage:
        """A page of exchanges."""
        position = parse_position(cursor) if cursor else None
        if cursor and position is None:
            raise invalid("This is no cursor that was given out here.", "cursor")
        if is_exchange_id(search.text):
            row = await self.reader.ask(lambda store: store.read_exchange(search.text))
            return ExchangePage([build_line(row)] if row is not None and build_test(search)(row) else [])
        search = msgspec.structs.replace(search, limit=min(max(search.limit, 1), MAX_PAGE))
        page = await self._read_page(search, position)
        end = page.position
        return ExchangePage(
            [build_line(row) for row in page.rows],
            str(end) if end is not None else None,
            end.started_ms if end is not None else None,
        )

    def build_view(self, row: ExchangeRow) -> ExchangeView:
        """One exchange with all that is known of it."""
        return build_view(row, self._find_rates)

    async def read_row(self, exchange_id: str, only: Only = EVERYBODY) -> ExchangeRow:
        """One exchange as it is kept; raises NOT_FOUND, also for one that is not meant."""
        row = await self.reader.ask(lambda store: store.read_exchange(exchange_id))
        if row is None or not build_test(Search(only))(row):
            message = (
                f"There is no exchange {exchange_id[:64]!r}, or none any more; one that just ended takes a second."
            )
            raise DragomanError(Kind.NOT_FOUND, message, code="exchange_not_found")
        return row

    async def read_usage(self, asked: Asked, bucket: Bucket) -> UsageReport:
        """Sums by name, and through time."""
        if bucket != "none" and (asked.until_ms - asked.since_ms) // PERIOD_MS[bucket] > MAX_POINTS:
            raise invalid(f"So long a time has more than {MAX_POINTS} {bucket}s; ask for a longer bucket.", "bucket")

        def ask(store: Store) -> UsageReport:
            lines = store.read_usage(asked.since_ms, asked.until_ms, asked.by, asked.only)
            series = limit_names(store.read_series(asked, bucket), lines) if bucket != "none" else []
            return UsageReport(asked.since_ms, asked.until_ms, asked.by, bucket, add_up(lines), lines, series)

        return await self.reader.ask(ask)

    async def _read_page(self, search: Search, position: Position | None) -> Page:
        return await self.reader.ask(lambda store: store.search(search, position))

    async def export(self, search: Search, limit: int) -> bytes:
        """Exchanges as comma separated values, newest first."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(ExchangeLine.__struct_fields__)
        search = msgspec.structs.replace(search, limit=EXPORT_PAGE)
        left, position = min(limit, MAX_EXPORT), None
        while left > 0:
            page = await self._read_page(search, position)
            writer.writerows([disarm(value) for value in _flatten(row)] for row in page.rows[:left])
            left -= len(page.rows)
            position = page.position
            if position is None:
                break
        return text.getvalue().encode()


def is_exchange_id(text: str) -> bool:
    """Whether a text can be nothing but the id of an exchange."""
    return text.startswith("ex_") and len(text) == EXCHANGE_ID_LENGTH


def add_up(lines: Sequence[UsageLine]) -> Totals:
    """All lines together."""
    totals = Totals()
    for line in lines:
        totals.add(line.totals)
    return totals


def limit_names(points: Sequence[SeriesPoint], lines: Sequence[UsageLine]) -> list[SeriesPoint]:
    """The same with the first few names of the lines; the rest is one."""
    kept = {line.name for line in lines[:MAX_NAMES]}
    if len(lines) <= MAX_NAMES:
        return list(points)
    merged: dict[tuple[int, str], Totals] = {}
    for point in points:
        name = point.name if point.name in kept else OTHER
        merged.setdefault((point.start_ms, name), Totals()).add(point.totals)
    return [SeriesPoint(start_ms, name, totals) for (start_ms, name), totals in merged.items()]


def select_bucket(span_ms: int) -> Period:
    """What a time is best cut into to be drawn."""
    if span_ms <= 3 * PERIOD_MS["hour"]:
        return "minute"
    return "hour" if span_ms <= 7 * PERIOD_MS["day"] else "day"


def find_percentiles(values: Sequence[int]) -> Percentiles:
    """The nearest ranks."""
    if not values:
        return Percentiles(0)
    ordered = sorted(values)
    ranks = [ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] for percent in (50, 95, 99)]
    return Percentiles(len(ordered), *ranks)


def emit_usage_csv(report: UsageReport) -> bytes:
    """The lines of a report, or its series where there is one."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if report.bucket == "none":
        writer.writerow([report.by, *TOTAL_FIELDS])
        writer.writerows([disarm(line.name), *msgspec.structs.astuple(line.totals)] for line in report.lines)
    else:
        writer.writerow(["start_ms", report.by, *TOTAL_FIELDS])
        writer.writerows(
            [point.start_ms, disarm(point.name), *msgspec.structs.astuple(point.totals)] for point in report.series
        )
    return text.getvalue().encode()


def disarm(value: object) -> object:
    """A text that no spreadsheet takes for a formula: it may be one that a client has thought up."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _flatten(row: ExchangeRow) -> list[object]:
    values = msgspec.structs.astuple(build_line(row))
    return [" ".join(value) if isinstance(value, list) else value for value in values]
