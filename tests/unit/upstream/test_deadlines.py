"""Which timeout has run out, as a table of moments."""

from __future__ import annotations

import pytest

from dragoman.upstream.deadlines import Deadlines, Waiting
from dragoman.upstream.transport import Timeouts

TIMEOUTS = Timeouts(send=3.0, first_byte=10.0, idle=5.0, progress=20.0, total=60.0)


def make_deadlines(now: float = 100.0, started_at: float = 100.0) -> Deadlines:
    return Deadlines(TIMEOUTS, started_at, now, now)


@pytest.mark.parametrize(
    ("waiting", "seconds", "name"), [("send", 3.0, "send"), ("head", 10.0, "first_byte"), ("body", 5.0, "idle")]
)
def test_each_phase_has_its_own_timeout(waiting: Waiting, seconds: float, name: str) -> None:
    deadlines = make_deadlines()
    assert deadlines.find_overdue(waiting, 100.0 + seconds - 0.01) is None
    assert deadlines.find_overdue(waiting, 100.0 + seconds) == name


@pytest.mark.parametrize("waiting", ["send", "head", "body"])
def test_the_total_counts_from_the_start_of_the_call_in_every_phase(waiting: Waiting) -> None:
    assert make_deadlines(started_at=41.0).find_overdue(waiting, 100.9) is None
    assert make_deadlines(started_at=41.0).find_overdue(waiting, 101.0) == "total"


def test_the_answer_is_waited_for_from_the_end_of_the_request() -> None:
    deadlines = make_deadlines()
    deadlines.phase_at = 108.0
    assert deadlines.find_overdue("head", 117.9) is None
    assert deadlines.find_overdue("head", 118.0) == "first_byte"


def test_a_byte_holds_off_idle_but_not_progress() -> None:
    deadlines = make_deadlines()
    deadlines.progress_at = 100.0
    deadlines.heard_at = 119.0
    assert deadlines.find_overdue("body", 119.9) is None
    assert deadlines.find_overdue("body", 120.0) == "progress"


def test_progress_does_not_count_before_the_head() -> None:
    deadlines = make_deadlines()
    deadlines.heard_at = 140.0
    assert deadlines.find_overdue("body", 141.0) is None


def test_silence_of_our_own_doing_is_excused() -> None:
    deadlines = make_deadlines()
    deadlines.excuse(130.0)
    assert deadlines.find_overdue("body", 134.9) is None
    assert deadlines.find_overdue("body", 135.0) == "idle"
