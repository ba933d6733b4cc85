"""What happens now, second by second, for whoever watches.

The ledger's writer tells of the rows that it has brought; here they are only remembered, and added up when somebody
asks. Nobody watching costs next to nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence

import msgspec

from dragoman.clock import Clock
from dragoman.ledger.rollup import Totals, sum_rows
from dragoman.ledger.row import ExchangeRow
from dragoman.service.admin.exchanges import ExchangeLine, build_line
from dragoman.service.admin.local_models import Fetch

REMEMBERED = 50
TICK_SECONDS = 1.0


class LiveEvent(msgspec.Struct, frozen=True):
    """One second. `last` are the exchanges that have ended since the event before, newest first; of very many the newest,
    and `ended` counts them all."""

    at_ms: int
    in_flight: int
    waiting: int
    requests_per_second: float
    failed_per_second: float
    tokens_per_second: float
    cost_nanodollars_per_second: float
    last: list[ExchangeLine]
    fetches: list[Fetch]
    ended: int = 0


class Watcher:
    """One who watches: what has come since they looked last."""

    def __init__(self) -> None:
        self.totals = Totals()
        self.rows: deque[ExchangeRow] = deque(maxlen=REMEMBERED)

    def take(self) -> tuple[Totals, list[ExchangeRow]]:
        """What has come, newest first; it is forgotten by that."""
        totals, rows = self.totals, list(self.rows)
        self.totals = Totals()
        self.rows.clear()
        return totals, rows[::-1]


class Feed:
    """Hands rows to those who watch. `note` is called by the ledger's thread."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()

    def __repr__(self) -> str:
        return f"<Feed: {len(self._watchers)} watch>"

    def note(self, rows: Sequence[ExchangeRow]) -> None:
        """These have ended."""
        watchers = list(self._watchers)
        if not watchers or not rows:
            return
        totals = sum_rows(rows)
        for watcher in watchers:
            watcher.totals.add(totals)
            watcher.rows.extend(rows[-REMEMBERED:])

    def open(self) -> Watcher:
        """Begin to watch."""
        watcher = Watcher()
        self._watchers.add(watcher)
        return watcher

    def close(self, watcher: Watcher) -> None:
        """Watch no more."""
        self._watchers.discard(watcher)


class Live:
    """Makes the events."""

    def __init__(
        self,
        feed: Feed,
        clock: Clock,
        read_load: Callable[[], tuple[int, int]],
        list_fetches: Callable[[], list[Fetch]],
        is_over: Callable[[], bool],
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._read_load = read_load
        self._list_fetches = list_fetches
        self._is_over = is_over

    async def watch(self) -> AsyncGenerator[LiveEvent, None]:
        """An event now and one each second, until the watcher goes or the gateway ends."""
        watcher = self._feed.open()
        looked = self._clock.monotonic()
        try:
            while not self._is_over():
                now = self._clock.monotonic()
                yield self._build(watcher, max(now - looked, TICK_SECONDS))
                looked = now
                await asyncio.sleep(TICK_SECONDS)
        finally:
            self._feed.close(watcher)

    def _build(self, watcher: Watcher, seconds: float) -> LiveEvent:
        totals, rows = watcher.take()
        in_flight, waiting = self._read_load()
        return LiveEvent(
            at_ms=int(self._clock.unix() * 1000),
            in_flight=in_flight,
            waiting=waiting,
            requests_per_second=totals.exchanges / seconds,
            failed_per_second=totals.failed / seconds,
            tokens_per_second=(totals.input_tokens + totals.output_tokens) / seconds,
            cost_nanodollars_per_second=totals.cost_nanodollars / seconds,
            last=[build_line(row) for row in rows],
            fetches=self._list_fetches(),
            ended=totals.exchanges,
        )
