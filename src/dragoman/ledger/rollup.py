"""Sums over exchanges by minute, hour and day, so that a question about a year does not read its rows. Pure.

A span of time is answered from the coarsest sums that fit into it: whole days in its middle, hours and minutes at its
edges. So the answer is exact to the minute and never reads more than a few thousand sums of each kind.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
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

_read_tokens: Callable[[ExchangeRow], tuple[int, ...]] = attrgetter(*TOKEN_CLASSES)


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

    def add(self, other: Totals) -> None:
        """Count all that the other has counted."""
        for name in TOTAL_FIELDS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


TOTAL_FIELDS: tuple[str, ...] = Totals.__struct_fields__


def sum_rows(rows: Sequence[ExchangeRow]) -> Totals:
    """The sums of some rows."""
    outcomes = Counter([row.outcome for row in rows])
    tokens = [_read_tokens(row) for row in rows]
    costs = [row.cost_nanodollars for row in rows]
    by_class: Iterable[int] = map(sum, zip(*tokens, strict=True))
    return Totals(
        exchanges=len(rows),
        failed=outcomes["failed"],
        cancelled=outcomes["cancelled"],
        interrupted=outcomes["interrupted"],
        estimated=sum([row.is_estimate for row in rows]),
        unpriced=sum(1 for cost, counts in zip(costs, tokens, strict=True) if cost is None and any(counts)),
        cost_nanodollars=sum(filter(None, costs)),
        duration_us=sum([row.duration_us for row in rows]),
        **dict(zip(TOKEN_CLASSES, by_class, strict=True)),
    )


def fold_rows(rows: Iterable[ExchangeRow]) -> dict[RollupKey, Totals]:
    """The sums of some rows, for all three periods."""
    gathered: defaultdict[tuple[int | str, ...], list[ExchangeRow]] = defaultdict(list)
    for row in rows:
        minute = row.started_ms // PERIOD_MS["minute"]
        gathered[minute, row.principal, row.route, row.provider, row.model].append(row)
    folded: dict[RollupKey, Totals] = {}
    for same in gathered.values():
        totals, first = sum_rows(same), same[0]
        for period, size_ms in PERIOD_MS.items():
            start_ms = first.started_ms - first.started_ms % size_ms
            key = RollupKey(period, start_ms, first.principal, first.route, first.provider, first.model)
            folded.setdefault(key, Totals()).add(totals)
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
