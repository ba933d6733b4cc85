"""Seeing: what happened, what happens, what it cost."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from dragoman.errors import invalid
from dragoman.http.admin.desk import Desk, need
from dragoman.http.admin.routes import Call, Download, Events, Route, Table
from dragoman.http.caller import Caller
from dragoman.ledger.search import EVERYBODY, Only, Search
from dragoman.ledger.store import Asked, Grouping
from dragoman.service.admin.bodies import BodiesView, build_bodies
from dragoman.service.admin.exchanges import ExchangeView
from dragoman.service.admin.failures import FailureReport, read_failure_report
from dragoman.service.admin.insight import MAX_EXPORT, Bucket, ExchangePage, UsageReport, add_up, emit_usage_csv
from dragoman.service.admin.live import LiveEvent
from dragoman.service.admin.lookups import GROUPINGS, ReportGrouping, build_credits, build_generation, build_report
from dragoman.service.admin.moments import parse_day
from dragoman.service.admin.overview import Overview

DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS
CSV = "text/csv; charset=utf-8"

UsageGrouping = Literal["model", "provider", "route", "principal", "team", "user", "tag", "credential", "day", "hour"]


class OverviewQuery(msgspec.Struct, frozen=True):
    """How far back, and of what; empty filters are none."""

    minutes: Annotated[int, Meta(ge=1, le=527_040)] = 60
    model: str = ""
    provider: str = ""
    route: str = ""
    principal: str = ""
    credential: str = ""
    team: str = ""
    user: str = ""
    tag: str = ""


class ExchangeQuery(msgspec.Struct, frozen=True):
    """Filters; empty ones are none. `text` may stand in any name; `error=any` is every failure."""

    cursor: str = ""
    limit: Annotated[int, Meta(ge=1, le=MAX_EXPORT)] = 50
    model: str = ""
    provider: str = ""
    route: str = ""
    principal: str = ""
    credential: str = ""
    team: str = ""
    user: str = ""
    tag: str = ""
    session: str = ""
    outcome: Literal["", "served", "failed", "cancelled", "interrupted"] = ""
    error: str = ""
    dialect: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    text: Annotated[str, Meta(max_length=200)] = ""


class UsageQuery(msgspec.Struct, frozen=True):
    """What to add up. Without a time, the last 30 days."""

    by: UsageGrouping = "model"
    bucket: Bucket = "none"
    since_ms: int | None = None
    until_ms: int | None = None
    format: Literal["json", "csv"] = "json"
    model: str = ""
    provider: str = ""
    route: str = ""
    principal: str = ""
    credential: str = ""
    team: str = ""
    user: str = ""
    tag: str = ""


class GenerationQuery(msgspec.Struct, frozen=True):
    """Which exchange."""

    id: str


class ReportQuery(msgspec.Struct, frozen=True):
    """A report as Vercel's gateway gives it; days are those of UTC, the last one included."""

    group_by: ReportGrouping = "day"
    start_date: str = ""
    end_date: str = ""


async def read_overview(desk: Desk, call: Call) -> Overview:
    """The first page."""
    return await need(desk.overview).read(call.query.minutes, build_only(call.query))


async def read_failures(desk: Desk, call: Call) -> FailureReport:
    """What fails."""
    return await read_failure_report(need(desk.insight), call.query.minutes, build_only(call.query))


async def watch(desk: Desk, _: Call) -> Events:
    """Second by second."""
    return Events(desk.live.watch())


async def search(desk: Desk, call: Call) -> ExchangePage:
    """A page of exchanges."""
    return await need(desk.insight).search(build_search(call.query, call.caller), call.query.cursor)


async def export(desk: Desk, call: Call) -> Download:
    """The same as a file."""
    content = await need(desk.insight).export(build_search(call.query, call.caller), call.query.limit)
    return Download(content, CSV, "exchanges.csv")


async def read_exchange(desk: Desk, call: Call) -> ExchangeView:
    """One exchange."""
    insight = need(desk.insight)
    return insight.build_view(await insight.read_row(call.names["id"], bound(EVERYBODY, call.caller)))


async def read_bodies(desk: Desk, call: Call) -> BodiesView:
    """What was said in one exchange."""
    exchange_id = call.names["id"]
    kept = await desk.read_bodies(exchange_id) if desk.read_bodies is not None else None
    return build_bodies(kept, exchange_id)


