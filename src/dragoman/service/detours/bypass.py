"""The way of most requests: straight to who answers, past all that only some routes and some callers want."""

from __future__ import annotations

from collections.abc import Awaitable

from dragoman.service.exchange import Generate, Inbound, ReplySink
from dragoman.service.switchboard import Switchboards


class Bypass:
    """Stands before `around`, which leads to `straight` in the end."""

    def __init__(self, straight: Generate, around: Generate, switchboards: Switchboards) -> None:
        self._straight = straight
        self._around = around
        self._switchboards = switchboards

    def __repr__(self) -> str:
        return f"<Bypass to {self._straight!r}>"

    def generate(self, inbound: Inbound, sink: ReplySink) -> Awaitable[None]:
        """Answer one request into `sink`."""
        is_special = inbound.hints or self._switchboards().has_detours
        return self._around(inbound, sink) if is_special else self._straight(inbound, sink)
