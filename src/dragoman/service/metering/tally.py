"""Counts exchanges for `/metrics`: once each when they are settled, their cost when it is known.

This is on every request's way, so rows are put by and counted by the bundle, or when somebody reads: what is done for
many at once costs each of them half. How many series there can be is bounded: a route is told by its name only if it is
configured (or matches a pattern, whose name is told then), a model only if it is configured or has served; everything
else is `other`.

`count` and `read` belong to the event loop; `count_costs` is called by the ledger's thread, and only puts by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence

import msgspec

from dragoman.catalog.prices import CLASSES
from dragoman.ledger.rollup import list_tokens
from dragoman.ledger.row import ExchangeRow
from dragoman.routing.resolve import WILDCARD, Resolver, match_pattern
from dragoman.telemetry.metrics import (
    ATTEMPTS,
    CACHE_HITS,
    CACHE_SAVINGS,
    COST,
    DURATION,
    DURATION_BOUNDS,
    FIRST_TOKEN,
    FIRST_TOKEN_BOUNDS,
    LOSSES,
    OVERFLOWS,
    REQUESTS,
    TOKEN_BOUNDS,
    TOKEN_TIME,
    TOKENS,
    UNPRICED,
    Histogram,
    Labels,
    Reading,
)

MAX_REQUEST_SERIES = 4096
MAX_TARGETS = 256
MAX_LEARNT = 128
BUNDLE = 64
OTHER = "other"
NONE = "none"


class KnownNames(msgspec.Struct, frozen=True):
    """Names that stand in the configuration: routes, patterns of routes (longest first), providers with their models."""

    routes: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()
    targets: frozenset[tuple[str, str]] = frozenset()


def list_names(resolver: Resolver) -> KnownNames:
    """What is known by configuration."""
    routes = resolver.routes
    patterns = [route.name for route in routes if WILDCARD in route.name]
    chosen = [target for route in routes for targets in (route.targets, *route.fallback.values()) for target in targets]
    targets = {(target.provider.name, target.model) for target in chosen if WILDCARD not in target.model}
    targets |= {(provider.name, model) for provider in resolver.providers for model in provider.models}
    bare = {model for provider in resolver.providers for model in provider.models}
    return KnownNames(
        frozenset(resolver.names) | bare, tuple(sorted(patterns, key=len, reverse=True)), frozenset(targets)
    )


class TargetSeries:
    """What is counted of one model at one provider."""

    __slots__ = ("first_token", "token_time", "tokens")

    def __init__(self) -> None:
        self.first_token = Histogram(FIRST_TOKEN_BOUNDS)
        self.token_time = Histogram(TOKEN_BOUNDS)
        self.tokens = [0] * len(CLASSES)


class RequestSeries:
    """What is counted of one way for a request to end, with the wider series that it belongs to."""

    __slots__ = ("count", "duration", "target", "waiting")

    def __init__(self, duration: Histogram, target: TargetSeries) -> None:
        self.count = 0
        self.waiting: list[ExchangeRow] = []  # are not counted yet
        self.duration = duration
        self.target = target


class Tally:
    """All counts since the start. `names` is swapped at a reload."""

    def __init__(self, names: KnownNames | None = None) -> None:
        self.names = names or KnownNames()
        self._overflows = 0
        self._learnt: set[tuple[str, str]] = set()
        self._requests: dict[Labels, RequestSeries] = {}
        self._durations: dict[Labels, Histogram] = {}
        self._targets: dict[Labels, TargetSeries] = {}
        self._attempts: dict[Labels, int] = {}
        self._losses: dict[Labels, int] = {}
        self._costs: dict[Labels, int] = {}
        self._unpriced: dict[Labels, int] = {}
        self._hits: dict[Labels, int] = {}
        self._savings: dict[Labels, int] = {}
        self._waiting = 0  # rows that are not counted yet
        self._begun: list[RequestSeries] = []  # to which those belong
        self._priced: deque[Sequence[ExchangeRow]] = deque()

    def __repr__(self) -> str:
        return f"<Tally: {len(self._requests)} series of requests, {len(self._targets)} targets>"

    # -- counting ------------------------------------------------------------------------------------------------------

    def count(self, rows: Sequence[ExchangeRow]) -> None:
        """These exchanges are over."""
        find, begun = self._requests.get, self._begun
        for row in rows:
            series = find((row.route, row.provider, row.model, row.outcome, row.error)) or self._open(row)
            if not series.waiting:
                begun.append(series)
            series.waiting.append(row)
        self._waiting += len(rows)
        if self._waiting >= BUNDLE:
            self._fold()

    def count_costs(self, rows: Sequence[ExchangeRow]) -> None:
        """These have arrived in the ledger, with their cost as far as a price is known."""
        self._priced.append(rows)

    def _fold(self) -> None:
        """Count what was put by. A cost comes after its exchange, by which its model is known."""
        begun, self._begun, self._waiting = self._begun, [], 0
        for series in begun:
            rows, series.waiting = series.waiting, []
            self._count(series, rows)
        while self._priced:
            self._count_costs(self._priced.popleft())

    def _count(self, series: RequestSeries, rows: Sequence[ExchangeRow]) -> None:
        """Count some that belong together: how long they took, whom they have asked, and what was lost."""
        duration, target = series.duration, series.target
        buckets, sum_us, attempts = duration.buckets, duration.sum, self._attempts
        for row in rows:
            duration_us = row.duration_us
            buckets[bisect_left(DURATION_BOUNDS, duration_us)] += 1
            sum_us += duration_us
            if row.is_stream and row.first_content_us is not None:
                _count_stream(target, row, row.first_content_us)
            if row.is_hit:
                continue
            for attempt in row.attempts:
                labels = (attempt.provider, attempt.error)
                attempts[labels] = attempts.get(labels, 0) + 1
            if row.losses:
                self._count_losses(row.losses.split(","))
        series.count += len(rows)
        duration.sum = sum_us
        used = list_tokens([row for row in rows if not row.is_hit])  # an answer that was given again has used none
        target.tokens = [sum(column) for column in zip(target.tokens, *used, strict=True)]

    def _count_losses(self, codes: Sequence[str]) -> None:
        """Count what was lost in one."""
        for code in codes:
            self._losses[code,] = self._losses.get((code,), 0) + 1

    def _count_costs(self, rows: Sequence[ExchangeRow]) -> None:
        """Nobody's cost is nothing."""
        for row in rows:
            if not row.provider:
                continue
            labels = (row.provider, self._name_model(row.provider, row.model))
            if row.is_hit:
                self._hits[labels] = self._hits.get(labels, 0) + 1
                self._savings[labels] = self._savings.get(labels, 0) + (row.saved_nanodollars or 0)
            elif row.cost_nanodollars is None:
                self._unpriced[labels] = self._unpriced.get(labels, 0) + 1
            else:
                self._costs[labels] = self._costs.get(labels, 0) + row.cost_nanodollars

    # -- names that may be shown ---------------------------------------------------------------------------------------

    def _open(self, row: ExchangeRow) -> RequestSeries:
        """The series of an exchange that has none under its own names."""
        if row.outcome == "served" and len(self._learnt) < MAX_LEARNT:
            target = (row.provider, row.model)
            if target not in self.names.targets:
                self._learnt.add(target)
        provider, model = row.provider or NONE, self._name_model(row.provider, row.model)
        labels: Labels = (self._name_route(row.route), provider, model, row.outcome, row.error)
        is_new = labels not in self._requests
        if is_new and len(self._requests) >= MAX_REQUEST_SERIES:
            self._overflows += 1
            labels = (OTHER, OTHER, OTHER, row.outcome, row.error)
        elif (provider, model) not in self._targets and len(self._targets) >= MAX_TARGETS:
            self._overflows += 1
            labels = (labels[0], OTHER, OTHER, row.outcome, row.error)
        found = self._requests.get(labels)
        if found is None:
            found = self._requests[labels] = self._build(labels)
        return found

    def _build(self, labels: Labels) -> RequestSeries:
        _, provider, model, outcome, _ = labels
        duration = self._durations.setdefault((provider, model, outcome), Histogram(DURATION_BOUNDS))
        return RequestSeries(duration, self._targets.setdefault((provider, model), TargetSeries()))

    def _name_route(self, route: str) -> str:
        if route in self.names.routes:
            return route
        fits = (pattern for pattern in self.names.patterns if match_pattern(pattern, route) is not None)
        return next(fits, OTHER)

    def _name_model(self, provider: str, model: str) -> str:
        if not model:
            return NONE
        target = (provider, model)
        return model if target in self.names.targets or target in self._learnt else OTHER

    # -- reading -------------------------------------------------------------------------------------------------------

    def read(self) -> list[Reading]:
        """All counts as they are now."""
        self._fold()
        targets = self._targets.items()
        tokens = (
            ((*labels, name), count)
            for labels, series in targets
            for name, count in zip(CLASSES, series.tokens, strict=True)
            if count
        )
        return [
            (REQUESTS, ((labels, series.count) for labels, series in self._requests.items())),
            (DURATION, self._durations.items()),
            (FIRST_TOKEN, ((labels, one.first_token) for labels, one in targets if any(one.first_token.buckets))),
            (TOKEN_TIME, ((labels, one.token_time) for labels, one in targets if any(one.token_time.buckets))),
            (TOKENS, tokens),
            (COST, self._costs.items()),
            (UNPRICED, self._unpriced.items()),
            (ATTEMPTS, self._attempts.items()),
            (LOSSES, self._losses.items()),
            (OVERFLOWS, [((), self._overflows)]),
            (CACHE_HITS, self._hits.items()),
            (CACHE_SAVINGS, self._savings.items()),
        ]


def _count_stream(target: TargetSeries, row: ExchangeRow, first_us: int) -> None:
    """How soon a stream began, and how fast it was."""
    histogram = target.first_token
    histogram.buckets[bisect_left(FIRST_TOKEN_BOUNDS, first_us)] += 1
    histogram.sum += first_us
    further = row.output + row.reasoning - 1
    if further > 0 and row.outcome == "served" and not row.is_estimate:
        each_us = (row.duration_us - first_us) // further
        histogram = target.token_time
        histogram.buckets[bisect_left(TOKEN_BOUNDS, each_us)] += 1
        histogram.sum += each_us
