"""Time and randomness as arguments.

Everything below `service` takes `now` or a `Clock`; only this module touches the machine's clocks and entropy, so that
a test can hold time still. Durations come from `monotonic`, which never jumps; `unix` is for what people read.
"""

from __future__ import annotations

import secrets
import time
from typing import Protocol

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


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


def random_id(prefix: str, length: int = 24) -> str:
    """An unguessable identifier such as `msg_7Hk…`, in the form that the makers' own ids have."""
    number = int.from_bytes(secrets.token_bytes(length))
    letters = []
    for _ in range(length):
        number, index = divmod(number, 62)
        letters.append(_ALPHABET[index])
    return prefix + "".join(letters)
