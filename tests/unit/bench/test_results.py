"""Medians, slopes and verdicts."""

from __future__ import annotations

import pytest

from bench.cases import Budget
from bench.results import Pair, Result, Sample, fit_slope, judge, list_excesses, merge_pairs, select_quiet

PAIRS = [
    Pair(Sample(20.0, 0.4), Sample(60.0, 1.0, 10_000, 0.003, 0.009)),
    Pair(Sample(10.0, 0.5), Sample(70.0, 0.9, 12_000, 0.002, 0.008)),
    Pair(Sample(40.0, 0.3), Sample(200.0, 0.8, 4_000, 0.009, 0.090)),
    Pair(Sample(20.0, 0.4, waiting=0.3), Sample(400.0, 0.5)),
    Pair(Sample(90.0, 0.4), Sample(1.0, 0.5, waiting=0.2)),
]


def test_pairs_that_others_disturbed_do_not_count() -> None:
    assert select_quiet(PAIRS) == PAIRS[:3]
    assert select_quiet(PAIRS[3:4]) == PAIRS[3:4]
    assert select_quiet(PAIRS[:2]) == PAIRS[:2]


def test_each_figure_is_the_median_of_its_own() -> None:
    result = merge_pairs("chat-chat", PAIRS[:3])
    assert (result.value, result.floor, result.load) == (70.0, 20.0, 0.9)
    assert (result.requests_per_second, result.p50_seconds, result.p99_seconds) == (10_000, 0.003, 0.009)


def test_the_ratio_is_the_median_of_the_pairs_and_not_the_ratio_of_the_medians() -> None:
    assert merge_pairs("chat-chat", PAIRS[:3]).ratio == 5.0


def test_a_stream_has_no_requests_a_second() -> None:
    result = merge_pairs("single", [Pair(Sample(10.0, 0.1), Sample(15.0, 0.2))])
    assert (result.requests_per_second, result.p50_seconds) == (None, None)


@pytest.mark.parametrize(
    ("value", "ratio", "budget", "verdict"),
    [
        (70.0, 3.5, Budget(70, 3.5), "within"),
        (70.1, 3.5, Budget(70, 3.5), "over"),
        (60.0, 3.6, Budget(70, 3.5), "over"),
        (60.0, 9.9, Budget(70), "within"),
        (99.0, 1.9, Budget(ratio=2), "within"),
        (99.0, None, Budget(ratio=2), "over"),
        (99.0, 9.9, Budget(), "no budget"),
        (-0.2, None, Budget(1.0), "within"),
    ],
)
def test_every_promise_has_to_be_kept(value: float, ratio: float | None, budget: Budget, verdict: str) -> None:
    assert judge(Result("x", value, ratio=ratio), budget) == verdict


def test_a_case_that_failed_is_never_within_its_budget() -> None:
    assert judge(Result("x", failure="status 500"), Budget(70)) == "failed"


def test_an_excess_says_by_how_much() -> None:
    assert list_excesses(Result("x", 84.0, ratio=7.0), Budget(70, 3.5)) == [
        "+100 % in nginx's terms",
        "+20 % in absolute terms",
    ]


def test_a_slope_is_the_trend_of_all_points() -> None:
    assert fit_slope([(1.0, 40.5), (2.0, 41.0), (4.0, 42.0)]) == pytest.approx(0.5)
