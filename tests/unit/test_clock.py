"""Time and identifiers."""

from __future__ import annotations

import re
import time

from dragoman.clock import FixedClock, IdSource, SystemClock


def test_a_fixed_clock_moves_only_when_told_to_and_both_its_faces_together() -> None:
    clock = FixedClock(now=10.0, unix=1_000.0)
    assert (clock.monotonic(), clock.unix()) == (10.0, 1_000.0)
    clock.advance(2.5)
    assert (clock.monotonic(), clock.unix()) == (12.5, 1_002.5)


def test_the_systems_clock_is_the_machines() -> None:
    before = time.monotonic(), time.time()
    clock = SystemClock()
    seen = clock.monotonic(), clock.unix()
    after = time.monotonic(), time.time()
    assert before[0] <= seen[0] <= after[0]
    assert before[1] <= seen[1] <= after[1]


def test_identifiers_have_their_form_and_none_comes_twice() -> None:
    source = IdSource()
    made = [source.make("ex_") for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert all(re.fullmatch("ex_[0-9a-f]{24}", identifier) for identifier in made)


def test_what_is_made_later_sorts_after_it() -> None:
    before = int(time.time())
    made = IdSource().make("")
    assert before <= int(made[:8], 16) <= time.time()


def test_two_sources_do_not_agree() -> None:
    assert IdSource().make("") != IdSource().make("")
