"""A silent or slow provider: which timeout ends the call, in which phase, and that the socket is closed by it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.upstream.connect import Address, resolve_name
from dragoman.upstream.http1 import Http1Answer, Http1Transport
from dragoman.upstream.tls import build_tls_context
from dragoman.upstream.transport import Origin, OutgoingRequest, Timeouts
from tests.unit.upstream.wire_server import (
    OK_HEAD,
    Peer,
    is_alive,
    make_request,
    on_both_loops,
    open_transport,
    serve,
    wait_until,
)

STREAM = OK_HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\na\r\n"


async def expect_timeout(call: object, code: str, phase: str) -> None:
    with pytest.raises(DragomanError) as caught:
        await call  # type: ignore[misc]
    error = caught.value
    assert (error.kind, error.blame, error.phase, error.code) == (Kind.TIMEOUT, "upstream", phase, f"{code}_timeout")


async def say_and_stall(peer: Peer, *pieces: bytes) -> None:
    await peer.read_request()
    await peer.say(*pieces)
    await peer.wait_until_gone()


async def read_to_the_end(transport: Http1Transport, request: OutgoingRequest) -> bytes:
    answer = await transport.send(request)
    return await answer.read_all(1000)


@on_both_loops
@pytest.mark.parametrize(
    ("pieces", "code", "phase"),
    [
        ((), "first_byte", "first_byte"),
        ((b"HTTP/1.1 200",), "first_byte", "body"),
        ((b"HTTP/1.1 100 Continue\r\n\r\n",), "first_byte", "body"),
        ((STREAM,), "idle", "body"),
        ((STREAM, b"1\r\nb\r\n"), "idle", "body"),
    ],
)
async def test_a_provider_that_stalls_is_given_up(pieces: tuple[bytes, ...], code: str, phase: str) -> None:
    async with serve(lambda peer: say_and_stall(peer, *pieces)) as server, open_transport() as transport:
        timeouts = Timeouts(first_byte=0.2, idle=0.2, total=20.0)
        await expect_timeout(read_to_the_end(transport, make_request(server.origin, timeouts=timeouts)), code, phase)
        assert not is_alive(transport)
        await server.peers[0].gone.wait()


@on_both_loops
async def test_a_provider_that_does_not_take_the_request_is_given_up() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_head()
        await asyncio.Event().wait()

    async with serve(play) as server, open_transport() as transport:
        request = make_request(server.origin, b"x" * 50_000_000, timeouts=Timeouts(send=0.2))
        await expect_timeout(transport.send(request), "send", "send")
        assert not is_alive(transport)


@on_both_loops
@pytest.mark.parametrize(("pieces", "phase"), [((), "first_byte"), ((STREAM,), "body")])
async def test_the_total_holds_in_every_phase(pieces: tuple[bytes, ...], phase: str) -> None:
    async with serve(lambda peer: say_and_stall(peer, *pieces)) as server, open_transport() as transport:
        request = make_request(server.origin, timeouts=Timeouts(total=0.2))
        await expect_timeout(read_to_the_end(transport, request), "total", phase)


@on_both_loops
async def test_a_port_that_accepts_nobody_costs_the_connect_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        async with open_transport() as transport:
            request = make_request(Origin("http", *address), timeouts=Timeouts(connect=0.2, first_byte=0.4))
            with pytest.raises(DragomanError) as caught:
                await transport.send(request)
            # Some kernels let more wait than were asked for: then the silence comes a phase later.
            assert caught.value.code in {"connect_timeout", "first_byte_timeout"}
        for filler in fillers:
            filler.close()


@on_both_loops
async def test_a_resolver_that_never_answers_costs_the_connect_timeout() -> None:
    async def resolve(host: str, port: int) -> list[object]:
        await asyncio.Event().wait()
        return []

    async with open_transport(resolve=resolve) as transport:
        request = make_request(Origin("http", "provider.test", 80), timeouts=Timeouts(connect=0.2))
        await expect_timeout(transport.send(request), "connect", "connect")


@on_both_loops
async def test_a_peer_that_never_finishes_the_handshake_costs_the_connect_timeout() -> None:
    async def play(peer: Peer) -> None:
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport(tls_context=build_tls_context()) as transport:
        origin = Origin("https", "localhost", server.origin.port)
        call = transport.send(make_request(origin, timeouts=Timeouts(connect=0.5)))
        await expect_timeout(call, "connect", "connect")
        await server.peers[0].gone.wait()


@on_both_loops
async def test_a_connection_that_took_long_to_open_is_watched_all_the_same() -> None:
    async def resolve(host: str, port: int) -> Sequence[Address]:
        await wait_until(lambda: not transport._is_watching)  # the ticker has seen no call and gone to rest
        return await resolve_name(host, port)

    async with serve(say_and_stall) as server, open_transport(resolve=resolve) as transport:
        request = make_request(server.origin, timeouts=Timeouts(first_byte=0.2, total=20.0))
        await expect_timeout(transport.send(request), "first_byte", "first_byte")


async def open_stream(clock: FixedClock, transport: Http1Transport, request: OutgoingRequest) -> Http1Answer:
    answer = await transport.send(request)
    assert await answer.read_chunk() == b"a"
    return answer


@on_both_loops
async def test_a_timeout_fires_at_its_moment_and_not_before() -> None:
    clock = FixedClock()
    async with serve(lambda peer: say_and_stall(peer, STREAM)) as server, open_transport(clock=clock) as transport:
        answer = await open_stream(clock, transport, make_request(server.origin, timeouts=Timeouts(idle=10.0)))
        reading = asyncio.ensure_future(answer.read_chunk())
        clock.advance(9.99)
        transport._tick()
        await asyncio.sleep(0)
        assert not reading.done()
        clock.advance(0.01)
        transport._tick()
        await expect_timeout(reading, "idle", "body")


@on_both_loops
async def test_pings_count_as_life_but_not_as_progress() -> None:
    clock = FixedClock()
    more = asyncio.Event()

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(STREAM)
        while True:
            await more.wait()
            more.clear()
            await peer.say(b"1\r\n:\r\n")

    async with serve(play) as server, open_transport(clock=clock) as transport:
        timeouts = Timeouts(idle=10.0, progress=25.0)
        answer = await open_stream(clock, transport, make_request(server.origin, timeouts=timeouts))
        answer.mark_progress()
        for _ in range(3):
            clock.advance(8.0)
            transport._tick()
            more.set()
            assert await answer.read_chunk() == b":"
        clock.advance(8.0)
        transport._tick()
        await expect_timeout(answer.read_chunk(), "progress", "body")


@on_both_loops
async def test_every_byte_is_progress_for_a_body_that_is_read_in_one_go() -> None:
    clock = FixedClock()
    more = asyncio.Event()

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(OK_HEAD + b"content-length: 5\r\n\r\n")
        for _ in range(5):
            await more.wait()
            more.clear()
            await peer.say(b" ")

    async with serve(play) as server, open_transport(clock=clock) as transport:
        request = make_request(server.origin, timeouts=Timeouts(idle=10.0, progress=10.0, total=1000.0))
        answer = await transport.send(request)
        connection = answer._connection
        assert connection is not None
        reading = asyncio.ensure_future(answer.read_all(5))
        for _ in range(5):
            clock.advance(8.0)
            transport._tick()
            more.set()
            await wait_until(lambda: connection.deadlines.heard_at == clock.monotonic() or reading.done())
            await asyncio.sleep(0)
        assert await reading == b" " * 5


@on_both_loops
async def test_progress_is_counted_from_the_head_and_from_every_mark() -> None:
    clock = FixedClock()
    async with serve(lambda peer: say_and_stall(peer, STREAM)) as server, open_transport(clock=clock) as transport:
        timeouts = Timeouts(idle=1000.0, progress=10.0)
        answer = await open_stream(clock, transport, make_request(server.origin, timeouts=timeouts))
        for _ in range(3):
            clock.advance(9.0)
            transport._tick()
            answer.mark_progress()
        assert is_alive(transport)
        clock.advance(10.0)
        transport._tick()
        await expect_timeout(answer.read_chunk(), "progress", "body")


@on_both_loops
async def test_a_reader_who_pauses_is_not_blamed_on_the_provider() -> None:
    clock = FixedClock()

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(OK_HEAD + b"content-length: 4000000\r\n\r\n", b"x" * 4_000_000)
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport(clock=clock) as transport:
        timeouts = Timeouts(idle=10.0, progress=10.0)
        answer = await transport.send(make_request(server.origin, timeouts=timeouts))
        connection = answer._connection
        assert connection is not None
        await wait_until(lambda: connection._is_reading_paused)
        for _ in range(5):
            clock.advance(9.0)
            transport._tick()
        assert len(await answer.read_all(4_000_000)) == 4_000_000


@on_both_loops
async def test_bytes_that_came_in_time_are_read_before_the_timeout_is_told() -> None:
    clock = FixedClock()
    async with serve(lambda peer: say_and_stall(peer, STREAM)) as server, open_transport(clock=clock) as transport:
        answer = await transport.send(make_request(server.origin, timeouts=Timeouts(idle=10.0)))
        clock.advance(11.0)
        transport._tick()
        assert await answer.read_chunk() == b"a"
        await expect_timeout(answer.read_chunk(), "idle", "body")


@on_both_loops
async def test_an_answer_that_has_come_whole_is_never_overdue() -> None:
    clock = FixedClock()
    whole = OK_HEAD + b"content-length: 1\r\n\r\na"
    async with serve(lambda peer: say_and_stall(peer, whole)) as server, open_transport(clock=clock) as transport:
        answer = await transport.send(make_request(server.origin))
        clock.advance(100_000.0)
        transport._tick()
        assert await answer.read_all(1) == b"a"
