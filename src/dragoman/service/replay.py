"""Another routing policy over exchanges that were recorded: what it would have cost, how long it would have taken, and how
often it would have failed, beside what happened. Nobody is called.

What is not known is not made up. How a target does is what the same exchanges saw of it; where they saw nothing, the
exchange counts as one of unknown time. Its tokens are taken to be the same with every model. An exchange that stays with
its target stays as it was. Only conditions on length can be judged: headers and bodies are not recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count

import msgspec

from dragoman.errors import DragomanError
from dragoman.ledger.row import ExchangeRow
from dragoman.routing.capability import Needs, narrow_route
from dragoman.routing.conditions import Traits, admit_request
from dragoman.routing.selection import order_targets
from dragoman.routing.target import Target
from dragoman.service.metering.pricing import Pricer
from dragoman.service.switchboard import Switchboard

MICROSECONDS = 1e6
GOLDEN = 0.6180339887498949
MAX_TRIED = 3
FAILED = frozenset({"failed", "interrupted"})


class Ledgered(msgspec.Struct):
    """What a number of exchanges came to. `failed` is an expectation where nothing happened, so it may be a fraction."""

    exchanges: int = 0
    cost_nanodollars: int = 0
    unpriced: int = 0
    duration_us: int = 0
    timed: int = 0
    failed: float = 0.0

    @property
    def mean_seconds(self) -> float | None:
        return self.duration_us / self.timed / MICROSECONDS if self.timed else None

    def add(self, row: ExchangeRow, failed: float, duration_us: int | None) -> None:
        """One more exchange, at this cost."""
        self.exchanges += 1
        self.failed += failed
        if row.cost_nanodollars is None:
            self.unpriced += 1
        else:
            self.cost_nanodollars += row.cost_nanodollars
        if duration_us is not None:
            self.timed += 1
            self.duration_us += duration_us


class TargetLedgered(msgspec.Struct):
    """What one target got, and what it would have."""

    happened: Ledgered
    instead: Ledgered


class Replayed(msgspec.Struct):
    """What happened, and what would have, in all and by target. `homeless` exchanges have no route there and are in
    neither."""

    exchanges: int
    moved: int
    homeless: int
    happened: Ledgered
    instead: Ledgered
    targets: dict[str, TargetLedgered]

    def add_happened(self, row: ExchangeRow) -> None:
        """This is how it was."""
        for ledgered in (self.happened, self._find(row).happened):
            ledgered.add(row, row.outcome in FAILED, row.duration_us)

    def add_instead(self, row: ExchangeRow, failed: float, duration_us: int | None) -> None:
        """This is how it would have been."""
        for ledgered in (self.instead, self._find(row).instead):
            ledgered.add(row, failed, duration_us)

    def _find(self, row: ExchangeRow) -> TargetLedgered:
        name = f"{row.provider}/{row.model}" if row.provider else ""
        return self.targets.setdefault(name, TargetLedgered(Ledgered(), Ledgered()))


class _Record:
    """How a target did."""

    __slots__ = ("attempts", "duration_us", "failures", "served")

    def __init__(self) -> None:
        self.attempts = self.failures = self.served = self.duration_us = 0


class Experience:
    """How each target did, by provider and model."""

    def __init__(self, rows: Iterable[ExchangeRow]) -> None:
        self._records: dict[tuple[str, str], _Record] = {}
        for row in rows:
            for attempt in row.attempts:
                record = self._records.setdefault((attempt.provider, attempt.model), _Record())
                record.attempts += 1
                record.failures += bool(attempt.error)
            if row.outcome == "served" and not row.is_hit:
                record = self._records.setdefault((row.provider, row.model), _Record())
                record.served += 1
                record.duration_us += row.duration_us

    def find_failure(self, target: Target) -> float:
        """Which share of its attempts failed; none, as far as is known, of one that was never tried."""
        record = self._records.get((target.provider.name, target.model))
        return record.failures / record.attempts if record is not None and record.attempts else 0.0

    def find_duration_us(self, target: Target) -> int | None:
        """How long it took on average; None where nobody knows."""
        record = self._records.get((target.provider.name, target.model))
        return record.duration_us // record.served if record is not None and record.served else None


def build_draw() -> Callable[[], float]:
    """Draws from 0 to 1, spread as evenly as can be, so that the same exchanges have the same result each time."""
    numbers = count(1)
    return lambda: next(numbers) * GOLDEN % 1.0


class Replay:
    """Exchanges through a switchboard's routes, oldest first, some at a time; `rows` are all of them, to learn from."""

    def __init__(
        self, rows: Iterable[ExchangeRow], switchboard: Switchboard, pricer: Pricer, random: Callable[[], float]
    ) -> None:
        self.replayed = Replayed(0, 0, 0, Ledgered(), Ledgered(), {})
        self._experience = Experience(rows)
        self._switchboard = switchboard
        self._pricer = pricer
        self._random = random

    def take(self, rows: Iterable[ExchangeRow]) -> None:
        """The next of them."""
        for row in rows:
            if not row.is_hit:
                self._take(row)

    def _take(self, row: ExchangeRow) -> None:
        replayed = self.replayed
        targets = choose_targets(row, self._switchboard, self._random)
        if not targets:
            replayed.homeless += 1
            return
        replayed.exchanges += 1
        replayed.add_happened(row)
        first = targets[0]
        if (first.provider.name, first.model) == (row.provider, row.model):
            replayed.add_instead(row, row.outcome in FAILED, row.duration_us)
        else:
            replayed.moved += 1
            changed = msgspec.structs.replace(
                row, provider=first.provider.name, model=first.model, cost_nanodollars=None
            )
            failure = 1.0
            for target in targets[:MAX_TRIED]:
                failure *= self._experience.find_failure(target)
            replayed.add_instead(self._pricer.price(changed), failure, self._experience.find_duration_us(first))
        _teach(row, self._switchboard)


def replay_rows(
    rows: Sequence[ExchangeRow], switchboard: Switchboard, pricer: Pricer, random: Callable[[], float]
) -> Replayed:
    """All of these exchanges, oldest first, at once."""
    replay = Replay(rows, switchboard, pricer, random)
    replay.take(rows)
    return replay.replayed


def choose_targets(row: ExchangeRow, switchboard: Switchboard, random: Callable[[], float]) -> list[Target]:
    """Who would have been asked, in this order; nobody where the name leads nowhere."""
    tokens = row.input + row.cache_read + row.cache_write_5m + row.cache_write_1h
    try:
        route = switchboard.resolver.resolve(row.route)
        if route.is_conditional:
            route = admit_request(route, Traits({}, tokens))
        if tokens > route.least_window > 0:
            route = narrow_route(route, Needs(tokens=tokens))
    except DragomanError:
        return []
    return list(order_targets(route, switchboard.pools, random))


def _teach(row: ExchangeRow, switchboard: Switchboard) -> None:
    """What the gateway would have learnt by then of how quick a target is."""
    pool = switchboard.pools.get(row.provider)
    if pool is not None and row.outcome == "served" and row.first_content_us is not None:
        pool.health(row.model).note_speed(row.first_content_us / MICROSECONDS)
