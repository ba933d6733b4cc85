"""When a call is overdue: the moments of one exchange, compared with its timeouts.

Pure: `now` is an argument. Seconds are counted from the start of the call (`total`), from the end of the phase before
(`send`, `first_byte`), from the last byte (`idle`) and from the last byte of meaning (`progress`).
"""

from __future__ import annotations

from math import inf
from typing import Literal

import msgspec

from dragoman.upstream.failures import TimeoutName
from dragoman.upstream.transport import Timeouts

Waiting = Literal["send", "head", "body"]


class Deadlines(msgspec.Struct, eq=False, gc=False):
    """The moments of one exchange, which was called for at `started_at`; each has one of its own."""

    timeouts: Timeouts
    started_at: float
    phase_at: float  # when the request began to be written, or had been
    heard_at: float
    progress_at: float = inf  # counts from the moment that somebody has seen the head

    def excuse(self, now: float) -> None:
        """Silence until now was our own doing: we had stopped reading."""
        self.heard_at = self.progress_at = now

    def find_overdue(self, waiting: Waiting, now: float) -> TimeoutName | None:
        """The timeout that has run out while waiting for the end of that phase, if any has."""
        timeouts = self.timeouts
        if now - self.started_at >= timeouts.total:
            return "total"
        if waiting == "send":
            return "send" if now - self.phase_at >= timeouts.send else None
        if waiting == "head":
            return "first_byte" if now - self.phase_at >= timeouts.first_byte else None
        if now - self.heard_at >= timeouts.idle:
            return "idle"
        return "progress" if now - self.progress_at >= timeouts.progress else None