async def read_usage(desk: Desk, call: Call) -> UsageReport | Download:
    """Sums."""
    insight, query = need(desk.insight), call.query
    until_ms = query.until_ms if query.until_ms is not None else insight.now_ms() + 1
    since_ms = query.since_ms if query.since_ms is not None else until_ms - MONTH_MS
    by: Grouping = "key" if query.by == "principal" else query.by
    report = await insight.read_usage(
        Asked(since_ms, until_ms, by, bound(build_only(query), call.caller)), query.bucket
    )
    report = msgspec.structs.replace(report, by=query.by)
    return Download(emit_usage_csv(report), CSV, "usage.csv") if query.format == "csv" else report


async def read_generation(desk: Desk, call: Call) -> dict[str, Any]:
    """One exchange, in other gateways' words."""
    return build_generation(await need(desk.insight).read_row(call.query.id, bound(EVERYBODY, call.caller)))


async def read_credits(desk: Desk, call: Call) -> dict[str, Any]:
    """All that was ever spent."""
    insight, only = need(desk.insight), bound(EVERYBODY, call.caller)
    lines = await insight.reader.ask(lambda store: store.read_usage(0, insight.now_ms() + 1, "day", only))
    return build_credits(add_up(lines).cost_nanodollars)


async def read_report(desk: Desk, call: Call) -> dict[str, Any]:
    """Sums, in other gateways' words."""
    insight, query = need(desk.insight), call.query
    now_ms = insight.now_ms()
    until_ms = parse_day(query.end_date) + DAY_MS if query.end_date else now_ms + 1
    since_ms = parse_day(query.start_date) if query.start_date else until_ms - MONTH_MS
    if since_ms >= until_ms:
        raise invalid("The report ends before it begins.", "start_date")
    by, only = GROUPINGS[query.group_by], bound(EVERYBODY, call.caller)
    lines = await insight.reader.ask(lambda store: store.read_usage(since_ms, until_ms, by, only))
    return build_report(lines, query.group_by)


def build_only(query: ExchangeQuery | UsageQuery | OverviewQuery) -> Only:
    """Whose exchanges are meant."""
    given = {name: getattr(query, name) for name in Only.__struct_fields__}
    return Only(**{name: value for name, value in given.items() if value})


def bound(only: Only, caller: Caller) -> Only:
    """What a caller may see of it: a team's admin what the team did, a member what their own key did."""
    if caller.role in {"admin", "viewer"}:
        return only
    if caller.role == "team_admin" and caller.team:
        return msgspec.structs.replace(only, team=caller.team)
    return msgspec.structs.replace(only, principal=caller.name)


def build_search(query: ExchangeQuery, caller: Caller) -> Search:
    """What is looked for."""
    return Search(
        only=bound(build_only(query), caller),
        since_ms=query.since_ms or 0,
        until_ms=query.until_ms if query.until_ms is not None else 2**62,
        outcome=query.outcome or None,
        error=query.error or None,
        dialect=query.dialect or None,
        session=query.session or None,
        text=query.text,
        limit=query.limit,
    )


ROUTES: Table = (
    Route("GET", "/overview", "viewer", read_overview, "The last minutes at a glance", Overview, OverviewQuery),
    Route("GET", "/failures", "viewer", read_failures, "What failed of late, by reason", FailureReport, OverviewQuery),
    Route("GET", "/live", "viewer", watch, "Each second as an event", LiveEvent, media="text/event-stream"),
    Route("GET", "/exchanges", "member", search, "Exchanges, newest first", ExchangePage, ExchangeQuery),
    Route("GET", "/exchanges.csv", "member", export, "Exchanges as a file", bytes, ExchangeQuery, media="text/csv"),
    Route("GET", "/exchanges/{id}", "member", read_exchange, "One exchange with its attempts and costs", ExchangeView),
    Route("GET", "/exchanges/{id}/bodies", "admin", read_bodies, "What was said, where it is kept", BodiesView),
    Route("GET", "/usage", "member", read_usage, "Sums by whatever, through time", UsageReport, UsageQuery),
    Route(
        "GET", "/generation", "member", read_generation, "One exchange as a generation", dict[str, Any], GenerationQuery
    ),
    Route("GET", "/credits", "member", read_credits, "What was ever spent", dict[str, Any]),
    Route("GET", "/report", "member", read_report, "Sums as a spend report", dict[str, Any], ReportQuery),
)
