"""Figures, how several of them become one, and whether they keep a budget. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from bench.cases import Budget

Verdict = Literal["within", "over", "failed", "no budget"]


class Sample(NamedTuple):
    """One run against one server. `cost` is CPU µs for each request or event; `load` the share of its core; `waiting`
    the time for which others kept it from that core, as a share of the run."""

    cost: float
    load: float
    requests_per_second: float = 0.0
    p50_seconds: float = 0.0
    p99_seconds: float = 0.0
    events_per_second: float = 0.0
    waiting: float = 0.0


class Pair(NamedTuple):
    """Two runs right after each other: the floor's and the gateway's."""

    floor: Sample
    gateway: Sample


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """The figure of one case, in the case's unit. `failure` says why there is none."""

    case: str
    value: float = 0.0
    floor: float | None = None
    ratio: float | None = None
    load: float | None = None
    requests_per_second: float | None = None
    p50_seconds: float | None = None
    p99_seconds: float | None = None
    waiting: float | None = None
    note: str = ""
    failure: str = ""


def select_quiet(pairs: Sequence[Pair]) -> list[Pair]:
    """The larger half of the pairs: those in which others took least from the two servers."""
    ranked = sorted(pairs, key=lambda pair: pair.floor.waiting + pair.gateway.waiting)
    return ranked[: len(pairs) // 2 + 1]


def merge_pairs(case: str, pairs: Sequence[Pair]) -> Result:
    """The median of each figure. The ratio is the median of the pairs' ratios, for what slows the
    machine down for a while slows both of a pair."""
    gateway = merge_samples([pair.gateway for pair in pairs])
    return Result(
        case=case,
        value=gateway.cost,
        floor=merge_samples([pair.floor for pair in pairs]).cost,
        ratio=find_ratio(pairs),
        load=gateway.load,
        requests_per_second=gateway.requests_per_second or None,
        p50_seconds=gateway.p50_seconds or None,
        p99_seconds=gateway.p99_seconds or None,
        waiting=gateway.waiting,
    )


def merge_samples(samples: Sequence[Sample]) -> Sample:
    """The median of each figure."""
    return Sample(*map(statistics.median, zip(*samples, strict=True)))


def find_ratio(pairs: Sequence[Pair]) -> float:
    """What the gateway costs in floors."""
    return statistics.median(pair.gateway.cost / pair.floor.cost for pair in pairs)


def fit_slope(points: Sequence[tuple[float, float]]) -> float:
    """How much the second number grows with the first: least squares."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def list_excesses(result: Result, budget: Budget) -> list[str]:
    """Each promise that is broken, with by how much."""
    excesses = []
    if budget.ratio is not None and (result.ratio is None or result.ratio > budget.ratio):
        excesses.append(f"{_percent(result.ratio or 0.0, budget.ratio)} in nginx's terms")
    if budget.absolute is not None and result.value > budget.absolute:
        excesses.append(f"{_percent(result.value, budget.absolute)} in absolute terms")
    return excesses


def judge(result: Result, budget: Budget) -> Verdict:
    """Whether the figure keeps its budget, in every way in which one was promised."""
    if result.failure:
        return "failed"
    if budget == Budget():
        return "no budget"
    return "over" if list_excesses(result, budget) else "within"


def _percent(value: float, limit: float) -> str:
    return f"{(value / limit - 1) * 100:+.0f} %"
