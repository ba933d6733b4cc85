"""Time and randomness as arguments.

Everything below `service` takes `now` or a `Clock`; only this module touches the machine's clocks and entropy, so that
a test can hold time still. Durations come from `monotonic`, which never jumps; `unix` is for what people read.
"""

from __future__ import annotations

import secrets
import time
from typing import Protocol

_RANDOM_BYTES = 8
_IDS_PER_DRAW = 128


class Clock(Protocol):
    """Where time comes from."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; for durations and deadlines."""
        ...

    def unix(self) -> float:
        """Seconds since 1970; for timestamps."""
        ...


class SystemClock:
    """The machine's own clocks."""

    __slots__ = ()

    monotonic = staticmethod(time.monotonic)
    unix = staticmethod(time.time)


class FixedClock:
    """A clock that moves only when told to; shipped because plugins and tests of ours need the same one."""

    __slots__ = ("_now", "_unix_offset")

    def __init__(self, now: float = 1_000.0, unix: float = 1_750_000_000.0) -> None:
        self._now = now
        self._unix_offset = unix - now

    def monotonic(self) -> float:
        return self._now

    def unix(self) -> float:
        return self._now + self._unix_offset

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


class IdSource:
    """Hands out unguessable identifiers such as `ex_6920…`. Entropy is drawn for many at a time: asking the kernel for
    each would cost more than all the rest of making one. The seconds come first, so that what is kept by identifier is
    written at the end of its index and not all over it."""

    __slots__ = ("_drawn", "_seconds")

    def __init__(self) -> None:
        self._drawn: list[str] = []
        self._seconds = ""

    def make(self, prefix: str) -> str:
        """A new identifier: the prefix and 24 hexadecimal digits, of which 16 are random."""
        if not self._drawn:
            self._drawn = secrets.token_bytes(_IDS_PER_DRAW * _RANDOM_BYTES).hex(" ", _RANDOM_BYTES).split()
            self._seconds = f"{int(time.time()):08x}"
        return f"{prefix}{self._seconds}{self._drawn.pop()}"
