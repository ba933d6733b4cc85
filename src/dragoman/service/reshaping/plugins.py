"""Runs the hooks of plugins: in their order, each within its time, and never on the loop unless it is made for it.

A hook that refuses (a `DragomanError`) refuses the request. One that fails in any other way, or takes too long, fails
the request, or is left out from then on, as the operator wishes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import TypeVar

import msgspec

from dragoman.dialects.assemble import Assembler
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.stream import StreamEvent
from dragoman.plugins.hooks import Hooks, Occasion, Plugin
from dragoman.routing.target import Target
from dragoman.service.reshaping.aside import Aside, Outcome, attempt
from dragoman.service.shaping import Shaped

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

CLOSED_GUARD, OPEN_GUARD = "plugins", "open_plugins"
GUARDS = frozenset((CLOSED_GUARD, OPEN_GUARD))
"""What `Target.shapings` calls this shaping: the first where some plugin has to see every request, else the second."""


class Station(msgspec.Struct, frozen=True):
    """One configured plugin."""

    name: str
    plugin: Plugin
    fails_open: bool = False
    seconds: float = 10.0
    models: tuple[str, ...] = ()

    def serves(self, target: Target) -> bool:
        """Whether it is there for that target."""
        return not self.models or any(fnmatchcase(target.name, pattern) for pattern in self.models)


class Guest:
    """A plugin's hooks for one attempt, until they fail."""

    __slots__ = ("hooks", "is_out", "station")

    def __init__(self, station: Station, hooks: Hooks) -> None:
        self.station = station
        self.hooks = hooks
        self.is_out = False

    def accept(self, outcome: Outcome[Result], otherwise: Result) -> Result:
        """What a hook has said. If it has failed, so does the request, or it goes on without the plugin."""
        error = outcome.error
        if error is None:
            return otherwise if outcome.result is None else outcome.result
        if isinstance(error, DragomanError):
            raise error
        _log.warning("the plugin %s failed: %s: %s", self.station.name, type(error).__name__, error)
        self.is_out = True
        if self.station.fails_open:
            return otherwise
        message = f"The plugin {self.station.name!r}, which has to see every request, failed."
        raise DragomanError(Kind.INTERNAL, message, blame="gateway", code="plugin_failed") from error


class PluginShaping:
    """All plugins around the requests of a target. Serves all of them."""

    def __init__(self, stations: Sequence[Station], aside: Aside) -> None:
        self._stations = stations
        self._aside = aside

    async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped:
        face = target.provider.faces[0].dialect if target.provider.faces else ""
        occasion = Occasion(target.provider.name, target.model, face)
        guests = []
        for station in self._stations:
            if station.serves(target):
                guest = Guest(station, station.plugin.open_hooks(occasion))
                request = await self._show(guest, request)
                guests.append(guest)
        listening = [guest for guest in reversed(guests) if not guest.is_out and guest.hooks.listens()]
        reading = [guest for guest in guests if not guest.is_out and _reads_answers(guest.hooks)]
        if not listening and not reading:
            return Shaped(request)
        tour = Tour(listening, reading, self._aside)
        if all(guest.hooks.runs_on_loop for guest in listening):
            return Shaped(request, reshape=PluginReshape(tour))
        return Shaped(request, passage=PluginPassage(tour))

    async def _show(self, guest: Guest, request: Request) -> Request:
        hooks, seconds = guest.hooks, guest.station.seconds
        if type(hooks).before_request is Hooks.before_request:
            return request
        return guest.accept(await self._aside.run(partial(hooks.before_request, request), seconds), request)


class Tour:
    """One answer past the plugins: `listening` in the order in which it meets them, `reading` those who get it
    whole."""

    __slots__ = ("_aside", "_assembler", "_reading", "listening")

    def __init__(self, listening: Sequence[Guest], reading: Sequence[Guest], aside: Aside) -> None:
        self.listening = listening
        self._reading = reading
        self._aside = aside
        self._assembler = Assembler() if reading else None

    def note(self, events: list[StreamEvent]) -> list[StreamEvent]:
        """These events go on to the caller."""
        if self._assembler is not None:
            for event in events:
                self._assembler.add(event)
        return events

    async def ask_aside(self, guest: Guest, events: list[StreamEvent]) -> list[StreamEvent]:
        """What a guest makes of some events, in a thread."""
        outcome = await self._aside.run(partial(_change, guest.hooks, events), guest.station.seconds)
        return guest.accept(outcome, events)

    def finish(self) -> None:
        """Show the whole answer to who wants to see it; nobody waits for them."""
        if self._assembler is not None:
            response = self._assembler.response()
            for guest in self._reading:
                self._aside.start(partial(guest.hooks.after_response, response), partial(_note, guest))


class PluginReshape:
    """The tour where all plugins on it are made for the loop."""

    __slots__ = ("_tour",)

    def __init__(self, tour: Tour) -> None:
        self._tour = tour

    def feed(self, events: list[StreamEvent]) -> list[StreamEvent]:
        for guest in self._tour.listening:
            if not guest.is_out:
                events = guest.accept(attempt(partial(_change, guest.hooks, events)), events)
        return self._tour.note(events)

    def finish(self) -> list[StreamEvent]:
        self._tour.finish()
        return []


class PluginPassage:
    """The tour where some have to be asked in threads; the others keep their place among them."""

    __slots__ = ("_tour",)

    def __init__(self, tour: Tour) -> None:
        self._tour = tour

    async def pass_events(self, events: list[StreamEvent]) -> list[StreamEvent]:
        for guest in self._tour.listening:
            if not guest.is_out and events:
                events = await self._tour.ask_aside(guest, events)
        return self._tour.note(events)

    def finish(self) -> None:
        self._tour.finish()


def _change(hooks: Hooks, events: list[StreamEvent]) -> list[StreamEvent]:
    return [changed for event in events for changed in hooks.on_event(event)]


def _reads_answers(hooks: Hooks) -> bool:
    return type(hooks).after_response is not Hooks.after_response


def _note(guest: Guest, outcome: Outcome[None]) -> None:
    if outcome.error is not None:
        _log.warning("the plugin %s failed after an answer: %r", guest.station.name, outcome.error)
