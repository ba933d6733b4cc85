"""Who minted what a conversation carries: signatures of thoughts, encrypted reasoning, ids of kept responses.

Such tokens are understood only by whoever made them, mostly only with the same account. So the last to serve a
conversation is remembered, and a request that carries such tokens is pulled to them whatever the route's policy says.
A request without them goes its usual way: it has nothing to lose but a cache.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_SESSIONS = 16_384

TOKEN_MARKS = (
    b'"signature"',
    b"houghtSignature",
    b"hought_signature",
    b'"encrypted_content"',
    b'"previous_response_id"',
    b'"redacted_thinking"',
    b'"file_id"',
    b'"fileUri"',
)
"""How the wire formats name them."""


class Minter(NamedTuple):
    """A provider and the name of one of its credentials."""

    provider: str
    credential: str


class Mints:
    """Minters by session; who has not been seen longest makes way."""

    __slots__ = ("_minters",)

    def __init__(self) -> None:
        self._minters: dict[int, Minter] = {}

    def __repr__(self) -> str:
        return f"<Mints of {len(self._minters)} sessions>"

    def note(self, session: int, provider: str, credential: str) -> None:
        """The session was just served by them."""
        known = self._minters.pop(session, None)
        if known is None and len(self._minters) >= MAX_SESSIONS:
            del self._minters[next(iter(self._minters))]
        if known is None or known.provider != provider or known.credential != credential:
            known = Minter(provider, credential)
        self._minters[session] = known

    def find(self, session: int) -> Minter | None:
        """Who served it last, if that is known."""
        return self._minters.get(session)


def carries_minted(body: bytes) -> bool:
    """Whether a request may hold tokens that only their minter understands."""
    return any(body.find(mark) >= 0 for mark in TOKEN_MARKS)  # `in` would raise and catch an exception before it looks
