"""What the console's playground asks of models: handed on to the data plane, in the name of the console.

Where callers have to show a key, the console shows one that the gateway has made for itself and that nobody else ever
sees. Who may come here at all is decided before.
"""

from __future__ import annotations

import secrets
from typing import Any

from dragoman.http.body import Receive
from dragoman.http.data_plane import DataPlane
from dragoman.http.sink import Send
from dragoman.service.principals import Principal, digest_secret

NAME = "console"
SECRET_BYTES = 32

DROPPED = frozenset({b"cookie", b"origin", b"referer", b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key"})
"""What browsers send beside a request, and what would say who asks."""


class Playground:
    """Hands on. A reload may bring other principals; the console is made known to them when it asks again."""

    def __init__(self, data_plane: DataPlane) -> None:
        self._data_plane = data_plane
        self._secret = secrets.token_urlsafe(SECRET_BYTES)
        self._digest = digest_secret(self._secret)

    def __repr__(self) -> str:
        return "<Playground>"

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name not in DROPPED]
        principals = self._data_plane.principals
        if principals.anybody is None:
            principals.admit(self._digest, Principal(NAME))
            headers.append((b"authorization", b"Bearer " + self._secret.encode()))
        await self._data_plane(scope | {"headers": headers}, receive, send)
