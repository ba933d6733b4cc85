"""Fault C20: a URL that a caller gives leads to where nobody may be sent. It is refused before anything is connected
to: a sentinel listens on every address of this machine, and counts who comes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from dragoman.clock import SystemClock
from dragoman.errors import DragomanError
from dragoman.upstream.connect import Address, Resolve
from dragoman.upstream.fetch import Fetcher, FetchRules
from dragoman.upstream.public_addresses import Judge, is_public
from tests.faults.fetch_vectors import TRAPS, Trap
from tests.unit.upstream.wire_server import Peer, on_both_loops, serve

FRIEND = "127.0.0.1"
"""Where a server of the test listens, whose address the test calls public; the sentinel has all others."""


class Sentinel:
    """Counts connections to any address of this machine at its port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.visits = 0


@asynccontextmanager
async def open_sentinel() -> AsyncIterator[Sentinel]:
    sock = socket.socket(socket.AF_INET6)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", 0))
    sentinel = Sentinel(sock.getsockname()[1])

    async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sentinel.visits += 1
        writer.transport.abort()

    server = await asyncio.start_server(note, sock=sock)
    try:
        yield sentinel
    finally:
        server.close()


def resolve_by(*answers: Sequence[str]) -> Resolve:
    """A resolver that gives these addresses, then those; where there are none, those that the text itself spells."""
    waiting = list(answers)

    async def resolve(host: str, port: int) -> list[Address]:
        addresses = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        loop = asyncio.get_running_loop()
        found: list[Address] = []
        for address in addresses or (host,):
            flags = socket.AI_NUMERICHOST
            listed = await loop.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=flags)
            found += [(family, target) for family, _, _, _, target in listed]
        return found

    return resolve


def trust_once(friend: str) -> Judge:
    """Takes the friend's address for a public one, the first time only: a redirect back to it is a trap too."""
    trusted = [friend]

    def judge(address: str) -> bool:
        return (bool(trusted) and address == trusted.pop()) or is_public(address)

    return judge


def open_fetcher(sentinel: Sentinel, resolve: Resolve, judge: Judge = is_public, *more_ports: int) -> Fetcher:
    rules = FetchRules(ports=frozenset((80, 443, sentinel.port, *more_ports)), connect_seconds=2, total_seconds=5)
    return Fetcher(SystemClock(), rules, judge, resolve)


def test_there_are_sixty_traps_and_more() -> None:
    assert len({trap.url for trap in TRAPS}) == len(TRAPS) >= 60


@on_both_loops
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.why)
async def test_a_trap_is_refused_and_nothing_is_connected_to(trap: Trap) -> None:
    async with open_sentinel() as sentinel:
        fetcher = open_fetcher(sentinel, resolve_by(trap.addresses))
        with pytest.raises(DragomanError) as refused:
            await fetcher.fetch(trap.url.format(port=sentinel.port))
        assert (refused.value.status, refused.value.blame) == (400, "client")
        assert refused.value.code == "url_refused"
        assert "127" not in refused.value.message
        assert sentinel.visits == 0


@on_both_loops
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.why)
async def test_a_redirect_into_a_trap_is_refused_and_nothing_is_connected_to(trap: Trap) -> None:
    async with open_sentinel() as sentinel:
        location = trap.url.format(port=sentinel.port).partition("\r")[0]

        async def lead_on(peer: Peer) -> None:
            await peer.read_head()
            await peer.say(b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: " + location.encode() + b"\r\n\r\n")

        async with serve(lead_on) as friend:
            resolve = resolve_by((FRIEND,), trap.addresses)
            fetcher = open_fetcher(sentinel, resolve, trust_once(FRIEND), friend.origin.port)
            with pytest.raises(DragomanError) as refused:
                await fetcher.fetch(f"http://friend.example:{friend.origin.port}/a.png")
            assert (refused.value.status, refused.value.blame) == (400, "client")
            assert len(friend.peers) == 1
        assert sentinel.visits == 0


@on_both_loops
async def test_a_name_that_changes_its_address_between_check_and_connection_gains_nothing() -> None:
    async with open_sentinel() as sentinel:

        async def answer(peer: Peer) -> None:
            await peer.read_head()
            await peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n\x89PNG\r\n\x1a\n")

        async with serve(answer) as friend:
            port = friend.origin.port
            resolve = resolve_by((FRIEND,), ("127.0.0.2",))
            fetcher = open_fetcher(sentinel, resolve, lambda address: address == FRIEND, port)
            fetched = await fetcher.fetch(f"http://rebinding.example:{port}/a")
            assert fetched.media_type == "image/png"
            assert len(friend.peers) == 1
            with pytest.raises(DragomanError) as refused:
                await fetcher.fetch(f"http://rebinding.example:{port}/a")
            assert (refused.value.status, refused.value.blame) == (400, "client")
            assert len(friend.peers) == 1
        assert sentinel.visits == 0
