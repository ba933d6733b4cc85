"""What fails, and why: the newest failures of a time, those of one reason and one target together."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import ANY_ERROR, EVERYBODY, Only, Search
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.overview import MAX_MINUTES, MINUTE_MS

LOOKED_AT = 500
SHOWN = 12


class FailureLine(msgspec.Struct):
    """Failures of one kind at one target, or of one name where nobody was asked. `last_id` is the newest of them."""

    error: str
    blame: str
    target: str
    route: str
    count: int
    last_ms: int
    last_id: str


class FailureReport(msgspec.Struct, frozen=True):
    """Out of `looked_at` failures, the newest; `has_more` says that there were others before."""

    looked_at: int
    has_more: bool
    items: list[FailureLine]


async def read_failure_report(insight: Insight, minutes: int, only: Only = EVERYBODY) -> FailureReport:
    """Those of the last so many minutes."""
    now_ms = insight.now_ms()
    since_ms = now_ms - min(max(minutes, 1), MAX_MINUTES) * MINUTE_MS
    search = Search(only, since_ms, now_ms + 1, error=ANY_ERROR, limit=LOOKED_AT)
    page = await insight.reader.ask(lambda store: store.search(search, None))
    return FailureReport(len(page.rows), page.position is not None, group_failures(page.rows)[:SHOWN])


def group_failures(rows: Iterable[ExchangeRow]) -> list[FailureLine]:
    """Rows come newest first; lines with the most failures do."""
    lines: dict[tuple[str, str, str], FailureLine] = {}
    for row in rows:
        target = f"{row.provider}/{row.model}" if row.provider else ""
        error = row.error or row.outcome
        route = "" if target else row.route
        line = lines.get((error, target, route))
        if line is None:
            line = FailureLine(error, row.blame, target, route, 0, row.started_ms, row.id)
            lines[error, target, route] = line
        line.count += 1
    return sorted(lines.values(), key=lambda line: -line.count)
