"""Sharing connections out: reuse, bounds, fairness, expiry."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.upstream.connect import Address, resolve_name
from dragoman.upstream.http1 import Http1Answer, Http1Transport
from dragoman.upstream.pool import Limits
from dragoman.upstream.transport import Origin, Timeouts
from tests.unit.upstream.wire_server import (
    HELLO,
    OK_HEAD,
    Peer,
    Server,
    answering,
    make_request,
    on_both_loops,
    open_transport,
    serve,
)


async def open_answers(transport: Http1Transport, server: Server, count: int) -> list[Http1Answer]:
    return await asyncio.gather(*(transport.send(make_request(server.origin)) for _ in range(count)))


async def fetch(transport: Http1Transport, server: Server) -> Http1Answer:
    answer = await transport.send(make_request(server.origin))
    assert await answer.read_all(5) == b"hello"
    return answer


@on_both_loops
async def test_the_connection_used_last_is_used_next() -> None:
    async with serve(answering(HELLO)) as server, open_transport() as transport:
        first, second, third = await open_answers(transport, server, 3)
        used = [answer._connection for answer in (second, third, first)]
        for answer in (second, third, first):
            await answer.read_all(5)
        pool = transport._pools[server.origin]
        assert [pool.take_idle(transport._monotonic()) for _ in range(4)] == [*reversed(used), None]


@on_both_loops
async def test_two_origins_share_nothing() -> None:
    async with serve(answering(HELLO)) as one, serve(answering(HELLO)) as other, open_transport() as transport:
        for server in (one, other, one, other):
            await fetch(transport, server)
        assert (len(one.peers), len(other.peers)) == (1, 1)


@on_both_loops
async def test_callers_beyond_the_bound_wait_and_are_served_in_order() -> None:
    served: list[bytes] = []

    async def play(peer: Peer) -> None:
        while True:
            served.append(await peer.read_request())
            await peer.say(HELLO)

    async with serve(play) as server, open_transport(limits=Limits(max_connections=1)) as transport:

        async def call(number: int) -> None:
            answer = await transport.send(make_request(server.origin, b"%d" % number))
            await answer.read_all(5)

        await asyncio.gather(*(call(number) for number in range(10)))
        assert len(server.peers) == 1
        assert served == [b"%d" % number for number in range(10)]


@on_both_loops
async def test_whoever_waits_too_long_is_told_that_all_are_busy() -> None:
    async with serve(answering(HELLO)) as server, open_transport(limits=Limits(max_connections=1)) as transport:
        answer = await transport.send(make_request(server.origin))
        with pytest.raises(DragomanError) as caught:
            await transport.send(make_request(server.origin, timeouts=Timeouts(connect=0.05)))
        assert (caught.value.kind, caught.value.phase) == (Kind.OVERLOADED, "connect")
        await answer.read_all(5)
        await fetch(transport, server)
        assert len(server.peers) == 1


@on_both_loops
async def test_a_connection_that_closes_leaves_its_place_to_whoever_waits() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(OK_HEAD + b"connection: close\r\ncontent-length: 5\r\n\r\nhello")
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport(limits=Limits(max_connections=1)) as transport:
        await asyncio.gather(*(fetch(transport, server) for _ in range(4)))
        assert len(server.peers) == 4
        assert transport._pools[server.origin]._opening_count == 0


@on_both_loops
async def test_a_connection_that_cannot_be_opened_leaves_its_place_to_whoever_waits() -> None:
    attempts = 0

    async def resolve(host: str, port: int) -> list[object]:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(0)
        return []

    async with open_transport(limits=Limits(max_connections=1), resolve=resolve) as transport:
        calls = (transport.send(make_request(Origin("http", "provider.test", 80))) for _ in range(4))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert {result.code for result in results if isinstance(result, DragomanError)} == {"connect_dns"}
        assert attempts == 4


@on_both_loops
async def test_a_full_pool_of_dead_connections_makes_room_for_a_fresh_one() -> None:
    go_on = asyncio.Event()

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(HELLO)
        await peer.read_request()
        go_on.set()  # it had one life, and goes down with its second request

    async with serve(play) as server, open_transport(limits=Limits(max_connections=2)) as transport:
        for answer in await open_answers(transport, server, 2):
            await answer.read_all(5)
        await fetch(transport, server)
        assert go_on.is_set()
        assert len(server.peers) == 3


@on_both_loops
async def test_no_more_connections_are_kept_than_may_be_idle() -> None:
    async with serve(answering(HELLO)) as server, open_transport(limits=Limits(max_idle=1)) as transport:
        for answer in await open_answers(transport, server, 3):
            await answer.read_all(5)
        assert len(transport._pools[server.origin].connections) == 1


@on_both_loops
async def test_a_connection_that_was_idle_too_long_is_closed() -> None:
    clock = FixedClock()
    limits = Limits(idle_seconds=10.0)

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(HELLO)
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport(clock=clock, limits=limits) as transport:
        await fetch(transport, server)
        clock.advance(9.9)
        transport._tick()
        assert transport._pools[server.origin].connections
        clock.advance(0.1)
        transport._tick()
        await server.peers[0].gone.wait()
        assert not transport._pools[server.origin].connections


@on_both_loops
async def test_a_connection_that_is_too_old_is_not_kept() -> None:
    clock = FixedClock()
    async with (
        serve(answering(HELLO)) as server,
        open_transport(clock=clock, limits=Limits(max_age_seconds=60.0)) as transport,
    ):
        for expected in (1, 1, 1, 2):
            await fetch(transport, server)
            assert len(server.peers) == expected
            clock.advance(25.0)


@on_both_loops
async def test_whoever_waits_does_not_get_a_connection_that_is_too_old() -> None:
    clock, has_aged = FixedClock(), asyncio.Event()

    async def play(peer: Peer) -> None:
        while True:
            await peer.read_request()
            await peer.say(HELLO[:-2])
            await has_aged.wait()
            await peer.say(HELLO[-2:])

    limits = Limits(max_connections=1, max_age_seconds=1.0)
    async with serve(play) as server, open_transport(clock=clock, limits=limits) as transport:
        answer = await transport.send(make_request(server.origin))
        waiting = asyncio.ensure_future(fetch(transport, server))
        await asyncio.sleep(0)
        clock.advance(2.0)
        has_aged.set()
        assert await answer.read_all(5) == b"hello"
        await waiting
        assert len(server.peers) == 2


@on_both_loops
async def test_closing_the_transport_frees_those_who_wait() -> None:
    names: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[Address]:
        names.append(host)
        return await resolve_name(host, port)

    limits = Limits(max_connections=1)
    async with serve(answering(HELLO)) as server, open_transport(limits=limits, resolve=resolve) as transport:
        await transport.send(make_request(server.origin))
        waiting = asyncio.ensure_future(transport.send(make_request(server.origin)))
        await asyncio.sleep(0)
        await transport.aclose()
        with pytest.raises(DragomanError, match="shutting down"):
            await waiting
        assert names == ["127.0.0.1"]  # nothing was opened for the one who waited
