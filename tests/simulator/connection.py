"""One client connection: whole requests in, bytes out, and the moment at which the peer goes away.

Nothing is buffered on the way out: a write returns when the kernel has taken every byte, so a peer that does not read
holds the simulator back, and what the journal counts as sent was sent. A peer that closes its side counts as gone.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Coroutine
from typing import Any

from tests.simulator.http1 import BadRequestError, Inbox, Request

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class PeerGoneError(Exception):
    """The other side has closed or reset the connection."""


class Connection(asyncio.Protocol):
    """The protocol object of one socket; `serve` runs as its task."""

    def __init__(self, serve: Callable[[Connection], Coroutine[Any, Any, None]]) -> None:
        self._serve = serve
        self._inbox = Inbox()
        self._woken = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._trouble: BadRequestError | None = None
        self._transport: asyncio.Transport | None = None
        self.gone = asyncio.Event()
        self.closed = asyncio.Event()
        self.gone_at = 0.0
        self.first_byte_in = 0.0
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(0)
        self._transport = transport
        self.task = asyncio.get_running_loop().create_task(self._serve(self))

    def data_received(self, data: bytes) -> None:
        self.first_byte_in = self.first_byte_in or time.monotonic()
        try:
            self._inbox.feed(data)
        except BadRequestError as error:
            self._trouble = error
        self._woken.set()

    def eof_received(self) -> None:
        self._lose()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose()
        self.closed.set()

    def _lose(self) -> None:
        self.gone_at = self.gone_at or time.monotonic()
        self.gone.set()
        self._woken.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def read_request(self) -> Request | None:
        """The next request; None when the peer is gone before it is whole."""
        self.first_byte_in = time.monotonic() if len(self._inbox) else 0.0
        continued = False
        while True:
            self._woken.clear()
            if self._trouble:
                raise self._trouble
            if request := self._inbox.next_request():
                return request
            if self.gone.is_set():
                return None
            if self._inbox.wants_continue and not continued:
                continued = True
                await self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await self._woken.wait()

    async def write(self, data: bytes) -> None:
        """Hand every byte to the kernel, then let others run, so that the next write is a packet of its own."""
        assert self._transport is not None
        if self.gone.is_set():
            raise PeerGoneError
        self._transport.write(data)
        is_blocked = not self._writable.is_set()
        await asyncio.sleep(0)
        if is_blocked:
            await self._writable.wait()
            if self.gone.is_set():
                raise PeerGoneError

    async def pause(self, seconds: float | None) -> None:
        """Let time pass; without end for None. A peer that goes away ends it."""
        try:
            async with asyncio.timeout(seconds):
                await self.gone.wait()
        except TimeoutError:
            return
        raise PeerGoneError

    def hang_up(self) -> None:
        """Close in order: FIN."""
        assert self._transport is not None
        self._transport.close()

    def reset(self) -> None:
        """Close at once: RST."""
        assert self._transport is not None
        peer = self._transport.get_extra_info("socket")
        if peer is not None and peer.fileno() >= 0:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._transport.abort()
