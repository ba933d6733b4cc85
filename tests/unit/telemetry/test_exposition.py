"""Metrics as text, read back by a strict parser."""

from __future__ import annotations

import pytest

from dragoman.telemetry.exposition import emit_exposition, emit_number, prefers_openmetrics
from dragoman.telemetry.metrics import Family, Histogram, Reading
from tests.grammars.exposition import parse_exposition

COUNTER = Family("things_total", "counter", "Things.", ("kind", "place"))
MONEY = Family("cost_dollars_total", "counter", "Money.", (), 1_000_000_000)
TIME = Family("time_seconds", "histogram", "Time.", ("place",), 1_000_000, (50_000, 1_000_000, 20_000_000))
PLAIN_TIME = Family("plain_seconds", "histogram", "Time.", (), 1_000_000, (50_000,))
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


def make_histogram(*buckets: int, total: int = 0) -> Histogram:
    histogram = Histogram(tuple(range(len(buckets) - 1)))
    histogram.buckets[:], histogram.sum = buckets, total
    return histogram


READINGS: list[Reading] = [
    (COUNTER, [(("a", 'quote " back \\ line \n end'), 3), (("a", "ü"), 4)]),
    (MONEY, [((), 1_234_567_890)]),
    (TIME, [(("here",), make_histogram(1, 2, 0, 4, total=81_000_001))]),
    (PLAIN_TIME, [((), make_histogram(0, 0))]),
]


@pytest.mark.parametrize("is_openmetrics", [False, True])
def test_what_is_emitted_can_be_read_back(is_openmetrics: bool) -> None:
    read = parse_exposition(emit_exposition(READINGS, is_openmetrics=is_openmetrics), is_openmetrics=is_openmetrics)
    things = read["things" if is_openmetrics else "things_total"]
    assert (things.kind, things.meaning) == ("counter", "Things.")
    assert things.samples == {
        ("things_total", (("kind", "a"), ("place", 'quote " back \\ line \n end'))): 3,
        ("things_total", (("kind", "a"), ("place", "ü"))): 4,
    }
    assert read["cost_dollars" if is_openmetrics else "cost_dollars_total"].samples == {
        ("cost_dollars_total", ()): 1.23456789
    }


def test_buckets_hold_what_is_below_them_and_ends_are_in_the_unit() -> None:
    text = emit_exposition(READINGS).decode()
    assert [line for line in text.splitlines() if line.startswith("time_seconds")] == [
        'time_seconds_bucket{place="here",le="0.05"} 1',
        'time_seconds_bucket{place="here",le="1.0"} 3',
        'time_seconds_bucket{place="here",le="20.0"} 3',
        'time_seconds_bucket{place="here",le="+Inf"} 7',
        'time_seconds_sum{place="here"} 81.000001',
        'time_seconds_count{place="here"} 7',
    ]
    assert 'plain_seconds_bucket{le="0.05"} 0' in text
    assert "plain_seconds_sum 0.0" in text


def test_a_family_without_series_is_still_announced() -> None:
    assert parse_exposition(emit_exposition([(COUNTER, [])]))["things_total"].samples == {}


@pytest.mark.parametrize(
    ("count", "scale", "text"),
    [(7, 1, "7"), (0, 1_000_000, "0.0"), (1, 1_000_000_000, "0.000000001"), (2_500_000, 1_000_000, "2.5")],
)
def test_numbers_are_exact(count: int, scale: int, text: str) -> None:
    assert emit_number(count, scale) == text


def test_no_digit_is_lost_however_much_was_counted() -> None:
    assert emit_number(123_456_789_012_345_678_901, 1_000_000_000) == "123456789012.345678901"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        (PROMETHEUS, True),
        ("application/openmetrics-text", True),
        ('Application/OpenMetrics-Text; version="1.0.0"', True),
        ("application/openmetrics-text;version=2.0.0", False),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;q=0.2,text/plain;q=0.5", False),
        ("application/openmetrics-text;q=much,text/plain", False),
        (";;,q=,=", False),
    ],
)
def test_the_text_is_the_one_that_the_reader_prefers(accept: str, wanted: bool) -> None:
    assert prefers_openmetrics(accept) is wanted
