"""A desk that has nothing but keys and teams to see to, and callers of every role."""

from __future__ import annotations

import asyncio
import base64
from types import SimpleNamespace
from typing import Any

import msgspec

from dragoman.config.sealing import SEAL_KEY
from dragoman.http.admin import audit, keys, teams, vault
from dragoman.http.admin.routes import Call, Route
from dragoman.http.caller import Caller
from dragoman.service.access.control import Control
from dragoman.service.access.custody import Custody
from dragoman.service.access.vault import open_seals
from tests.unit.service.registry import CONFIGURED, Registry

SEALING = {SEAL_KEY: base64.b64encode(bytes(range(32))).decode()}
BOSS, EYE = Caller("root", "admin"), Caller("eye", "viewer")
LEAD = Caller("lead", "team_admin", "red")
ROUTES = (*keys.ROUTES, *teams.ROUTES, *vault.ROUTES, *audit.ROUTES)


class Bureau:
    """Answers calls as the plane does once it has found the route and admitted the caller."""

    def __init__(self) -> None:
        self.registry = Registry(CONFIGURED)
        self.control = Control(self.registry.store, self.registry.directory.change_holdings)
        custody = Custody(self.control, self.registry.directory, self.registry.clock, lambda: open_seals(SEALING))
        self._desk: Any = SimpleNamespace(custody=custody)

    def call(self, method: str, path: str, caller: Caller = BOSS, body: Any = None, **names: str) -> Any:
        """The answer, as JSON says it."""
        route = find_route(method, path)
        read = msgspec.convert(body, route.body) if route.body is not None else None
        query = msgspec.convert(names, route.query, strict=False) if route.query is not None else None
        answer = asyncio.run(self._answer(route, Call(caller, names, query, read)))
        return msgspec.to_builtins(answer)

    async def _answer(self, route: Route, call: Call) -> Any:
        return await route.answer(self._desk, call)


def find_route(method: str, path: str) -> Route:
    (route,) = [route for route in ROUTES if (route.method, route.path) == (method, path)]
    return route
