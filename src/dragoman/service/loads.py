"""Looks at how busy servers of one's own are, for routes that go to the least busy: what others send them counts as well.

Only servers of the catalogue's rows are asked that tell it (`catalog/loads.py`), and only those that stand in such a route.
One that does not answer is judged by what we send it, as all others are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from dragoman.catalog.listings import Page
from dragoman.catalog.loads import ALL_MODELS, COUNTERS, PATH, read_loads
from dragoman.config.schema import Settings
from dragoman.errors import DragomanError
from dragoman.service.discovery import ask_page
from dragoman.service.switchboard import Switchboard
from dragoman.upstream.transport import Transport

LOOK_SECONDS = 2.0

Watched = Mapping[str, frozenset[str]]
"""Providers, each with the models that are routed to."""

_log = logging.getLogger(__name__)
_PAGE = Page(PATH, lambda _, known: known)


def select_watched(settings: Settings) -> Watched:
    """Whose load somebody wants to know."""
    watched: dict[str, set[str]] = {}
    for route in settings.routes.values():
        for one in route.targets if route.policy == "least_busy" else ():
            name, _, model = one.target.partition("/")
            provider = settings.providers.get(name)
            if provider is not None and provider.enabled and provider.row in COUNTERS:
                watched.setdefault(name, set()).add(model)
    return {name: frozenset(models) for name, models in watched.items()}


class Loads:
    """Looks again and again, where there is anything to look at."""

    def __init__(self, transport: Transport, settings: Settings, boards: Callable[[], Switchboard]) -> None:
        self._transport = transport
        self._settings = settings
        self._boards = boards
        self._watched = select_watched(settings)

    def __repr__(self) -> str:
        return f"<Loads of {', '.join(self._watched) or 'nobody'}>"

    def change(self, settings: Settings) -> None:
        """New settings are in force: what was found before is forgotten."""
        for name in self._watched:
            self._note(name, {})
        self._settings = settings
        self._watched = select_watched(settings)

    async def run(self) -> None:
        """For as long as the gateway lives."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Ask everybody once."""
        await asyncio.gather(*(self._look_at(name) for name in self._watched))

    async def _look_at(self, name: str) -> None:
        provider = self._settings.providers[name]
        try:
            found = read_loads(await ask_page(self._transport, provider, _PAGE), provider.row)
        except DragomanError as error:
            _log.debug("the provider %s does not tell its load: %s", name, error)
            found = {}
        self._note(name, found)

    def _note(self, name: str, found: Mapping[str, float]) -> None:
        pool = self._boards().pools.get(name)
        if pool is None:
            return
        for model in self._watched.get(name, ()):
            pool.health(model).note_load(found.get(model, found.get(ALL_MODELS)))
