"""Steering: routes and the configuration. Whoever gives a text may read the gateway's environment with it, by the
variables that it names, and so has to be an admin also where nothing is changed."""

from __future__ import annotations

import asyncio

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.http.admin.desk import Desk, need, note_change
from dragoman.http.admin.routes import Call, Download, Events, Route, Table, Tagged
from dragoman.service.admin.configuration import ConfigText, ConfigView, Difference, Verdict
from dragoman.service.admin.history import WhatIf, WhatIfEvent
from dragoman.service.admin.routes import Question, RouteView, explain, list_routes
from dragoman.service.explain import Explanation


class RouteList(msgspec.Struct, frozen=True):
    """All configured routes in their order."""

    items: list[RouteView]


async def read_routes(desk: Desk, _: Call) -> RouteList:
    """As they stand."""
    return RouteList(await list_routes(desk.boards, desk.settings(), desk.clock, desk.insight))


async def explain_request(desk: Desk, call: Call) -> Explanation:
    """Where a request would go."""
    return explain(desk.boards(), call.body, desk.clock)


async def try_config(desk: Desk, call: Call) -> Events:
    """What would have been."""
    return Events(await need(desk.history).try_out(call.body))


async def read_config(desk: Desk, _: Call) -> Tagged:
    """The file, without its secrets."""
    view = await asyncio.to_thread(desk.configuration.read)
    return Tagged(view, view.version)


async def validate_config(desk: Desk, call: Call) -> Verdict:
    """Whether a text would be taken."""
    return await asyncio.to_thread(desk.configuration.validate, call.body.text)


async def compare_config(desk: Desk, call: Call) -> Difference:
    """What a text would change."""
    return await asyncio.to_thread(desk.configuration.compare, call.body.text)


async def write_config(desk: Desk, call: Call) -> Tagged:
    """Put a text in the file's place. All of it is done at once, so that nobody else's change comes between."""
    if not call.if_match:
        message = "Say in `If-Match` which version you have changed: the one that GET /config told."
        raise DragomanError(Kind.INVALID_REQUEST, message, status=428, code="if_match")
    view = desk.configuration.write(call.body.text, call.if_match)
    await note_change(desk, call.caller, "config.write", view.path or "", version=view.version)
    return Tagged(view, view.version)


async def export_config(desk: Desk, _: Call) -> Download:
    """The file's text, without its secrets."""
    view = await asyncio.to_thread(desk.configuration.read)
    return Download(view.text.encode(), "application/yaml", "dragoman.yaml")


ROUTES: Table = (
    Route("GET", "/routes", "viewer", read_routes, "Routes, and whether their targets are ready", RouteList),
    Route("POST", "/routes/explain", "viewer", explain_request, "Where a request would go", Explanation, body=Question),
    Route(
        "POST",
        "/config/replay",
        "admin",
        try_config,
        "What recorded exchanges would have come to under a configuration",
        WhatIfEvent,
        body=WhatIf,
        media="text/event-stream",
    ),
    Route("GET", "/config", "viewer", read_config, "The configuration and where each setting comes from", ConfigView),
    Route("POST", "/config/validate", "admin", validate_config, "Check a configuration", Verdict, body=ConfigText),
    Route(
        "POST",
        "/config/diff",
        "admin",
        compare_config,
        "What a configuration would change",
        Difference,
        body=ConfigText,
    ),
    Route("PUT", "/config", "admin", write_config, "Change the configuration (If-Match)", ConfigView, body=ConfigText),
    Route(
        "GET", "/config/export", "viewer", export_config, "The file, without secrets", bytes, media="application/yaml"
    ),
)
