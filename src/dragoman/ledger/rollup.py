"""Sums over exchanges by minute, hour and day, so that a question about a year does not read its rows. Pure.

A span of time is answered from the coarsest sums that fit into it: whole days in its middle, hours and minutes at its
edges. So the answer is exact to the minute and never reads more than a few thousand sums of each kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Literal, NamedTuple

import msgspec

from dragoman.ledger.row import ExchangeRow

Period = Literal["minute", "hour", "day"]

PERIOD_MS: dict[Period, int] = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_MINUTE_MS = PERIOD_MS["minute"]
ALL_PERIODS: tuple[Period, ...] = ("day", "hour", "minute")

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

Dimension = Literal["", "key", "route", "model", "credential", "tag"]

SUBJECT = ("principal", "team", "user", "route", "provider", "model", "credential")

DIMENSIONS: dict[Dimension, frozenset[str]] = {
    "key": frozenset({"principal", "team", "user"}),
    "route": frozenset({"route"}),
    "model": frozenset({"provider", "model"}),
    "credential": frozenset({"provider", "credential"}),
    "tag": frozenset({"tag"}),
    "": frozenset(SUBJECT),
}
"""What the sums of a dimension tell of, the smallest first. Every exchange counts once in each, and once for each of its
tags. What can be told by one dimension does not need the last one, which has a sum for each mixture of names."""


class RollupKey(NamedTuple):
    """What a sum is about. `start_ms` is where its period begins."""

    period: Period
    dimension: Dimension
    start_ms: int
    principal: str = ""
    team: str = ""
    user: str = ""
    route: str = ""
    provider: str = ""
    model: str = ""
    credential: str = ""
    tag: str = ""


_NOBODY = ("",) * len(SUBJECT)

_READ_NAMES: dict[Dimension, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
    dimension: itemgetter(*(SUBJECT.index(name) if name in names else -1 for name in SUBJECT), -1)
    for dimension, names in DIMENSIONS.items()
    if dimension != "tag"
}
"""What a dimension knows of a subject with an empty text at its end, which stands for what it does not know."""

Counts = tuple[int, ...]
"""The fields of a `Totals`."""


class Totals(msgspec.Struct):
    """Sums over some exchanges. `unpriced` counts those that consumed something whose price nobody knows;
    `first_contents` those that showed something, `first_content_us` how long that took them together. `hits` are those
    that got an earlier answer again, `saved_nanodollars` what they would have cost, as far as that is known."""

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
    first_contents: int = 0
    first_content_us: int = 0
    hits: int = 0
    saved_nanodollars: int = 0

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
    return Totals(*_count_rows(rows)) if rows else Totals()


def _count_rows(rows: Sequence[ExchangeRow]) -> Counts:
    """What a `Totals` of some rows has, in the order of its fields. A batch has many rows of one kind, or few rows of each
    of many kinds: whole columns are summed up, with next to nothing to do for each kind."""
    outcomes, costs, firsts, savings, flags, hits, durations = zip(*_list_counted(rows), strict=True)
    tokens = list_tokens(rows)
    known = [first for first in firsts if first is not None]
    return (
        len(rows),
        outcomes.count("failed"),
        outcomes.count("cancelled"),
        outcomes.count("interrupted"),
        sum(flags),
        sum([cost is None and any(used) for cost, used in zip(costs, tokens, strict=True)]) if None in costs else 0,
        *map(sum, zip(*tokens, strict=True)),
        sum(filter(None, costs)),
        sum(durations),
        len(known),
        sum(known),
        sum(hits),
        sum(filter(None, savings)),
    )


def _list_counted(rows: Sequence[ExchangeRow]) -> list[tuple[Any, ...]]:
    """What counts of each row beside its tokens."""
    return [
        (
            row.outcome,
            row.cost_nanodollars,
            row.first_content_us,
            row.saved_nanodollars,
            row.is_estimate,
            row.is_hit,
            row.duration_us,
        )
        for row in rows
    ]


def list_tokens(rows: Iterable[ExchangeRow]) -> list[tuple[int, ...]]:
    """Those of each row in the order of `TOKEN_CLASSES`. To name fields costs a third of what a getter does."""
    return [
        (
            row.input,
            row.cache_read,
            row.cache_write_5m,
            row.cache_write_1h,
            row.input_audio,
            row.input_image,
            row.output,
            row.reasoning,
            row.output_audio,
            row.output_image,
        )
        for row in rows
    ]


def fold_rows(rows: Iterable[ExchangeRow]) -> dict[RollupKey, Totals]:
    """The sums of some rows, for all dimensions and all three periods."""
    gathered: defaultdict[tuple[Any, ...], list[ExchangeRow]] = defaultdict(list)
    for row in rows:
        gathered[
            row.started_ms // _MINUTE_MS,
            row.tags,
            row.principal,
            row.team,
            row.user,
            row.route,
            row.provider,
            row.model,
            row.credential,
        ].append(row)
    by_minute: defaultdict[tuple[Any, ...], list[Counts]] = defaultdict(list)
    for (minute, tags, *subject), same in gathered.items():
        counts = _count_rows(same)
        for dimension, names in _list_subjects(subject, tags):
            by_minute[minute * _MINUTE_MS, dimension, names].append(counts)
    folded: dict[tuple[Any, ...], Counts] = {}
    for (moment_ms, dimension, names), parts in by_minute.items():
        counts = _add_counts(parts)
        for period, size_ms in PERIOD_MS.items():
            key = (period, dimension, moment_ms - moment_ms % size_ms, *names)
            before = folded.get(key)
            folded[key] = counts if before is None else _add_counts((before, counts))
    return {RollupKey._make(key): Totals(*counts) for key, counts in folded.items()}


def _add_counts(parts: Sequence[Counts]) -> Counts:
    return parts[0] if len(parts) == 1 else tuple(map(sum, zip(*parts, strict=True)))


def _list_subjects(subject: Sequence[str], tags: str) -> Iterator[tuple[Dimension, tuple[str, ...]]]:
    """What an exchange counts for: the names that each dimension knows, with nothing in place of the others."""
    padded = (*subject, "")
    for dimension, read_names in _READ_NAMES.items():
        yield dimension, read_names(padded)
    for tag in filter(None, tags.split(",")):
        yield "tag", (*_NOBODY, tag)


def select_dimension(names: Iterable[str]) -> Dimension | None:
    """The smallest dimension whose sums tell of all these; None if there is none."""
    wanted = frozenset(names)
    return next((dimension for dimension, known in DIMENSIONS.items() if wanted <= known), None)


class Span(NamedTuple):
    """The sums of one period that begin within [start_ms, end_ms)."""

    period: Period
    start_ms: int
    end_ms: int


def plan_spans(since_ms: int, until_ms: int, periods: Sequence[Period] = ALL_PERIODS) -> list[Span]:
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
