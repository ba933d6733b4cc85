"""Answers of the admin API as bytes. No browser may keep, frame or guess at any of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import msgspec

from dragoman.errors import DragomanError
from dragoman.http.admin.head import COOKIE
from dragoman.http.admin.routes import Download, Events, Route, Signed, Tagged
from dragoman.http.sink import Send

Headers = list[tuple[bytes, bytes]]

GUARDS: Headers = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
]
JSON = b"application/json"
EVENT_STREAM = b"text/event-stream"

COOKIE_SECONDS = 7 * 86_400  # the server ends a session earlier if nobody uses it

_ENCODER = msgspec.json.Encoder()


def never() -> bool:
    """Of a client who stays."""
    return False


async def send_answer(send: Send, route: Route, content: Any, is_gone: Callable[[], bool] = never) -> None:
    """Whatever a route has answered. What goes on ends when the client has gone."""
    match content:
        case Events():
            await _send_events(send, content, is_gone)
        case Download():
            await send_download(send, content)
        case Tagged():
            tag = (b"etag", f'"{content.version}"'.encode())
            await send_json(send, route.status, content.content, [tag])
        case Signed():
            await send_json(send, route.status, content.content, [build_cookie(content.session)])
        case _:
            await send_json(send, route.status, content, [])


async def send_json(send: Send, status: int, content: Any, headers: Headers) -> None:
    """JSON; nothing at all where there is nothing to say."""
    if content is None:
        await _send_whole(send, 204, b"", headers)
    else:
        await _send_whole(send, status, _ENCODER.encode(content), [(b"content-type", JSON), *headers])


async def send_download(send: Send, download: Download) -> None:
    """A file to keep, or a text to show."""
    headers = [(b"content-type", download.content_type.encode())]
    if download.file_name:
        headers.append((b"content-disposition", f'attachment; filename="{download.file_name}"'.encode()))
    await _send_whole(send, 200, download.content, headers)


async def send_error(send: Send, error: DragomanError) -> None:
    """A failure in the one form that they have."""
    told = {"kind": error.kind.value, "message": str(error), "path": error.path, "code": error.code}
    headers: Headers = []
    if error.retry_after_seconds is not None:
        headers.append((b"retry-after", b"%d" % max(round(error.retry_after_seconds), 1)))
    if error.status in {408, 413}:
        headers.append((b"connection", b"close"))
    await send_json(send, error.status, {"error": told}, headers)


def build_cookie(session: str) -> tuple[bytes, bytes]:
    """What makes the browser remember a session, or forget it."""
    age = COOKIE_SECONDS if session else 0
    return b"set-cookie", f"{COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}".encode()


async def _send_whole(send: Send, status: int, body: bytes, headers: Headers) -> None:
    start = [*headers, *GUARDS]
    if status != 204:
        start.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


async def _send_events(send: Send, events: Events, is_gone: Callable[[], bool]) -> None:
    start = [(b"content-type", EVENT_STREAM), (b"x-accel-buffering", b"no"), *GUARDS]
    await send({"type": "http.response.start", "status": 200, "headers": start})
    async with aclosing(events.pieces) as pieces:
        async for piece in pieces:
            if is_gone():
                break
            body = b"data: " + _ENCODER.encode(piece) + b"\n\n"
            await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
