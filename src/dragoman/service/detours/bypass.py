"""The way of most requests: straight to who answers, past all that only some routes and some callers want."""

from __future__ import annotations

from collections.abc import Awaitable

from dragoman.service.exchange import Generate, Inbound, ReplySink


class Bypass:
    """Stands before `around`, which leads to `straight` in the end. `has_detours` says that some route wants more than an
    answer from one provider after the other; it changes with the configuration."""

    def __init__(self, straight: Generate, around: Generate, *, has_detours: bool) -> None:
        self._straight = straight
        self._around = around
        self.has_detours = has_detours

    def __repr__(self) -> str:
        return f"<Bypass to {self._straight!r}>"

    def generate(self, inbound: Inbound, sink: ReplySink) -> Awaitable[None]:
        """Answer one request into `sink`."""
        answer = self._around if self.has_detours or inbound.hints else self._straight
        return answer(inbound, sink)
