"""Runs the gateway under a sampling profiler: `python -m bench.sampler FILE serve …` stands in for `dragoman serve …`.

A timer of the kernel that counts CPU time interrupts the process as often as its tick allows; each time the stack of
Python frames is noted. At the end the counts go to FILE. Time inside C code is credited to the Python frame that called
it, or, where the event loop runs nothing of ours, to whatever runs next: the shares are good, single lines are not.
"""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from dragoman.cli.main import main

INTERVAL_SECONDS = 0.001
MAX_DEPTH = 60


class Sampler:
    """Counts in how many samples a function was running, and in how many it was on the stack."""

    def __init__(self) -> None:
        self.own: Counter[str] = Counter()
        self.inclusive: Counter[str] = Counter()
        self.sample_count = 0

    def start(self) -> None:
        """From now on, only CPU time counts."""
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)

    def reset(self, number: int, frame: FrameType | None) -> None:
        """A signal's: forget what starting took."""
        self.own.clear()
        self.inclusive.clear()
        self.sample_count = 0

    def write(self, path: Path) -> None:
        """Stop, and leave the counts."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        document = {"samples": self.sample_count, "own": self.own, "inclusive": self.inclusive}
        path.write_text(json.dumps(document))

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.sample_count += 1
        names = [name_frame(one) for one in walk_stack(frame)]
        if names:
            self.own[names[0]] += 1
        self.inclusive.update(set(names))


def walk_stack(frame: FrameType | None) -> list[FrameType]:
    """The frames from the innermost one outwards."""
    frames: list[FrameType] = []
    while frame is not None and len(frames) < MAX_DEPTH:
        frames.append(frame)
        frame = frame.f_back
    return frames


def name_frame(frame: FrameType) -> str:
    """Module and function."""
    module = frame.f_globals.get("__name__", "?")
    return f"{module}.{frame.f_code.co_qualname}"


def run(path: Path, arguments: list[str]) -> None:
    """The gateway, with its arguments; SIGUSR1 forgets what was counted so far."""
    sampler = Sampler()
    signal.signal(signal.SIGUSR1, sampler.reset)
    sampler.start()
    sys.argv = ["dragoman", *arguments]
    try:
        main()
    finally:
        sampler.write(path)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2:])
