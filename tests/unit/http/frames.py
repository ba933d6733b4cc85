"""A WebSocket under test: a transport that remembers, and a client that frames and reads by the library's own hand."""

from __future__ import annotations

import asyncio
from typing import Any

from websockets.frames import Close, Frame, Opcode

from dragoman.http.handshake import open_framing
from dragoman.http.websocket import SocketProtocol
from tests.unit.http.test_handshake import HEADERS


class Transport(asyncio.Transport):
    """Remembers what was written; calls back as a loop's would when it ends."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_closed = False
        self.is_aborted = False
        self.peer: asyncio.Protocol | None = None

    def write(self, data: Any) -> None:
        assert not self.is_closed
        self.written += data

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            assert self.peer is not None
            self.peer.connection_lost(None)

    def abort(self) -> None:
        self.is_aborted = True
        self.close()

    def read(self) -> list[tuple[int, bytes]]:
        """The frames that were written since the last time."""
        data, self.written = self.written, b""
        frames = []
        while data:
            assert data[0] & 0x80, "the server never cuts a message up"
            length, start = data[1], 2
            if length == 126:
                length, start = int.from_bytes(data[2:4], "big"), 4
            elif length == 127:
                length, start = int.from_bytes(data[2:10], "big"), 10
            frames.append((data[0] & 0x0F, data[start : start + length]))
            data = data[start + length :]
        return frames

    def read_close(self) -> tuple[int, str]:
        """The last word, after whatever came before."""
        opcode, payload = self.read()[-1]
        assert opcode == Opcode.CLOSE
        close = Close.parse(payload)
        return close.code, close.reason


class Listener:
    """Stands for the session: remembers what it is told."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, bool]] = []
        self.ends: list[bool] = []
        self.has_left = False

    def take(self, message: bytes, *, is_text: bool) -> None:
        self.messages.append((message, is_text))

    def leave(self) -> None:
        self.has_left = True

    def end(self, *, is_too_old: bool) -> None:
        self.ends.append(is_too_old)


def frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """A frame of a client."""
    return Frame(opcode, data, fin).serialize(mask=True)


def text(data: bytes, *, fin: bool = True) -> bytes:
    return frame(Opcode.TEXT, data, fin=fin)


def open_socket(max_bytes: int = 1000) -> tuple[SocketProtocol, Transport, Listener]:
    """A connection that has begun, within a running loop."""
    framing, greeting = open_framing(HEADERS.items(), max_bytes)
    protocol, transport, listener = SocketProtocol(framing, 30.0), Transport(), Listener()
    transport.peer = protocol
    protocol.begin(transport, {protocol}, listener, greeting)
    assert transport.written == greeting
    transport.written = b""
    return protocol, transport, listener
