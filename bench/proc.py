"""What the kernel knows of processes: CPU time and memory, out of /proc. Parsing is apart from reading.

CPU time is `utime + stime` of a process and of all that descend from it; the kernel rounds it down to ticks of 10 ms,
so a run must be long enough for that not to matter. Memory is resident (RSS, pages shared with others count whole) and
proportional (PSS, they count by share). See proc(5).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Stat(NamedTuple):
    """One line of /proc/PID/stat."""

    pid: int
    parent_pid: int
    cpu_ticks: int


class Memory(NamedTuple):
    """Megabytes of a process and its descendants."""

    resident_mb: float
    proportional_mb: float


def parse_stat(text: str) -> Stat:
    """The name of the program, in parentheses, may hold spaces and parentheses; the rest are numbers."""
    fields = text[text.rindex(")") + 2 :].split()
    return Stat(int(text[: text.index("(")]), int(fields[1]), int(fields[11]) + int(fields[12]))


def select_tree(stats: Iterable[Stat], root: int) -> list[Stat]:
    """A process and everything that descends from it."""
    everyone = list(stats)
    chosen = [stat for stat in everyone if stat.pid == root]
    for parent in chosen:  # grows while it is walked
        chosen += [stat for stat in everyone if stat.parent_pid == parent.pid]
    return chosen


def parse_rollup(text: str) -> Memory:
    """/proc/PID/smaps_rollup: lines such as `Rss:   1760 kB`."""
    fields = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in text.splitlines()[1:])}
    return Memory(fields["Rss"] / 1024, fields["Pss"] / 1024)


def read_stats() -> list[Stat]:
    """Every process that we can see; one that ends while we look is left out."""
    stats = []
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                stats.append(parse_stat((folder / "stat").read_text(errors="replace")))
    return stats


def read_cpu_seconds(pid: int) -> float:
    """CPU time of a process and its descendants so far."""
    return sum(stat.cpu_ticks for stat in select_tree(read_stats(), pid)) / TICKS_PER_SECOND


def parse_waiting(text: str) -> float:
    """/proc/PID/task/TID/schedstat: nanoseconds run, nanoseconds ready to run but without a core, turns."""
    return int(text.split()[1]) / 1e9


def read_waiting_seconds(pid: int) -> float:
    """How long a process and its descendants were ready but had to wait for a core: what others took from them. Zero
    where the kernel does not count it."""
    seconds = 0.0
    for stat in select_tree(read_stats(), pid):
        for path in (PROC / str(stat.pid) / "task").glob("*/schedstat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                seconds += parse_waiting(path.read_text())
    return seconds


def read_memory(pid: int) -> Memory:
    """Memory of a process and its descendants now."""
    rollups = [
        parse_rollup((PROC / str(stat.pid) / "smaps_rollup").read_text()) for stat in select_tree(read_stats(), pid)
    ]
    return Memory(sum(one.resident_mb for one in rollups), sum(one.proportional_mb for one in rollups))
