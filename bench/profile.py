"""Where the microseconds of a case go in the running gateway: `python -m bench.profile CASE [--seconds N]`.

The gateway runs under `bench.sampler` with the same load that the benchmark uses. Two lists: functions by the time
spent in themselves (and in the C code that they call), and by the time spent below them. Timings without a profiler's
distortion, stage by stage, are in `bench.stages`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from bench import gateway
from bench.cases import CASES, UNITS, Case, find_case
from bench.measure import Plan, Stage, build_gateway_shot, check_answer, open_stage, sample_events, sample_requests
from bench.processes import orderly_end

TOP = 30


class Profile(msgspec.Struct, frozen=True):
    """What the sampler counted."""

    samples: int
    own: Mapping[str, int]
    inclusive: Mapping[str, int]


class Row(NamedTuple):
    """One function: its part of a request's microseconds, in itself and with all below it."""

    name: str
    own_microseconds: float
    inclusive_microseconds: float


def rank_functions(profile: Profile, cost_microseconds: float, *, is_inclusive: bool) -> list[Row]:
    """The functions that take most, first; sample counts become shares of what one request costs."""
    share = cost_microseconds / max(1, profile.samples)
    counts = profile.inclusive if is_inclusive else profile.own
    names = sorted(counts, key=lambda name: counts[name], reverse=True)
    return [Row(name, profile.own.get(name, 0) * share, profile.inclusive.get(name, 0) * share) for name in names]


def show_rows(title: str, rows: Sequence[Row]) -> str:
    """A table for the terminal."""
    lines = [f"\n{title}", f"  {'own':>8} {'with all below':>15}"]
    lines += [f"  {row.own_microseconds:8.2f} {row.inclusive_microseconds:15.2f}  {row.name}" for row in rows[:TOP]]
    return "\n".join(lines)


def profile_case(stage: Stage, case: Case) -> tuple[float, Profile]:
    """The cost under the profiler, and where it went."""
    path = stage.children.folder / "profile.json"
    launcher = [sys.executable, "-m", "bench.sampler", str(path)]
    server = gateway.start_gateway(stage.children, stage.provider.port, stage.streams.port, launcher)
    shot = build_gateway_shot(case, server.port)
    check_answer(shot, case)
    os.kill(server.pid, signal.SIGUSR1)
    time.sleep(0.2)
    sample = (sample_events if case.is_stream else sample_requests)(stage, server, shot)
    stage.children.stop(server.pid)
    return sample.cost, msgspec.convert(json.loads(path.read_text()), Profile)


def main(arguments: Sequence[str] | None = None) -> int:
    names = [case.name for case in CASES if case.kind in {"requests", "events"}]
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__.partition("\n")[0])
    parser.add_argument("case", choices=names, metavar="CASE", help=f"one of {', '.join(names)}")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args(arguments)
    case = find_case(options.case)
    assert case is not None
    with orderly_end(), open_stage(Plan(seconds=options.seconds, stream_seconds=options.seconds)) as stage:
        cost, profile = profile_case(stage, case)
    print(f"{case.title}: {cost:.1f} {UNITS[case.kind]} under the profiler, {profile.samples} samples")
    print(show_rows("In the function itself", rank_functions(profile, cost, is_inclusive=False)))
    print(show_rows("With all that it calls", rank_functions(profile, cost, is_inclusive=True)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
