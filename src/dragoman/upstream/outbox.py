"""What is to be written to sockets, until the end of the loop's round: then it goes out, one write after the other.

A write runs through half of the kernel's network code. Between one request and the next it drives what Python needs out
of the processor's nearest caches, and Python drives out the kernel's; done for all requests of a round at once, each
finds its own still there. Invariants: what was put in for a connection goes out in the order in which it was put in, so
whoever writes or closes past the outbox flushes it first; no more than `FULL_BYTES` and one piece wait, so that whoever
writes much without a pause learns from the transport that the other side does not read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

FULL_BYTES = 256 * 1024

_log = logging.getLogger(__name__)


class Outbox:
    """Belongs to one event loop. `first` is called each time before something goes out."""

    __slots__ = ("_first", "_loop", "_size", "_waiting")

    def __init__(self, first: Callable[[], None] | None = None) -> None:
        self._first = first
        self._loop: asyncio.AbstractEventLoop | None = None  # found once: each look is a system call
        self._size = 0
        self._waiting: list[tuple[asyncio.WriteTransport, bytes]] = []

    def __repr__(self) -> str:
        return f"<Outbox: {len(self._waiting)} writes>"

    def put(self, transport: asyncio.WriteTransport, data: bytes) -> None:
        """Write that before the loop looks at its sockets again."""
        waiting = self._waiting
        if not waiting:
            self._loop = loop = self._loop or asyncio.get_running_loop()
            loop.call_soon(self.flush)
        waiting.append((transport, data))
        size = self._size = self._size + len(data)
        if size > FULL_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write now. Who is closed gets nothing; one that cannot be written to is closed, and keeps nobody else waiting."""
        if self._first is not None:
            self._first()
        waiting, self._waiting = self._waiting, []
        self._size = 0
        for transport, data in waiting:
            if transport.is_closing():
                continue
            try:
                transport.write(data)
            except (OSError, RuntimeError):
                _log.exception("a connection could not be written to")
                transport.abort()
