"""The first page: how much, how fast, how dear over a time, and what is wrong now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal
from urllib.parse import urlencode

import msgspec

from dragoman.errors import DragomanError
from dragoman.ledger.rollup import TOKEN_CLASSES, Period, Totals
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import EVERYBODY, Only, Search, build_test
from dragoman.ledger.store import Asked, Grouping, Store, UsageLine
from dragoman.service.admin.exchanges import FindRates
from dragoman.service.admin.insight import SAMPLE, Insight, Percentiles, add_up, find_percentiles, select_bucket

TOP = 8
LEAST_SAMPLE = 200
MAX_MINUTES = 366 * 24 * 60
MINUTE_MS = 60_000
FEMTO = 1_000_000  # femtodollars in a nanodollar

TOP_GROUPINGS: dict[str, Grouping] = {
    "model": "model",
    "provider": "provider",
    "route": "route",
    "principal": "key",
    "team": "team",
    "user": "user",
    "tag": "tag",
}

TroubleKind = Literal[
    "credential_resting",
    "credential_quarantined",
    "credential_paused",
    "provider_out",
    "unpriced",
    "ledger_behind",
    "ledger_lost",
    "local_model",
    "budget",
]


class Trouble(msgspec.Struct, frozen=True):
    """Something that wants looking at. `link` is a page of the console, narrowed to it."""

    kind: TroubleKind
    subject: str
    message: str
    seconds: float | None = None
    link: str = ""


class Point(msgspec.Struct, frozen=True):
    """All exchanges of one period."""

    start_ms: int
    totals: Totals


class Overview(msgspec.Struct, frozen=True):
    """`before` is the time of the same length before this one."""

    since_ms: int
    until_ms: int
    bucket: Period
    totals: Totals
    before: Totals
    series: list[Point]
    latency: Percentiles
    first_content: Percentiles
    top: dict[str, list[UsageLine]]
    trouble: list[Trouble]
    cache_saved_nanodollars: int | None
    in_flight: int


class OverviewService:
    """Asks the ledger for numbers and everybody for trouble."""

    def __init__(
        self,
        insight: Insight,
        find_rates: FindRates,
        count_in_flight: Callable[[], int],
        list_trouble: Callable[[], list[Trouble]],
    ) -> None:
        self._insight = insight
        self._find_rates = find_rates
        self._count_in_flight = count_in_flight
        self._list_trouble = list_trouble

    async def read(self, minutes: int, only: Only = EVERYBODY) -> Overview:
        """The last so many minutes, up to now. What is wrong is told of everything, also where only some is meant."""
        span_ms = min(max(minutes, 1), MAX_MINUTES) * MINUTE_MS
        now_ms = self._insight.now_ms()
        since_ms, until_ms = now_ms - span_ms, now_ms + 1
        bucket = select_bucket(span_ms)

        summed: Grouping = "provider" if only.tag is None else "day"  # a tag's sums tell of no providers
        # Here and not in the reader's thread: what it looks at changes with every request.
        resting = self._list_trouble()

        def ask(store: Store) -> Overview:
            top = {name: read_top(store, Asked(since_ms, until_ms, by, only)) for name, by in TOP_GROUPINGS.items()}
            before = store.read_usage(since_ms - span_ms, since_ms, summed, only)
            points = store.read_series(Asked(since_ms, until_ms, "day", only), bucket)
            sample = read_sample(store, Search(only, since_ms, until_ms, limit=LEAST_SAMPLE))
            saved = reckon_saving(top["model"], self._find_rates, now_ms)
            return Overview(
                since_ms=since_ms,
                until_ms=until_ms,
                bucket=bucket,
                totals=add_up(top["provider"] or store.read_usage(since_ms, until_ms, summed, only)),
                before=add_up(before),
                series=[Point(point.start_ms, point.totals) for point in points],
                latency=find_percentiles([row.duration_us for row in sample]),
                first_content=find_percentiles([us for row in sample if (us := row.first_content_us) is not None]),
                top={name: [line for line in lines if line.name][:TOP] for name, lines in top.items()},
                trouble=[*resting, *find_unpriced(top["model"])],
                cache_saved_nanodollars=saved,
                in_flight=self._count_in_flight(),
            )

        return await self._insight.reader.ask(ask)


def read_top(store: Store, asked: Asked) -> list[UsageLine]:
    """Who spent it, dearest first; nobody where no sums can tell, as what a tag was spent for."""
    try:
        return store.read_usage(asked.since_ms, asked.until_ms, asked.by, asked.only)
    except DragomanError:
        return []


def read_sample(store: Store, search: Search) -> list[ExchangeRow]:
    """Exchanges to measure times by: spread over the time; where few of those are meant, the newest that are."""
    rows = store.read_sample(search.since_ms, search.until_ms, SAMPLE)
    if search.only == EVERYBODY:
        return rows
    is_meant = build_test(search)
    meant = [row for row in rows if is_meant(row)]
    return meant if len(meant) >= LEAST_SAMPLE else store.search(search, None).rows


def find_unpriced(lines: Iterable[UsageLine]) -> list[Trouble]:
    """Models that consumed something whose price nobody knows."""
    return [
        Trouble(
            kind="unpriced",
            subject=line.name,
            message=f"{line.totals.unpriced} exchanges have no cost, because no price of {line.name} is known. "
            "Give one under `prices` and run `dragoman usage reprice`.",
            link=f"/exchanges?{urlencode({'model': line.name})}",
        )
        for line in lines
        if line.totals.unpriced and line.name
    ]


def reckon_saving(lines: Iterable[UsageLine], find_rates: FindRates, now_ms: int) -> int | None:
    """What caches have saved, less what writing to them cost; None where nobody knows. Those of providers count at today's
    prices; the answers that the gateway itself has given again, at what they would have cost then."""
    saved, is_known = 0, False
    for line in lines:
        totals = line.totals
        if totals.hits:
            is_known = True
            saved += totals.saved_nanodollars * FEMTO
        provider, _, model = line.name.partition("/")
        if not (totals.cache_read or totals.cache_write_5m or totals.cache_write_1h):
            continue
        found = find_rates(build_question(provider, model, now_ms))
        if found is None:
            continue
        rates = dict(zip(TOKEN_CLASSES, found[1].femtodollars, strict=True))
        plain = rates["input"]
        for name in ("cache_read", "cache_write_5m", "cache_write_1h"):
            rate = rates[name]
            if plain is not None and rate is not None:
                is_known = True
                saved += getattr(totals, name) * (plain - rate)
    return saved // FEMTO if is_known else None


def build_question(provider: str, model: str, moment_ms: int) -> ExchangeRow:
    """A row that stands for nothing but a model at a moment, to ask for its price."""
    return ExchangeRow("", moment_ms, 0, None, "", "", provider, model, "", "", "", "served", 0, False)
