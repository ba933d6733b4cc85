"""Where rows end up, and what can be asked of them. Every store passes the same tests (`tests/contract`).

A store may be down, slow or full: then it raises `DragomanError`, has changed nothing, and is asked again later. All of
it is synchronous and meant for a thread of its own; no request ever waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.ledger.rollup import Dimension, Period, Totals, select_dimension
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import EVERYBODY, Only, Page, Position, Search

Grouping = Literal["model", "provider", "route", "key", "team", "user", "tag", "credential", "day", "hour"]

TIMES: frozenset[Grouping] = frozenset({"day", "hour"})
"""Groupings whose lines come in their own order."""

NAMES_BY_GROUPING: dict[Grouping, frozenset[str]] = {
    "model": frozenset({"provider", "model"}),
    "provider": frozenset({"provider"}),
    "route": frozenset({"route"}),
    "key": frozenset({"principal"}),
    "team": frozenset({"team"}),
    "user": frozenset({"user"}),
    "tag": frozenset({"tag"}),
    "credential": frozenset({"provider", "credential"}),
    "day": frozenset(),
    "hour": frozenset(),
}
"""What a grouping has to know of an exchange."""

PERIODS_BY_GROUPING: dict[Grouping, tuple[Period, ...]] = {"hour": ("hour", "minute")}
"""What a grouping is answered from, where not from all sums."""


class UsageLine(msgspec.Struct, frozen=True):
    """The sums of one model, provider, route, key, day or whatever was asked for."""

    name: str
    totals: Totals


class SeriesPoint(msgspec.Struct, frozen=True):
    """The sums of one name in one period."""

    start_ms: int
    name: str
    totals: Totals


class Asked(msgspec.Struct, frozen=True):
    """A question about sums: those of exchanges that began within a time (to the minute). What is asked of a tag can be
    grouped by time or tag alone, since a tag's sums tell of nothing else."""

    since_ms: int
    until_ms: int
    by: Grouping = "model"
    only: Only = EVERYBODY


Finish = Callable[[ExchangeRow], ExchangeRow]
"""What is added to a row on its way, such as its cost."""


class Repriced(msgspec.Struct, frozen=True):
    """How far a repricing has come: `last` is what the next step is after; None at the end."""

    seen: int
    changed: int
    difference_nanodollars: int
    last: int | None


class Store(Protocol):
    """Keeps rows. Recording is idempotent: an exchange counts once, however often it is brought."""

    def record_exchanges(self, rows: Sequence[ExchangeRow], packed: Sequence[bytearray] = ()) -> int:
        """Keep all of them or none; how many were new. `packed` are the same as bytes, from whoever has those."""
        ...

    def read_exchange(self, exchange_id: str) -> ExchangeRow | None:
        """One exchange with its attempts."""
        ...

    def read_usage(self, since_ms: int, until_ms: int, by: Grouping, only: Only = EVERYBODY) -> list[UsageLine]:
        """The sums of the exchanges that began within a time (to the minute), dearest first; days in their order."""
        ...

    def read_series(self, asked: Asked, bucket: Period) -> list[SeriesPoint]:
        """The same, cut into periods, in the order of time."""
        ...

    def search(self, search: Search, before: Position | None) -> Page:
        """Exchanges that are meant, newest first, from a position on."""
        ...

    def read_sample(self, since_ms: int, until_ms: int, count: int) -> list[ExchangeRow]:
        """About so many exchanges, spread evenly over those of a time."""
        ...

    def remove_before(self, before_ms: int, limit: int) -> int:
        """Forget at most `limit` exchanges that began earlier, oldest first, and then sums by the minute; how many
        exchanges went. Sums by the hour and the day stay."""
        ...

    def remove_oldest(self, limit: int) -> int:
        """Forget at most `limit` exchanges, oldest first, with their sums by the minute; how many went."""
        ...

    def read_size_bytes(self) -> int:
        """What all of it takes, without what is free to be written to again."""
        ...

    def reprice(self, finish: Finish, since_ms: int, after: int, limit: int) -> Repriced:
        """Reckon the cost of some rows anew, in the order in which they were recorded."""
        ...

    def close(self) -> None: ...


def store_unavailable(message: str) -> DragomanError:
    """The store cannot take or tell anything now."""
    return DragomanError(Kind.UNAVAILABLE, message, blame="gateway")


def find_dimension(by: Grouping, only: Only) -> Dimension:
    """The sums that a question is answered from; raises where no sums can tell."""
    filtered = {name for name, value in msgspec.structs.asdict(only).items() if value is not None}
    dimension = select_dimension(filtered | NAMES_BY_GROUPING[by])
    if dimension is None:
        message = "What is asked of a tag can be grouped by tag, day or hour alone, without further filters."
        raise invalid(message, "tag" if only.tag is not None else "by")
    return dimension


def merge_lines(lines: Sequence[tuple[str, Totals]], by: Grouping) -> list[UsageLine]:
    """One line for each name, in the order in which they are shown."""
    merged: dict[str, Totals] = {}
    for name, totals in lines:
        merged.setdefault(name, Totals()).add(totals)
    if by in TIMES:
        return [UsageLine(name, merged[name]) for name in sorted(merged)]
    ordered = sorted(merged, key=lambda name: (-merged[name].cost_nanodollars, -merged[name].exchanges, name))
    return [UsageLine(name, merged[name]) for name in ordered]


def merge_points(points: Sequence[tuple[int, str, Totals]]) -> list[SeriesPoint]:
    """One point for each period and name, in the order of time."""
    merged: dict[tuple[int, str], Totals] = {}
    for start_ms, name, totals in points:
        merged.setdefault((start_ms, name), Totals()).add(totals)
    return [SeriesPoint(start_ms, name, merged[start_ms, name]) for start_ms, name in sorted(merged)]
