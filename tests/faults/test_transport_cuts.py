"""Peers that cut the connection, at every phase and in both ways: never a clean end, always the right phase."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.http1 import Http1Transport
from dragoman.upstream.pool import Limits
from dragoman.upstream.transport import OutgoingRequest
from tests.unit.upstream.wire_server import (
    HELLO,
    OK_HEAD,
    Peer,
    Play,
    has_heard,
    is_alive,
    is_resting,
    make_request,
    on_both_loops,
    open_transport,
    serve,
    wait_until,
)

LENGTH = OK_HEAD + b"content-length: 9\r\n\r\nhello"
CHUNKED = OK_HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"
LAST_CHUNK_UNFINISHED = CHUNKED + b"0\r\n"
UNTIL_EOF = OK_HEAD + b"\r\nhello"


async def fetch(transport: Http1Transport, request: OutgoingRequest) -> bytes:
    answer = await transport.send(request)
    return await answer.read_all(1000)


async def fail_to_fetch(transport: Http1Transport, request: OutgoingRequest) -> DragomanError:
    with pytest.raises(DragomanError) as caught:
        await fetch(transport, request)
    assert (caught.value.kind, caught.value.blame) == (Kind.UNAVAILABLE, "upstream")
    return caught.value


def cutting(transport: Http1Transport, reply: bytes, how: str) -> Play:
    """Takes a request, says this much, and is gone once that has been heard (a reset would overtake it)."""

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(reply)
        await wait_until(lambda: not reply or has_heard(transport))
        peer.finish() if how == "fin" else peer.reset()

    return play


@on_both_loops
@pytest.mark.parametrize("how", ["fin", "rst"])
@pytest.mark.parametrize(
    ("reply", "phase"),
    [
        (b"", "first_byte"),
        (b"HTTP/1.1 2", "body"),
        (OK_HEAD + b"content-le", "body"),
        (LENGTH, "body"),
        (CHUNKED, "body"),
        (LAST_CHUNK_UNFINISHED, "body"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "body"),
    ],
)
async def test_a_cut_answer_is_an_error_with_the_phase_it_had_come_to(how: str, reply: bytes, phase: str) -> None:
    async with open_transport() as transport, serve(cutting(transport, reply, how)) as server:
        error = await fail_to_fetch(transport, make_request(server.origin))
        assert error.phase == phase
        assert len(server.peers) == 1


@on_both_loops
async def test_a_body_until_eof_ends_cleanly_by_fin_but_not_by_reset() -> None:
    async with open_transport() as transport, serve(cutting(transport, UNTIL_EOF, "fin")) as server:
        assert await fetch(transport, make_request(server.origin)) == b"hello"
    async with open_transport() as transport, serve(cutting(transport, UNTIL_EOF, "rst")) as server:
        assert (await fail_to_fetch(transport, make_request(server.origin))).phase == "body"


@on_both_loops
async def test_what_came_before_a_cut_is_read_before_the_error() -> None:
    async with open_transport() as transport, serve(cutting(transport, CHUNKED, "fin")) as server:
        answer = await transport.send(make_request(server.origin))
        assert await answer.read_chunk() == b"hello"
        for _ in range(2):
            with pytest.raises(DragomanError, match="in the middle of its answer"):
                await answer.read_chunk()


@on_both_loops
@pytest.mark.parametrize("reply", [LENGTH, CHUNKED, LAST_CHUNK_UNFINISHED], ids=["length", "chunked", "last"])
async def test_no_cut_anywhere_ends_an_answer_cleanly(reply: bytes) -> None:
    cuts = iter(range(len(reply)))

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(reply[: next(cuts)])
        peer.finish()

    async with serve(play) as server, open_transport() as transport:
        for cut in range(len(reply)):
            error = await fail_to_fetch(transport, make_request(server.origin))
            assert error.phase == ("body" if cut else "first_byte")


@on_both_loops
async def test_a_reset_while_a_large_request_is_being_sent_says_so() -> None:
    async def play(peer: Peer) -> None:
        await peer.reader.readexactly(1000)
        peer.reset()

    async with serve(play) as server, open_transport() as transport:
        error = await fail_to_fetch(transport, make_request(server.origin, b"x" * 50_000_000))
        assert error.phase == "send"


@on_both_loops
async def test_an_answer_that_comes_before_the_request_is_out_is_read_and_the_connection_dropped() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_head()
        await peer.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig")
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        server_side = make_request(server.origin, b"x" * 50_000_000)
        answer = await transport.send(server_side)
        assert (answer.status, await answer.read_all(100)) == (413, b"big")
        await server.peers[0].gone.wait()


@on_both_loops
@pytest.mark.parametrize("how", ["fin", "rst", "bytes"])
async def test_a_pooled_connection_that_the_peer_gave_up_is_not_used_again(how: str) -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(HELLO)
        await wait_until(lambda: is_resting(transport))
        if how == "bytes":
            await peer.say(b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n")
            await peer.wait_until_gone()
        elif how == "fin":
            peer.finish()
        else:
            peer.reset()

    async with open_transport() as transport, serve(play) as server:
        for count in (1, 2, 3):
            assert await fetch(transport, make_request(server.origin)) == b"hello"
            assert len(server.peers) == count
            await wait_until(lambda: not is_alive(transport))
            assert not transport._pools[server.origin]._idle


@on_both_loops
@pytest.mark.parametrize("how", ["fin", "rst"])
async def test_a_pooled_connection_that_dies_under_a_request_is_replaced_once(how: str) -> None:
    bodies: list[bytes] = []

    async def play(peer: Peer) -> None:
        bodies.append(await peer.read_request())
        await peer.say(HELLO)
        await peer.read_request()
        peer.finish() if how == "fin" else peer.reset()

    async with serve(play) as server, open_transport() as transport:
        for body in (b"one", b"two", b"three"):
            assert await fetch(transport, make_request(server.origin, body)) == b"hello"
        assert bodies == [b"one", b"two", b"three"]
        assert len(server.peers) == 3


@on_both_loops
async def test_a_connection_that_dies_on_being_handed_over_is_replaced_too() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(HELLO)
        await peer.read_request()
        peer.reset()

    limits = Limits(max_connections=1)
    async with serve(play) as server, open_transport(limits=limits) as transport:
        calls = (fetch(transport, make_request(server.origin)) for _ in range(2))
        assert await asyncio.gather(*calls) == [b"hello", b"hello"]
        assert len(server.peers) == 2


@on_both_loops
async def test_the_replacement_is_not_replaced_again() -> None:
    requests = 0

    async def play(peer: Peer) -> None:
        nonlocal requests
        await peer.read_request()
        requests += 1
        if requests == 1:
            await peer.say(HELLO)
            await peer.read_request()
            requests += 1
        peer.finish()

    async with serve(play) as server, open_transport() as transport:
        assert await fetch(transport, make_request(server.origin)) == b"hello"
        assert (await fail_to_fetch(transport, make_request(server.origin))).phase == "first_byte"
        assert requests == 3


@on_both_loops
async def test_a_pooled_connection_that_yields_a_byte_and_dies_is_not_replaced() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(HELLO)
        await peer.read_request()
        await peer.say(b"H")
        peer.finish()

    async with serve(play) as server, open_transport() as transport:
        assert await fetch(transport, make_request(server.origin)) == b"hello"
        assert (await fail_to_fetch(transport, make_request(server.origin))).phase == "body"
        assert len(server.peers) == 1


@on_both_loops
async def test_a_second_answer_that_nobody_asked_for_does_not_answer_the_next_request() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(HELLO + OK_HEAD + b"content-length: 6\r\n\r\npoison")
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        for _ in range(3):
            assert await fetch(transport, make_request(server.origin)) == b"hello"
        assert len(server.peers) == 3


@on_both_loops
@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH_9.0\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        OK_HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        OK_HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        OK_HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK_HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        OK_HEAD + b"x: " + b"y" * 100_000,
        OK_HEAD + b"x: y\r\n" * 300 + b"\r\n",
    ],
)
async def test_an_answer_that_is_no_http_is_an_error_and_closes_the_socket(reply: bytes) -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(reply)
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        error = await fail_to_fetch(transport, make_request(server.origin))
        assert error.phase == "body"
        assert "websocket" not in error.message
        await server.peers[0].gone.wait()
