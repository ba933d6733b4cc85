"""The audit log: who changed what, newest first."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from dragoman.http.admin.desk import Desk
from dragoman.http.admin.keys import find_custody
from dragoman.http.admin.routes import Call, Route, Table
from dragoman.ledger.control.records import AuditEntry


class AuditQuery(msgspec.Struct, frozen=True):
    """Which part of the log. `text` stands somewhere in an entry."""

    cursor: int | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    text: str = ""


class AuditPage(msgspec.Struct, frozen=True):
    """Some of the log; `next` is the cursor of what comes before."""

    items: list[AuditEntry]
    next: int | None = None


async def read_entries(desk: Desk, call: Call) -> AuditPage:
    """A page of the log."""
    custody, _ = find_custody(desk, call)
    query: AuditQuery = call.query
    entries = await custody.read_entries(query.cursor, query.limit, query.text)
    return AuditPage(entries, entries[-1].sequence if len(entries) == query.limit else None)


ROUTES: Table = (Route("GET", "/audit", "viewer", read_entries, "Every change, newest first", AuditPage, AuditQuery),)
