"""Sums over exchanges by minute, hour and day, so that a question about a year does not read its rows. Pure.

A span of time is answered from the coarsest sums that fit into it: whole days in its middle, hours and minutes at its
edges. So the answer is exact to the minute and never reads more than a few thousand sums of each kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from dragoman.ledger.row import ExchangeRow

Period = Literal["minute", "hour", "day"]

PERIOD_MS: dict[Period, int] = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}

TOKEN_CLASSES = (
    "input",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "input_audio",
    "input_image",
    "output",
    "reasoning",
    "output_audio",
    "output_image",
)


class RollupKey(NamedTuple):
    """What a sum is about. `start_ms` is where its period begins."""

    period: Period
    start_ms: int
    principal: str
    route: str
    provider: str
    model: str


class Totals(msgspec.Struct):
    """Sums over some exchanges. `unpriced` counts those that consumed something whose price nobody knows."""

    exchanges: int = 0
    failed: int = 0
    cancelled: int = 0
    interrupted: int = 0
    estimated: int = 0
    unpriced: int = 0
    input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    input_audio: int = 0
    input_image: int = 0
    output: int = 0
    reasoning: int = 0
    output_audio: int = 0
    output_image: int = 0
    cost_nanodollars: int = 0
    duration_us: int = 0

    @property
    def input_tokens(self) -> int:
        """All that the models read, cached or not."""
        cached = self.cache_read + self.cache_write_5m + self.cache_write_1h
        return self.input + cached + self.input_audio + self.input_image

    @property
    def output_tokens(self) -> int:
        """All that the models wrote, seen or not."""
        return self.output + self.reasoning + self.output_audio + self.output_image

    def add_row(self, row: ExchangeRow) -> None:
        """Count one exchange."""
        self.exchanges += 1
        self.failed += row.outcome == "failed"
        self.cancelled += row.outcome == "cancelled"
        self.interrupted += row.outcome == "interrupted"
        self.estimated += row.is_estimate
        self.input += row.input
        self.cache_read += row.cache_read
        self.cache_write_5m += row.cache_write_5m
        self.cache_write_1h += row.cache_write_1h
        self.input_audio += row.input_audio
        self.input_image += row.input_image
        self.output += row.output
        self.reasoning += row.reasoning
        self.output_audio += row.output_audio
        self.output_image += row.output_image
        self.duration_us += row.duration_us
        if row.cost_nanodollars is not None:
            self.cost_nanodollars += row.cost_nanodollars
        elif has_tokens(row):
            self.unpriced += 1

    def add(self, other: Totals) -> None:
        """Count all that the other has counted."""
        for name in TOTAL_FIELDS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


TOTAL_FIELDS: tuple[str, ...] = Totals.__struct_fields__


def has_tokens(row: ExchangeRow) -> bool:
    """Whether it consumed anything that could have a price."""
    return any(getattr(row, name) for name in TOKEN_CLASSES)


def fold_rows(rows: Iterable[ExchangeRow]) -> dict[RollupKey, Totals]:
    """The sums of some rows, for all three periods."""
    minutes: dict[RollupKey, Totals] = {}
    for row in rows:
        start = row.started_ms - row.started_ms % PERIOD_MS["minute"]
        key = RollupKey("minute", start, row.principal, row.route, row.provider, row.model)
        minutes.setdefault(key, Totals()).add_row(row)
    folded = dict(minutes)
    for period in ("hour", "day"):
        for key, totals in minutes.items():
            start = key.start_ms - key.start_ms % PERIOD_MS[period]
            coarser = key._replace(period=period, start_ms=start)
            folded.setdefault(coarser, Totals()).add(totals)
    return folded


class Span(NamedTuple):
    """The sums of one period that begin within [start_ms, end_ms)."""

    period: Period
    start_ms: int
    end_ms: int


def plan_spans(since_ms: int, until_ms: int, periods: Sequence[Period] = ("day", "hour", "minute")) -> list[Span]:
    """Which sums together cover a time, from the minute in which it begins to that in which it ends."""
    period, *finer = periods
    size = PERIOD_MS[period]
    if not finer:
        first, last = since_ms - since_ms % size, until_ms + -until_ms % size
        return [Span(period, first, last)] if first < last else []
    first, last = since_ms + -since_ms % size, until_ms - until_ms % size
    if first >= last:
        return plan_spans(since_ms, until_ms, finer)
    return [*_plan_edge(since_ms, first, finer), Span(period, first, last), *_plan_edge(last, until_ms, finer)]


def _plan_edge(since_ms: int, until_ms: int, periods: Sequence[Period]) -> list[Span]:
    return plan_spans(since_ms, until_ms, periods) if since_ms < until_ms else []
