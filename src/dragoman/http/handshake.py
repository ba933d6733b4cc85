"""The beginning of a WebSocket: the request that asks for one becomes a framing, which knows nothing of sockets.

The library that frames is imported by the first who asks.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dragoman.errors import DragomanError, Kind

if TYPE_CHECKING:
    from websockets.http11 import Request
    from websockets.server import ServerProtocol
    from websockets.typing import Subprotocol

_SECRET_OFFERS = ("openai-insecure-api-key.", "openai-organization.", "openai-project.")
"""What browsers say among the protocols that they offer, for want of headers."""

_NEEDED = (
    b"host",
    b"upgrade",
    b"connection",
    b"sec-websocket-key",
    b"sec-websocket-version",
    b"sec-websocket-protocol",
)

_log = logging.getLogger("dragoman.frames")
_log.setLevel(logging.WARNING)  # below it the library tells every message


def open_framing(headers: Iterable[tuple[bytes, bytes]], max_bytes: int) -> tuple[ServerProtocol, bytes]:
    """The framing of a connection whose request had these headers, and the answer to that request."""
    from websockets.server import ServerProtocol

    framing = ServerProtocol(select_subprotocol=_select_subprotocol, max_size=max_bytes, logger=_log)
    lines = [name + b": " + value for name, value in headers if name in _NEEDED]
    framing.receive_data(b"\r\n".join([b"GET / HTTP/1.1", *lines, b"", b""]))
    request: Request | Any = next(iter(framing.events_received()), None)
    if request is None:
        raise _refuse(400)
    answer = framing.accept(request)
    if answer.status_code != 101:
        raise _refuse(answer.status_code)
    framing.send_response(answer)
    return framing, b"".join(framing.data_to_send())


def _select_subprotocol(framing: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Any will do: clients that offer some hang up when none is taken."""
    del framing
    return next((name for name in offered if not name.startswith(_SECRET_OFFERS)), None)


def _refuse(status: int) -> DragomanError:
    message = "This is not a request for a WebSocket of version 13."
    return DragomanError(Kind.INVALID_REQUEST, message, status=status)
