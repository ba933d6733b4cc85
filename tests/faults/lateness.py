"""How late something may be: a second, and as long as the machine was at it.

The second is the gateway's. What a busy machine adds is time in which the processes that take part run, or wait for a
processor, and Linux counts both for each thread. So a timer that fires too late is seen on an overloaded machine as
well, and one that fires in time is never blamed for the machine.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.gateway import Gateway

GRACE_SECONDS = 1.0
HAS_COUNTS = Path("/proc/self/schedstat").exists()


class Watch:
    """Measures a block: the seconds that passed in it, and by how many of them what happened there may be late."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway.process.pid
        self.begun = self.passed = self.most_late = 0.0

    def __enter__(self) -> Self:
        self._before = self._read_busy()
        self.begun = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.passed = time.monotonic() - self.begun
        busy = sum(seconds - self._before.get(process, 0.0) for process, seconds in self._read_busy().items())
        self.most_late = GRACE_SECONDS + (max(0.0, busy) if HAS_COUNTS else self.passed)

    def is_due(self, seconds: float, limit_seconds: float) -> bool:
        """Whether what happened after so many seconds happened at its limit."""
        return limit_seconds * 0.9 <= seconds < limit_seconds + self.most_late

    def _read_busy(self) -> dict[int, float]:
        """The seconds of all threads, running and waiting to run, of each process: this one with its simulator, the
        gateway, and those that the gateway has started."""
        busy: dict[int, float] = {}
        processes = [os.getpid(), self._gateway]
        for process in processes:
            with suppress(FileNotFoundError, ProcessLookupError):  # it may end meanwhile
                tasks = list(Path(f"/proc/{process}/task").iterdir())
                counts = [(task / "schedstat").read_text().split() for task in tasks]
                busy[process] = sum(int(running) + int(waiting) for running, waiting, _ in counts) / 1e9
                if process == self._gateway:
                    processes += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        return busy
