"""Callers who go away: the socket is closed at once, wherever the call stood, and its place in the pool is free."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dragoman.errors import DragomanError
from dragoman.upstream.pool import Limits
from dragoman.upstream.transport import Origin, Timeouts
from tests.unit.upstream.wire_server import (
    HELLO,
    OK_HEAD,
    Peer,
    answering,
    is_alive,
    make_request,
    on_both_loops,
    open_transport,
    serve,
    wait_until,
)

ONE_AT_A_TIME = Limits(max_connections=1)
STREAM = OK_HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\na\r\n"


async def cancel(call: asyncio.Future[Any]) -> None:
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


@on_both_loops
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 20"])
async def test_cancelling_a_send_that_waits_for_an_answer_closes_the_socket(said: bytes) -> None:
    stalled = asyncio.Event()

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(said)
        stalled.set()
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport(limits=ONE_AT_A_TIME) as transport:
        for _ in range(2):
            call = asyncio.ensure_future(transport.send(make_request(server.origin)))
            await stalled.wait()
            stalled.clear()
            await cancel(call)
            assert not is_alive(transport)
            await server.peers[-1].gone.wait()


@on_both_loops
async def test_cancelling_a_send_in_the_middle_of_a_large_request_closes_the_socket() -> None:
    started = asyncio.Event()

    async def play(peer: Peer) -> None:
        await peer.read_head()
        started.set()
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        call = asyncio.ensure_future(transport.send(make_request(server.origin, b"x" * 100_000_000)))
        await started.wait()
        await cancel(call)
        await server.peers[0].gone.wait()


@on_both_loops
async def test_cancelling_a_read_closes_the_socket() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(STREAM)
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        assert await answer.read_chunk() == b"a"
        reading = asyncio.ensure_future(answer.read_chunk())
        await asyncio.sleep(0)
        await cancel(reading)
        await server.peers[0].gone.wait()
        with pytest.raises(DragomanError):
            await answer.read_chunk()


@on_both_loops
async def test_closing_an_answer_wakes_whoever_reads_it() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(STREAM)
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        assert await answer.read_chunk() == b"a"
        reading = asyncio.ensure_future(answer.read_chunk())
        await asyncio.sleep(0)
        answer.close()
        with pytest.raises(DragomanError, match="closed"):
            await reading
        await server.peers[0].gone.wait()


@on_both_loops
async def test_cancelling_while_connecting_leaves_nothing_open() -> None:
    resolving = asyncio.Event()

    async def resolve(host: str, port: int) -> list[object]:
        resolving.set()
        await asyncio.Event().wait()
        return []

    async with open_transport(resolve=resolve, limits=ONE_AT_A_TIME) as transport:
        for _ in range(2):
            call = asyncio.ensure_future(transport.send(make_request(Origin("http", "provider.test", 80))))
            await resolving.wait()
            resolving.clear()
            await cancel(call)


@on_both_loops
async def test_cancelling_in_a_tls_handshake_closes_the_socket() -> None:
    async def play(peer: Peer) -> None:
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport(limits=ONE_AT_A_TIME) as transport:
        origin = Origin("https", "localhost", server.origin.port)
        for count in range(2):
            call = asyncio.ensure_future(transport.send(make_request(origin)))
            await wait_until(lambda known=count: len(server.peers) > known)  # type: ignore[misc]
            await cancel(call)
            await server.peers[count].gone.wait()


@on_both_loops
async def test_cancelling_in_the_queue_gives_the_turn_to_the_next() -> None:
    go_on = asyncio.Event()

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await go_on.wait()
        await peer.say(HELLO)
        await answering(HELLO)(peer)

    async with serve(play) as server, open_transport(limits=ONE_AT_A_TIME) as transport:
        first, second, third = (
            asyncio.ensure_future(transport.send(make_request(server.origin, timeouts=Timeouts()))) for _ in range(3)
        )
        await server.arrived.wait()
        await cancel(second)
        go_on.set()
        assert await (await first).read_all(5) == b"hello"
        assert await (await third).read_all(5) == b"hello"
        assert len(server.peers) == 1


@on_both_loops
async def test_a_turn_that_comes_in_the_moment_of_cancelling_is_not_lost() -> None:
    async with serve(answering(HELLO)) as server, open_transport(limits=ONE_AT_A_TIME) as transport:
        answer = await transport.send(make_request(server.origin))
        second, third = (asyncio.ensure_future(transport.send(make_request(server.origin))) for _ in range(2))
        await asyncio.sleep(0)
        answer.close()  # the second gets the connection ...
        await cancel(second)  # ... but will not use it
        assert await (await third).read_all(5) == b"hello"
        assert len(server.peers) == 1
