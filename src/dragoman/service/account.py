"""What a caller has spent, asked for where models are asked for: `/v1/generation`, `/v1/credits`, `/v1/report`.

Whatever their role, callers see here what was done with their own key and nothing else: what is another's is not there.
"""

from __future__ import annotations

from typing import Any, get_args
from urllib.parse import parse_qsl

import msgspec

from dragoman.clock import Clock
from dragoman.dialects.base import Operation, WireReply
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.ledger.reader import LedgerReader
from dragoman.ledger.search import Only
from dragoman.service.admin.lookups import GROUPINGS, ReportGrouping, build_credits, build_generation, build_report
from dragoman.service.admin.moments import parse_day
from dragoman.service.exchange import Generate, Inbound, ReplySink
from dragoman.wire.json_document import encode_json

DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS
MAX_QUERY_FIELDS = 32
MAX_ID = 64

FILTERS = {"user_id": "user", "model": "model", "provider": "provider", "tags": "tag"}
"""What a report can be narrowed by, in the words of the query and in ours."""

Query = dict[str, str]


class Account:
    """Asks the ledger's reader."""

    def __init__(self, reader: LedgerReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    @property
    def answers(self) -> dict[Operation, Generate]:
        """Who answers what."""
        return {"generation": self.answer_generation, "credits": self.answer_credits, "report": self.answer_report}

    async def answer_generation(self, inbound: Inbound, sink: ReplySink) -> None:
        """One exchange of the caller's."""
        asked = read_query(inbound).get("id", "")
        if not 0 < len(asked) <= MAX_ID:
            raise invalid("Say which: `?id=` with what `x-dragoman-exchange` told.", "id")
        row = await self._reader.ask(lambda store: store.read_exchange(asked))
        if row is None or row.principal != inbound.principal:
            message = f"There is no generation {asked!r}; one that just ended is here within a second."
            raise DragomanError(Kind.NOT_FOUND, message, path="id", code="not_found")
        await _send(sink, build_generation(row))

    async def answer_credits(self, inbound: Inbound, sink: ReplySink) -> None:
        """All that the caller's key has ever spent."""
        until_ms, only = self._now_ms(), Only(principal=inbound.principal)
        lines = await self._reader.ask(lambda store: store.read_usage(0, until_ms, "key", only))
        await _send(sink, build_credits(sum(line.totals.cost_nanodollars for line in lines)))

    async def answer_report(self, inbound: Inbound, sink: ReplySink) -> None:
        """What it was spent on; days are those of UTC, the last one included."""
        query = read_query(inbound)
        by = select_grouping(query)
        since_ms, until_ms = self._read_time(query)
        only = build_filter(query, inbound.principal)
        lines = await self._reader.ask(lambda store: store.read_usage(since_ms, until_ms, GROUPINGS[by], only))
        await _send(sink, build_report(lines, by))

    def _now_ms(self) -> int:
        return int(self._clock.unix() * 1000) + 1

    def _read_time(self, query: Query) -> tuple[int, int]:
        end, start = query.get("end_date"), query.get("start_date")
        until_ms = parse_day(end) + DAY_MS if end else self._now_ms()
        since_ms = parse_day(start) if start else until_ms - MONTH_MS
        if since_ms >= until_ms:
            raise invalid("The report ends before it begins.", "start_date")
        return since_ms, until_ms


def read_query(inbound: Inbound) -> Query:
    """What was asked, by name."""
    try:
        return dict(parse_qsl(inbound.query.decode("ascii"), max_num_fields=MAX_QUERY_FIELDS))
    except ValueError as error:
        raise invalid("The query cannot be read.") from error


def select_grouping(query: Query) -> ReportGrouping:
    """By what the sums are told."""
    name = query.get("group_by", "day")
    known: tuple[ReportGrouping, ...] = get_args(ReportGrouping)
    by = next((one for one in known if one == name), None)
    if by is None:
        raise invalid(f"A report is grouped by one of {', '.join(known)}.", "group_by")
    return "hour" if by == "day" and query.get("date_part") == "hour" else by


def build_filter(query: Query, principal: str) -> Only:
    """Of the caller's exchanges, those that are meant."""
    if query.get("credential_type", "byok") != "byok":
        raise invalid("All credentials here are the operator's own: credential_type is byok.", "credential_type")
    given = {ours: query[theirs] for theirs, ours in FILTERS.items() if query.get(theirs)}
    return msgspec.structs.replace(Only(principal=principal), **given)


async def _send(sink: ReplySink, told: dict[str, Any]) -> None:
    await sink.send_reply(WireReply(200, encode_json(told)), ())
