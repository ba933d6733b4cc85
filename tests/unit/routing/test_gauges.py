"""What is left, as providers tell it and as operators allow it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.routing.gauges import MINUTE, Gauge, MinuteWindow
from dragoman.routing.limit_headers import Reading


def make_gauge(*readings: tuple[float, float, float, float | None], unanswered: float = 0) -> Gauge:
    """A gauge after readings of (now, remaining, reset, limit)."""
    gauge = Gauge()
    for now, remaining, reset, limit in readings:
        gauge.read(Reading("requests", remaining, reset, limit), unanswered, now)
    return gauge


def test_nothing_is_known_at_first() -> None:
    assert Gauge().wait(1e9, 5.0) == 0.0


def test_what_has_run_out_is_there_again_at_the_reset() -> None:
    gauge = make_gauge((100.0, 0, 30, 50))
    assert gauge.wait(1, 101.0) == 29.0
    assert gauge.wait(1, 130.0) == 0.0


def test_what_is_sent_after_a_reading_counts() -> None:
    gauge = make_gauge((100.0, 2, 30, 50))
    gauge.left -= 1
    assert gauge.wait(1, 100.0) == 0.0
    gauge.left -= 1
    assert gauge.wait(1, 100.0) == 30.0


def test_what_is_not_answered_yet_may_not_be_counted_yet() -> None:
    assert make_gauge((100.0, 2, 30, 50), unanswered=2).wait(1, 100.0) == 30.0


def test_after_the_reset_only_a_windowful_is_let_through_unread() -> None:
    gauge = make_gauge((100.0, 0, 30, 2))
    for _ in range(2):
        assert gauge.wait(1, 130.0) == 0.0
        gauge.left -= 1
    assert gauge.wait(1, 131.0) == 29.0


def test_a_provider_that_drips_is_known_by_two_readings_and_waited_for_no_longer_than_needed() -> None:
    dripping = make_gauge((100.0, 59, 1, 60), (100.1, 0, 60, 60))
    assert dripping.wait(1, 100.1) == pytest.approx(1.0, rel=0.04)
    assert dripping.wait(3, 101.1) == pytest.approx(2.0, rel=0.06)
    at_once = make_gauge((100.0, 59, 60, 60), (130.0, 0, 30, 60))
    assert at_once.wait(1, 130.0) == pytest.approx(30.0)


def test_a_provider_that_drips_and_tells_whole_seconds_is_known_within_a_few_readings() -> None:
    gauge = Gauge()
    for number in range(16):  # 120 a minute, nearly used up, and used at the rate at which it drips
        gauge.read(Reading("requests", 1, float(59 - number % 2), 120), 0, 100 + number / 2)
    assert gauge.wait(3, 107.5) == pytest.approx(1.0, rel=0.06)


@pytest.mark.parametrize("rounding", [0.0, 0.99])
def test_a_provider_that_begins_anew_all_at_once_is_not_taken_for_one_that_drips(rounding: float) -> None:
    gauge = Gauge()
    for second in range(50):
        gauge.read(Reading("requests", 59 - second, 60 - second - rounding * (second % 2), 60), 0, 100.0 + second)
        assert gauge.wait(60, 100.0 + second) == pytest.approx(60 - second, abs=1)


def test_how_much_is_used_is_a_share_of_the_limit() -> None:
    assert Gauge().find_use(5.0) == 0.0
    assert make_gauge((100.0, 10, 30, 100)).find_use(101.0) == pytest.approx(0.9)
    assert make_gauge((100.0, 10, 30, 100)).find_use(131.0) == 0.0
    window = MinuteWindow(10)
    window.charge(4, 0.0)
    assert (window.find_use(59.0), window.find_use(60.0)) == (0.4, 0.0)


def test_what_is_larger_than_the_limit_waits_for_a_full_one_only() -> None:
    gauge = make_gauge((100.0, 10, 30, 100))
    assert gauge.wait(5000, 100.0) == 30.0
    assert gauge.wait(5000, 130.0) == 0.0


def test_a_window_tells_when_there_is_room_again() -> None:
    window = MinuteWindow(3)
    for moment in (0.0, 10.0, 20.0):
        assert window.wait(1, moment) == 0.0
        window.charge(1, moment)
    assert window.wait(1, 25.0) == 35.0
    assert window.wait(2, 25.0) == 45.0
    assert window.wait(1, 60.0) == 0.0


def test_a_correction_makes_room_for_as_long_as_it_matters() -> None:
    window = MinuteWindow(100)
    entry = window.charge(90, 0.0)
    window.correct(entry, -50)
    assert window.wait(60, 1.0) == 0.0
    assert window.wait(61, 1.0) == 59.0
    assert window.wait(100, 60.0) == 0.0
    window.correct(entry, 5000)
    assert window.wait(100, 60.0) == 0.0


def test_what_is_sent_at_nearly_one_moment_is_one_entry_that_ends_with_its_last() -> None:
    window = MinuteWindow(2_000)
    for number in range(1_000):
        window.charge(1, number / 25_000)  # all of it within 40 ms
    assert len(window._entries) == 1
    assert window.wait(1_001, 1.0) == pytest.approx(59.03996)
    window.charge(1, 0.06)
    assert len(window._entries) == 2
    assert window.find_use(60.05) == 1 / 2_000


def test_requests_and_their_tokens_are_limited_beside_each_other() -> None:
    window = MinuteWindow(2, 100)
    entry = window.charge(1, 0.0, 90)
    assert (window.wait(1, 10.0), window.wait_for_tokens(11, 10.0)) == (0.0, 50.0)
    window.correct(entry, 0, -50)
    assert (window.wait_for_tokens(60, 10.0), window.wait_for_tokens(61, 10.0)) == (0.0, 50.0)
    window.charge(1, 20.0, 60)
    assert (window.wait(1, 25.0), window.wait_for_tokens(10, 25.0), window.wait_for_tokens(50, 25.0)) == (
        35.0,
        35.0,
        55.0,
    )
    assert (window.wait(2, 60.0), window.wait_for_tokens(40, 60.0)) == (20.0, 0.0)
    assert repr(window) == "<MinuteWindow: 1 of 2, 60 of 100 tokens>"


@given(st.integers(1, 5), st.lists(st.floats(0.0, 40.0) | st.floats(0.0, 0.06), max_size=60))
def test_no_minute_ever_sees_more_than_is_allowed(limit: int, gaps: list[float]) -> None:
    window = MinuteWindow(limit)
    now, sent = 0.0, []
    for gap in gaps:
        now += gap
        if window.wait(1, now) == 0.0:
            window.charge(1, now)
            sent.append(now)
    for start in sent:
        assert sum(start <= moment < start + MINUTE for moment in sent) <= limit


@given(st.integers(1, 3), st.lists(st.floats(0.0, 90.0) | st.floats(0.0, 0.06), min_size=1, max_size=30))
def test_the_wait_that_is_told_is_enough(limit: int, gaps: list[float]) -> None:
    window = MinuteWindow(limit)
    now = 0.0
    for gap in gaps:
        now += gap
        wait = window.wait(1, now)
        assert window.wait(1, now + wait + 1e-9) == 0.0
        now += wait + 1e-9
        window.charge(1, now)


def test_what_is_left_can_be_seen() -> None:
    gauge = make_gauge()
    gauge.read(Reading("requests", remaining=3.0, reset_seconds=60.0, limit=10.0), 0, 100.0)
    assert gauge.show(120.0) == (3.0, 10.0, 40.0)
    assert gauge.show(161.0)[:2] == (10.0, 10.0)
