"""Which key a conversation belongs to, so that it finds the prompt cache that it has warmed.

Rendezvous hashing: each key draws a number from the session and its own name, and the largest is first. Adding a key
moves only the sessions that it wins; a key that rests lends each of its sessions to that session's second. The draw is
the product of two digests modulo a prime, which costs 50 ns where a digest of both would cost 1 µs.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from math import log

PRIME = (1 << 29) - 3
"""Small enough that a product of two stays within two digits of Python's whole numbers, which halves the time."""
LODGING_SECONDS = 300.0
"""How long a provider's prompt cache lasts at least; each use begins it anew."""
MAX_LODGINGS = 8192
MAX_HOMES = 8192


def hash_session(identity: bytes) -> int:
    """Whatever a session is known by, as a number that says nothing about it; never 0."""
    return int.from_bytes(blake2b(identity, digest_size=8).digest()) % (PRIME - 1) + 1


class Ranking:
    """The keys of one pool, by name and weight."""

    __slots__ = ("_homes", "_numbers", "_weights")

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._numbers = [hash_session(name.encode()) for name in weights]
        self._homes: dict[int, int] = {}
        self._weights = list(weights.values()) if len(set(weights.values())) > 1 else None

    def find_home(self, session: int) -> int:
        """The position of the key that the session belongs to. Worked out once while a conversation lasts."""
        home = self._homes.get(session)
        if home is None:
            draws = self._draw(session)
            home = draws.index(max(draws))
            if len(self._homes) >= MAX_HOMES:
                self._homes.clear()
            self._homes[session] = home
        return home

    def rank(self, session: int) -> list[int]:
        """The positions of all keys, best first."""
        return sorted(range(len(self._numbers)), key=self._draw(session).__getitem__, reverse=True)

    def _draw(self, session: int) -> list[float]:
        draws: list[float] = [session * number % PRIME for number in self._numbers]
        if self._weights is None:
            return draws
        return [-weight / log(draw / PRIME) for weight, draw in zip(self._weights, draws, strict=True)]


class Lodgings:
    """Sessions that found their own key resting or short, and where they stay meanwhile.

    A session that has warmed another key's cache has more to lose by going home than by staying, as long as that cache
    lasts. Only those away from home are kept; the one that was let in first makes way for a new one.
    """

    __slots__ = ("_rooms",)

    def __init__(self) -> None:
        self._rooms: dict[int, tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    def find(self, session: int, now: float) -> int | None:
        """The position of the key that the session stays with; None if it is at home."""
        room = self._rooms.get(session)
        if room is None:
            return None
        position, until = room
        if until <= now:
            del self._rooms[session]
            return None
        self._rooms[session] = (position, now + LODGING_SECONDS)
        return position

    def note(self, session: int, position: int, now: float) -> None:
        """The session goes to this key from now on."""
        if session not in self._rooms and len(self._rooms) >= MAX_LODGINGS:
            del self._rooms[next(iter(self._rooms))]
        self._rooms[session] = (position, now + LODGING_SECONDS)

    def forget(self, session: int) -> None:
        """The session is at home again."""
        self._rooms.pop(session, None)
