"""Samples of stacks, and what is made of them."""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

from bench.profile import Profile, rank_functions, show_rows
from bench.sampler import Sampler, name_frame, walk_stack

PROFILE = Profile(samples=200, own={"a": 20, "b": 60}, inclusive={"main": 200, "a": 150, "b": 60})


def test_samples_become_shares_of_what_a_request_costs() -> None:
    assert rank_functions(PROFILE, 100.0, is_inclusive=False) == [("b", 30.0, 30.0), ("a", 10.0, 75.0)]
    assert [row.name for row in rank_functions(PROFILE, 100.0, is_inclusive=True)] == ["main", "a", "b"]


def test_a_profile_without_samples_has_no_shares() -> None:
    assert rank_functions(Profile(0, {}, {}), 100.0, is_inclusive=False) == []


def test_a_table_has_a_line_for_each_function() -> None:
    assert show_rows("Title", rank_functions(PROFILE, 100.0, is_inclusive=False)).count("\n") == 4


def test_a_stack_is_walked_from_the_inside_out() -> None:
    names = [name_frame(frame) for frame in walk_stack(sys._getframe())]
    assert names[0] == f"{__name__}.test_a_stack_is_walked_from_the_inside_out"
    assert any(name.startswith("_pytest.") for name in names)


def test_a_sampler_finds_where_time_goes_and_forgets_when_told(tmp_path: Path) -> None:
    sampler = Sampler()
    previous = signal.getsignal(signal.SIGPROF)
    sampler.start()
    sampler.own["before"] = 1
    sampler.reset(0, None)
    started = time.process_time()
    while time.process_time() - started < 0.2:
        sum(range(1000))
    sampler.write(tmp_path / "profile.json")
    signal.signal(signal.SIGPROF, previous)
    document = json.loads((tmp_path / "profile.json").read_text())
    assert document["samples"] > 5
    here = f"{__name__}.test_a_sampler_finds_where_time_goes_and_forgets_when_told"
    assert document["own"][here] > 0.9 * document["samples"]
    assert "before" not in document["own"]
