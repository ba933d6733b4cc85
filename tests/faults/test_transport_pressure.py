"""More bytes than one side wants: memory stays bounded in both directions, and bombs do not go off."""

from __future__ import annotations

import asyncio
import tracemalloc
import zlib

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.connection import HIGH_WATER_BYTES, SLICE_BYTES
from tests.unit.upstream.wire_server import (
    HELLO,
    OK_HEAD,
    Peer,
    make_request,
    on_both_loops,
    open_transport,
    serve,
    wait_until,
)

LONG = 200_000_000
ONE_READ_BYTES = 256 * 1024


@on_both_loops
async def test_an_answer_that_nobody_reads_stalls_its_sender() -> None:
    sent = 0

    async def play(peer: Peer) -> None:
        nonlocal sent
        await peer.read_request()
        peer.writer.write(OK_HEAD + b"content-length: %d\r\n\r\n" % LONG)
        while sent < LONG:
            peer.writer.write(b"x" * 100_000)
            await peer.writer.drain()
            sent += 100_000
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        connection = answer._connection
        assert connection is not None
        await wait_until(lambda: connection._is_reading_paused)
        before, quiet_turns = sent, 0
        while quiet_turns < 5_000:  # until the sender makes no headway any more
            await asyncio.sleep(0)
            before, quiet_turns = sent, quiet_turns + 1 if sent == before else 0
        assert connection._buffered_bytes <= HIGH_WATER_BYTES + ONE_READ_BYTES
        assert sent < LONG / 4
        size = 0
        while chunk := await answer.read_chunk():
            size += len(chunk)
            assert len(chunk) <= HIGH_WATER_BYTES + ONE_READ_BYTES
        assert size == LONG


@on_both_loops
async def test_a_large_request_is_written_no_faster_than_the_peer_takes_it() -> None:
    go_on = asyncio.Event()

    async def play(peer: Peer) -> None:
        head = await peer.read_head()
        await go_on.wait()
        body = await peer.reader.readexactly(50_000_000)
        assert head.endswith(b"\r\n\r\n")
        assert body == b"x" * 50_000_000
        await peer.say(HELLO)

    async with serve(play) as server, open_transport() as transport:
        call = asyncio.ensure_future(transport.send(make_request(server.origin, b"x" * 50_000_000)))
        await server.arrived.wait()
        pool = transport._pools[server.origin]
        await wait_until(lambda: any(connection._is_writing_paused for connection in pool.connections))
        (connection,) = pool.connections
        assert connection._transport.get_write_buffer_size() <= 2 * SLICE_BYTES
        go_on.set()
        assert await (await call).read_all(5) == b"hello"


@on_both_loops
@pytest.mark.parametrize("window", [31, 15], ids=["gzip", "deflate"])
async def test_a_bomb_is_defused_before_it_fills_memory(window: int) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    bomb = packer.compress(bytes(300_000_000)) + packer.flush()
    coding = b"gzip" if window == 31 else b"deflate"
    head = OK_HEAD + b"content-encoding: %b\r\ncontent-length: %d\r\n\r\n" % (coding, len(bomb) + 1)

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(head + bomb)
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        tracemalloc.start()
        with pytest.raises(DragomanError) as caught:
            await answer.read_all(1 << 40)
        assert (caught.value.kind, caught.value.phase) == (Kind.UNAVAILABLE, "body")
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < 8_000_000
        with pytest.raises(DragomanError, match="compressed more than"):
            await answer.read_chunk()
        await server.peers[0].gone.wait()


@on_both_loops
@pytest.mark.parametrize("flood", [b"0\r\n" + b"x-trailer: y\r\n" * 10_000, b"1;" + b"e=f;" * 40_000])
async def test_trailers_and_chunk_extensions_without_end_are_an_error(flood: bytes) -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(OK_HEAD + b"transfer-encoding: chunked\r\n\r\n", flood)
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        with pytest.raises(DragomanError, match="without end"):
            await answer.read_all(100)
        await server.peers[0].gone.wait()


@on_both_loops
async def test_interim_answers_without_end_are_an_error() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        while True:
            await peer.say(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 100)

    async with serve(play) as server, open_transport() as transport:
        with pytest.raises(DragomanError, match="longer than"):
            await transport.send(make_request(server.origin))


@on_both_loops
async def test_many_calls_at_once_all_come_home_over_few_connections() -> None:
    async def play(peer: Peer) -> None:
        while True:
            body = await peer.read_request()
            await peer.say(OK_HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)

    async with serve(play) as server, open_transport() as transport:

        async def call(number: int) -> None:
            body = b"%d" % number
            answer = await transport.send(make_request(server.origin, body))
            assert await answer.read_all(100) == body

        for _ in range(3):
            await asyncio.gather(*(call(number) for number in range(200)))
        assert len(server.peers) <= 200
        assert len(transport._pools[server.origin]._idle) == len(transport._pools[server.origin].connections)
