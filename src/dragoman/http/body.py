"""Reading a request's body: bounded in size and time, with a clear refusal that the client can really read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dragoman.errors import DragomanError, Kind

Receive = Callable[[], Awaitable[dict[str, Any]]]

DRAIN_FACTOR = 4  # how many times the limit is read and thrown away, so that the refusal is not lost in a reset


class ClientLeftError(Exception):
    """The client went away before its request was whole; there is nobody to answer."""


async def read_body(receive: Receive, limit_bytes: int, timeout_seconds: float) -> bytes:
    """The whole body. Small ones arrive in one message and cost nothing extra."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientLeftError
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return bound_body(body, limit_bytes)
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _read_rest(receive, body, limit_bytes)
    except TimeoutError:
        raise DragomanError(
            Kind.TIMEOUT, f"The request's body did not arrive within {timeout_seconds:g} s.", status=408
        ) from None


async def _read_rest(receive: Receive, first: bytes, limit_bytes: int) -> bytes:
    pieces = [first]
    size = len(first)
    more = True
    while more and size <= limit_bytes * DRAIN_FACTOR:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeftError
        piece = message.get("body", b"")
        size += len(piece)
        if size <= limit_bytes:
            pieces.append(piece)
        else:
            pieces.clear()
        more = message.get("more_body", False)
    return bound_body(b"".join(pieces), limit_bytes, size)


def bound_body(body: bytes, limit_bytes: int, size: int | None = None) -> bytes:
    """The body, if it is not too large; `size` is its own where only its beginning was kept."""
    if (len(body) if size is None else size) > limit_bytes:
        raise DragomanError(
            Kind.TOO_LARGE, f"The body is larger than {limit_bytes} bytes; `server.body_limit_bytes` sets the limit."
        )
    return body
