"""What a plugin is. A package offers one by an entry point of the group `dragoman.plugins`: a function that takes its
settings (a mapping, as they stand in the configuration) and gives back a `Plugin`.

For every attempt at a target a plugin opens hooks of its own, so that what they remember is of that attempt only. The
gateway calls `before_request` once, then `on_event` for each event of the answer, then `after_response`; of several
plugins, requests pass the first one first and answers the last one first. Hooks speak the canonical model (`model/`),
whatever dialects the caller and the provider speak. Whoever raises a `DragomanError` refuses the request with it; any
other exception, or taking longer than the time limit, is a failure, and the request fails or goes on without the
plugin as the configuration says (`on_failure`).

Hooks run beside the event loop, in threads; they may compute, read files and wait. Only hooks that say `runs_on_loop`,
because they need no more than microseconds, are called for events on the loop itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.model.stream import StreamEvent


class Occasion(msgspec.Struct, frozen=True):
    """Which target a request goes to."""

    provider: str
    model: str
    dialect: str


class Hooks:
    """One attempt, as a plugin sees it. A subclass overrides what it needs; what it leaves alone costs nothing."""

    runs_on_loop: ClassVar[bool] = False

    def before_request(self, request: Request) -> Request:
        """The request as it is to go on. The very same object, if nothing is changed."""
        return request

    def listens(self) -> bool:
        """Whether events are wanted, asked after `before_request`."""
        return type(self).on_event is not Hooks.on_event

    def on_event(self, event: StreamEvent) -> list[StreamEvent]:
        """What goes on in place of an event; events that are held back must go on before their part ends."""
        return [event]

    def after_response(self, response: Response) -> None:
        """The answer as the caller has got it, once it is whole. Nobody waits for this."""


class Plugin(Protocol):
    """Serves all requests."""

    def open_hooks(self, occasion: Occasion) -> Hooks: ...


MakePlugin = Callable[[Mapping[str, Any]], Plugin]
"""Checks the settings (raising a `DragomanError` whose path begins inside them) and makes the plugin."""


def refuse(message: str) -> DragomanError:
    """What a plugin raises for a request that must not go on."""
    return DragomanError(Kind.CONTENT_POLICY, message, status=403, code="refused_by_plugin")


Settings = TypeVar("Settings", bound=msgspec.Struct)


def read_settings(kind: type[Settings], settings: Mapping[str, Any]) -> Settings:
    """The settings of a plugin as a Struct of its own; raises with what does not fit."""
    try:
        return msgspec.convert(dict(settings), kind)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from None
