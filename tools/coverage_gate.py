"""Fails when the tests leave too many branches of the pure core untried.

Reads coverage's JSON report. The shell (sockets, processes, files) is covered by fault and end-to-end tests instead,
many of which run in processes of their own, so its figures would say little.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

CORE = ("adapt/", "catalog/", "clock.py", "config/", "dialects/", "errors.py", "model/", "routing/", "wire/")
FLOOR_PERCENT = 95.0


class Branches(NamedTuple):
    """How many ways there are through a room, and how many of them were taken."""

    there: int
    taken: int

    @property
    def percent(self) -> float:
        return 100.0 * self.taken / self.there if self.there else 100.0


def main(arguments: list[str]) -> int:
    """Print a line for each room, and fail if all of them together are below the floor."""
    report = json.loads(Path(arguments[0]).read_text("utf-8"))
    if not report["meta"]["branch_coverage"]:
        print("coverage: no branch was measured, so no test has run any code of the core")
        return 1
    rooms = count_branches(report)
    total = Branches(sum(room.there for room in rooms.values()), sum(room.taken for room in rooms.values()))
    for name, room in {**rooms, "all of the core": total}.items():
        print(f"{name:<16} {room.taken:>5} of {room.there:>5} branches  {room.percent:6.2f} %")
    if total.percent < FLOOR_PERCENT:
        print(f"coverage: at least {FLOOR_PERCENT:.0f} % is asked for; `.venv/bin/coverage report` names the lines")
        return 1
    return 0


def count_branches(report: Mapping[str, Any]) -> dict[str, Branches]:
    """The branches of each room of the core that has any code."""
    rooms: dict[str, Branches] = {}
    for path, file in report["files"].items():
        for name in CORE:
            if path.startswith(f"src/dragoman/{name}"):
                room = rooms.get(name, Branches(0, 0))
                summary = file["summary"]
                rooms[name] = Branches(room.there + summary["num_branches"], room.taken + summary["covered_branches"])
    return dict(sorted(rooms.items()))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
