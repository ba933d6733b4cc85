"""One connection without a server: what it notices, and when."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from tests.simulator.connection import Connection, PeerGoneError


def run(scene: Callable[[Connection, socket.socket], Awaitable[None]]) -> None:
    """Play a scene with a connection and the socket of its peer."""

    async def serve(connection: Connection) -> None:
        await connection.closed.wait()

    async def play() -> None:
        ours, peers = socket.socketpair()
        _, connection = await asyncio.get_running_loop().create_connection(lambda: Connection(serve), sock=ours)
        with peers:
            await scene(connection, peers)
        await connection.closed.wait()

    asyncio.run(play())


def test_writing_to_a_peer_that_has_left_is_refused() -> None:
    async def scene(connection: Connection, peer: socket.socket) -> None:
        await connection.write(b"still there")
        assert peer.recv(100) == b"still there"
        peer.shutdown(socket.SHUT_WR)
        await connection.gone.wait()
        assert connection.gone_at > 0
        with pytest.raises(PeerGoneError):
            await connection.write(b"gone")
        await connection.closed.wait()
        assert peer.recv(100) == b""

    run(scene)


def test_a_pause_ends_when_its_time_is_over_or_the_peer_leaves() -> None:
    async def scene(connection: Connection, peer: socket.socket) -> None:
        await connection.pause(0.001)
        waiting = asyncio.create_task(connection.pause(None))
        await connection.pause(0.001)
        assert not waiting.done()
        peer.shutdown(socket.SHUT_WR)
        with pytest.raises(PeerGoneError):
            await waiting

    run(scene)


def test_a_request_cut_off_in_the_middle_is_none() -> None:
    async def scene(connection: Connection, peer: socket.socket) -> None:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\nGET / HT")
        request = await connection.read_request()
        assert request
        assert request.path == "/"
        assert connection.first_byte_in > 0
        peer.shutdown(socket.SHUT_WR)
        assert await connection.read_request() is None

    run(scene)
