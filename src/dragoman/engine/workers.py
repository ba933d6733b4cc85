"""Which workers run on this machine, as the system tells it: those of any gateway of the same user.

Read from `/proc`, so there are none to be seen where a system has none. A worker's command line ends with the name of
its model, which is no secret; its key is.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

PROCESSES = Path("/proc")
MODULE = b"dragoman.engine.worker"


class RunningWorker(msgspec.Struct, frozen=True):
    """One worker."""

    name: str
    pid: int
    gateway_pid: int
    resident_bytes: int


def list_workers(processes: Path = PROCESSES) -> list[RunningWorker]:
    """All of them, oldest process first."""
    folders = [folder for folder in processes.glob("[0-9]*") if folder.name.isdigit()]
    found = (_read_worker(folder) for folder in sorted(folders, key=lambda folder: int(folder.name)))
    return [worker for worker in found if worker is not None]


def _read_worker(folder: Path) -> RunningWorker | None:
    """What a process is, if it is a worker; it may end at any moment."""
    try:
        words = (folder / "cmdline").read_bytes().split(b"\0")
        if MODULE not in words or folder.stat().st_uid != os.getuid():
            return None
        parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        pages = (folder / "statm").read_text().split()[1]
    except OSError:
        return None
    after = words[words.index(MODULE) + 1 :]
    name = after[0].decode("utf-8", "replace") if after else ""
    return RunningWorker(name, int(folder.name), int(parent), int(pages) * os.sysconf("SC_PAGE_SIZE"))
