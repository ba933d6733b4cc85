"""A changed configuration over what was recorded: where its exchanges would have gone, and what that would have cost.

The work is done a little at a time on the gateway's own loop, so that no request waits for it longer than for another
request; whoever asked hears how far it has come, and ends it by going away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import Only, Position, Search
from dragoman.service.admin.insight import Insight
from dragoman.service.metering.pricing import Pricer
from dragoman.service.replay import Replay, Replayed, build_draw
from dragoman.service.switchboard import Switchboard

PAGE_ROWS = 500
SLICE_ROWS = 40
TOLD_ROWS = 25 * SLICE_ROWS  # that one event tells of
MAX_ROWS = 20_000  # what the loop is held up by grows with them

BuildBoard = Callable[[str], tuple[Switchboard, Pricer]]
"""What requests would be routed and priced by under a configuration's text; raises with all its mistakes."""


class WhatIf(msgspec.Struct, frozen=True):
    """What is to be tried, over the newest `limit` exchanges since then that asked for one of these names; without names
    over those that asked for any."""

    text: str
    names: Annotated[list[str], Meta(max_length=20)] = []
    since_ms: int = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_ROWS)] = 1_000


class WhatIfEvent(msgspec.Struct, frozen=True):
    """How far a trial has come; the last event has the result."""

    stage: Literal["reading", "replaying", "done"]
    done: int
    total: int
    replayed: Replayed | None = None


class History:
    """Tries configurations out."""

    def __init__(self, insight: Insight, build: BuildBoard) -> None:
        self._insight = insight
        self._build = build

    async def try_out(self, wish: WhatIf) -> AsyncGenerator[WhatIfEvent, None]:
        """Begins with the configuration, so that its mistakes are told before anything else."""
        switchboard, pricer = await asyncio.to_thread(self._build, wish.text)
        return self._replay(wish, switchboard, pricer)

    async def _replay(
        self, wish: WhatIf, switchboard: Switchboard, pricer: Pricer
    ) -> AsyncGenerator[WhatIfEvent, None]:
        rows: list[ExchangeRow] = []
        subjects = [Only(route=name) for name in wish.names] or [Only()]
        for only in subjects:
            found: list[ExchangeRow] = []
            position: Position | None = None
            while len(found) < wish.limit:
                yield WhatIfEvent("reading", len(rows) + len(found), wish.limit * len(subjects))
                page, position = await self._read_page(wish, only, position)
                found += page
                if position is None:
                    break
            rows += found
        rows = select_newest(rows, wish.limit)
        replay = Replay(rows, switchboard, pricer, build_draw())
        for done in range(0, len(rows), SLICE_ROWS):
            if done % TOLD_ROWS == 0:
                yield WhatIfEvent("replaying", done, len(rows))
            replay.take(rows[done : done + SLICE_ROWS])
            await asyncio.sleep(0)
        yield WhatIfEvent("done", len(rows), len(rows), replay.replayed)

    async def _read_page(
        self, wish: WhatIf, only: Only, position: Position | None
    ) -> tuple[list[ExchangeRow], Position | None]:
        search = Search(only, wish.since_ms, self._insight.now_ms() + 1, limit=PAGE_ROWS)
        page = await self._insight.reader.ask(lambda store: store.search(search, position))
        return page.rows, page.position


def select_newest(rows: Sequence[ExchangeRow], count: int) -> list[ExchangeRow]:
    """The newest so many, oldest first."""
    return sorted(rows, key=lambda row: row.started_ms)[-count:]
