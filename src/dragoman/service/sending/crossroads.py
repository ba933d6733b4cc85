"""The transport for most requests, which nothing has to be done to, beside the one for all that are special.

A request is special if it goes to a socket on this machine, where a worker may have to be started first, or if its secret
is withheld, because it is to be signed, or sent within a session.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from dragoman.upstream.transport import Answer, OutgoingRequest, Transport


class Crossroads:
    """`special` ends at `plain`, and closes it."""

    def __init__(self, plain: Transport, special: Transport) -> None:
        self._plain = plain
        self._special = special

    def __repr__(self) -> str:
        return f"<Crossroads to {self._plain!r} and {self._special!r}>"

    def send(self, request: OutgoingRequest) -> Coroutine[Any, Any, Answer]:
        """Sends the request and waits for the head of the answer."""
        if request.withheld is None and request.origin.unix_path is None:
            return self._plain.send(request)
        return self._special.send(request)

    async def aclose(self) -> None:
        """Ends all calls."""
        await self._special.aclose()
