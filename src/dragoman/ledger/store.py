"""Where rows end up, and what can be asked of them. Every store passes the same tests (`tests/contract`).

A store may be down, slow or full: then it raises `DragomanError`, has changed nothing, and is asked again later. All of
it is synchronous and meant for a thread of its own; no request ever waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.rollup import Totals
from dragoman.ledger.row import ExchangeRow

Grouping = Literal["model", "provider", "route", "key", "day"]


class UsageLine(msgspec.Struct, frozen=True):
    """The sums of one model, provider, route, key or day."""

    name: str
    totals: Totals


class Store(Protocol):
    """Keeps rows. Recording is idempotent: an exchange counts once, however often it is brought."""

    def record_exchanges(self, rows: Sequence[ExchangeRow]) -> int:
        """Keep all of them or none; how many were new."""
        ...

    def read_exchange(self, exchange_id: str) -> ExchangeRow | None:
        """One exchange with its attempts."""
        ...

    def read_usage(self, since_ms: int, until_ms: int, by: Grouping) -> list[UsageLine]:
        """The sums of the exchanges that began within a time (to the minute), dearest first; days in their order."""
        ...

    def remove_before(self, before_ms: int, limit: int) -> int:
        """Forget at most `limit` exchanges that began earlier, oldest first, and then sums by the minute; how many
        exchanges went. Sums by the hour and the day stay."""
        ...

    def close(self) -> None: ...


def store_unavailable(message: str) -> DragomanError:
    """The store cannot take or tell anything now."""
    return DragomanError(Kind.UNAVAILABLE, message, blame="gateway")


def merge_lines(lines: Sequence[tuple[str, Totals]], by: Grouping) -> list[UsageLine]:
    """One line for each name, in the order in which they are shown."""
    merged: dict[str, Totals] = {}
    for name, totals in lines:
        merged.setdefault(name, Totals()).add(totals)
    if by == "day":
        return [UsageLine(name, merged[name]) for name in sorted(merged)]
    ordered = sorted(merged, key=lambda name: (-merged[name].cost_nanodollars, -merged[name].exchanges, name))
    return [UsageLine(name, merged[name]) for name in ordered]
