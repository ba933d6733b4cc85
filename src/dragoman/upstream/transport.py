"""What the rest of the house may expect of a client transport.

`Transport.send` returns when the head of the answer is there; the body is then drawn by `read_chunk` or `read_all`.
Every failure is a `DragomanError` with blame `upstream` and its phase. Whoever opened an answer closes it: `close` is
cheap, may be called at any time and any number of times, and gives the connection back only if the body was read to
its end; otherwise the socket is closed at once, so that the provider stops generating.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from dragoman.routing.target import DEFAULT_TIMEOUTS, Origin, Timeouts, Withheld

Headers = list[tuple[bytes, bytes]]


class OutgoingRequest(msgspec.Struct, frozen=True):
    """One request, ready to be written. `headers` have lower-case names and are complete but for host, length and
    connection handling."""

    origin: Origin
    method: bytes
    target: bytes  # path and query, as in the request line
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = b""
    timeouts: Timeouts = DEFAULT_TIMEOUTS
    withheld: Withheld | None = None  # what it has to be authorised with before it is sent


Take = Callable[[bytes], bool]
"""Takes body bytes at once, or says no and has left them alone. Raises only `DragomanError`, which ends the answer."""


class Answer(Protocol):
    """A provider's answer whose head has arrived. Header names are lower case."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Headers: ...

    @property
    def connect_seconds(self) -> float:
        """How long the connection took to open; 0.0 for a pooled one."""
        ...

    def header(self, name: bytes) -> bytes | None: ...

    async def read_chunk(self) -> bytes:
        """All body bytes that have arrived, waiting for some if there are none; empty at the end of the body."""
        ...

    def pass_to(self, take: Take) -> None:
        """From now on, what comes while somebody waits in `read_chunk` is shown to `take` first, and wakes nobody if that
        took it. An answer may leave it at `read_chunk`."""
        ...

    async def read_all(self, limit_bytes: int) -> bytes: ...

    def mark_progress(self) -> None:
        """The bytes read last meant something (a ping does not)."""
        ...

    def close(self) -> None: ...


class Transport(Protocol):
    """Sends requests to origins."""

    async def send(self, request: OutgoingRequest) -> Answer: ...

    async def aclose(self) -> None: ...


__all__ = ["DEFAULT_TIMEOUTS", "Answer", "Headers", "Origin", "OutgoingRequest", "Take", "Timeouts", "Transport"]
