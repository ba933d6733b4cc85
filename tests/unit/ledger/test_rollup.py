"""Sums that are exact to the minute, whichever way a time is cut into periods."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dragoman.ledger.rollup import (
    DIMENSIONS,
    PERIOD_MS,
    TOKEN_CLASSES,
    RollupKey,
    Totals,
    fold_rows,
    plan_spans,
    select_dimension,
    sum_rows,
)
from dragoman.ledger.row import ExchangeRow
from dragoman.model.usage import Usage
from tests.unit.ledger.rows import DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, make_row

MOMENTS = st.integers(0, 40 * DAY_MS)


def test_the_token_classes_are_those_of_the_model() -> None:
    assert list(TOKEN_CLASSES) == [
        name for name in Usage.__struct_fields__ if name not in {"is_estimate", "reported", "tier"}
    ]


def test_each_row_counts_once_in_every_period_and_dimension() -> None:
    rows = [make_row(number, started_ms=NOON_MS + number * 20_000) for number in range(6)]
    folded = fold_rows(rows)
    for period, starts in (("minute", 2), ("hour", 1), ("day", 1)):
        for dimension in ("", "key", "route", "model", "credential"):
            some = [totals for key, totals in folded.items() if key[:2] == (period, dimension)]
            assert len(some) == starts
            assert sum(totals.exchanges for totals in some) == 6
            assert sum(totals.input_tokens for totals in some) == 600
    assert not any(key.dimension == "tag" for key in folded)


ROWS = st.builds(
    make_row,
    st.just(1),
    started_ms=st.sampled_from([NOON_MS, NOON_MS + 1, NOON_MS + MINUTE_MS, NOON_MS + HOUR_MS, NOON_MS + DAY_MS]),
    principal=st.sampled_from(["ada", "bob"]),
    model=st.sampled_from(["small", "big"]),
    tags=st.sampled_from(["", "x", "x,y"]),
    outcome=st.sampled_from(["served", "failed", "cancelled", "interrupted"]),
    output=st.integers(0, 2),
    first_content_us=st.sampled_from([None, 3]),
    cost_nanodollars=st.sampled_from([None, 0, 5]),
    is_estimate=st.booleans(),
    is_hit=st.booleans(),
    saved_nanodollars=st.sampled_from([None, 4]),
)


def list_keys(row: ExchangeRow) -> Iterator[RollupKey]:
    """Everything that a row counts for."""
    for period, size_ms in PERIOD_MS.items():
        start_ms = row.started_ms - row.started_ms % size_ms
        for dimension in set(DIMENSIONS) - {"tag"}:
            names = {name: getattr(row, name) for name in DIMENSIONS[dimension]}
            yield RollupKey(period, dimension, start_ms, **names)
        yield from (RollupKey(period, "tag", start_ms, tag=tag) for tag in row.tags.split(",") if tag)


@given(st.lists(ROWS, max_size=12))
def test_the_sums_of_many_rows_are_those_of_each_added_up(rows: list[ExchangeRow]) -> None:
    expected: dict[RollupKey, Totals] = {}
    for row in rows:
        for key in list_keys(row):
            expected.setdefault(key, Totals()).add(sum_rows([row]))
    assert fold_rows(rows) == expected


def test_a_dimension_tells_of_its_own_names_alone() -> None:
    row = make_row(1, principal="p", team="t", user="u", tags="x,y")
    names = {key.dimension: key[3:] for key in fold_rows([row]) if key.period == "day" and key.dimension != "tag"}
    assert names == {
        "": ("p", "t", "u", "fast", "openai", "small", "key-1", ""),
        "key": ("p", "t", "u", "", "", "", "", ""),
        "route": ("", "", "", "fast", "", "", "", ""),
        "model": ("", "", "", "", "openai", "small", "", ""),
        "credential": ("", "", "", "", "openai", "", "key-1", ""),
    }
    assert {key.tag for key in fold_rows([row]) if key.dimension == "tag"} == {"x", "y"}


def test_the_smallest_dimension_that_knows_enough_is_taken() -> None:
    assert select_dimension([]) == "key"
    assert select_dimension(["team", "user"]) == "key"
    assert select_dimension(["provider"]) == "model"
    assert select_dimension(["provider", "credential"]) == "credential"
    assert select_dimension(["team", "model"]) == ""
    assert select_dimension(["tag"]) == "tag"
    assert select_dimension(["tag", "team"]) is None


def test_every_way_of_ending_is_counted() -> None:
    totals = sum_rows(
        [
            make_row(1, cost_nanodollars=7),
            make_row(2, outcome="failed", input=0, output=0),
            make_row(3, outcome="cancelled", is_estimate=True),
            make_row(4, outcome="interrupted", is_estimate=True, cost_nanodollars=0),
        ]
    )
    assert (totals.exchanges, totals.failed, totals.cancelled, totals.interrupted) == (4, 1, 1, 1)
    assert (totals.estimated, totals.unpriced, totals.cost_nanodollars) == (2, 1, 7)


def test_every_token_class_is_summed_once() -> None:
    numbers = {name: 10**position for position, name in enumerate(TOKEN_CLASSES)}
    totals = sum_rows([make_row(1, **numbers), make_row(2, **numbers)])
    assert {name: getattr(totals, name) // 2 for name in TOKEN_CLASSES} == numbers
    assert totals.input_tokens + totals.output_tokens == 2 * sum(numbers.values())


@given(since=MOMENTS, until=MOMENTS)
def test_spans_cover_a_time_without_a_gap_or_an_overlap(since: int, until: int) -> None:
    spans = sorted(plan_spans(since, until), key=lambda span: span.start_ms)
    if since >= until:
        assert spans == [] or since // MINUTE_MS == until // MINUTE_MS
        return
    assert spans[0].start_ms == since - since % MINUTE_MS
    assert spans[-1].end_ms == until + -until % MINUTE_MS
    assert all(before.end_ms == after.start_ms for before, after in pairwise(spans))
    for span in spans:
        size = PERIOD_MS[span.period]
        assert span.start_ms % size == span.end_ms % size == 0
        assert (span.end_ms - span.start_ms) // size <= {"minute": 120, "hour": 48, "day": 40}[span.period]


def test_a_time_within_an_hour_is_answered_by_minutes() -> None:
    assert [span.period for span in plan_spans(NOON_MS, NOON_MS + HOUR_MS - 1)] == ["minute"]
    assert [span.period for span in plan_spans(NOON_MS, NOON_MS + HOUR_MS)] == ["hour"]
