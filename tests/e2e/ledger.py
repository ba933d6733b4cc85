"""The ledger of a gateway under test, read beside it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from dragoman.ledger.frames import parse_row
from tests.e2e.gateway import wait_until

PATH = Path("ledger") / "ledger.sqlite"


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """Every exchange that has arrived, oldest first; none as long as there is no table for them."""
    if not (folder / PATH).exists():
        return []
    with closing(sqlite3.connect(folder / PATH, timeout=30)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'exchanges'").fetchone():
            return []
        found = connection.execute("SELECT row FROM exchanges ORDER BY started_ms, sequence").fetchall()
    return [msgspec.structs.asdict(parse_row(row)) for (row,) in found]


def wait_for_rows(
    folder: Path, count: int, among: Callable[[dict[str, Any]], object] = bool, seconds: float = 30.0
) -> list[dict[str, Any]]:
    """The rows of a kind, once there are as many as there should be."""
    found: list[dict[str, Any]] = []

    def are_there() -> bool:
        found[:] = filter(among, read_rows(folder))
        return len(found) >= count

    assert wait_until(are_there, seconds), found
    assert len(found) == count, found
    return found


def read_sums(folder: Path, period: str) -> Counter[str]:
    """What the sums of a period come to, column by column."""
    with closing(sqlite3.connect(folder / PATH, timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("SELECT * FROM sums WHERE period = ? AND dimension = ''", (period,)).fetchall()
    total: Counter[str] = Counter()
    for row in found:
        total.update({name: row[name] for name in row.keys() if isinstance(row[name], int)})  # noqa: SIM118
    return total
