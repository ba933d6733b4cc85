"""Ways to an origin: races of addresses, names that fail, tunnels through a proxy."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest
import trustme

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.connect import Address, connect_socket, interleave_families, race_addresses
from dragoman.upstream.proxy import Proxy, ProxyRules
from dragoman.upstream.tls import build_tls_context
from dragoman.upstream.transport import Origin
from tests.unit.upstream.wire_server import (
    HELLO,
    Peer,
    Play,
    answering,
    make_request,
    make_server_context,
    on_both_loops,
    open_transport,
    serve,
)

V4, V6 = socket.AF_INET, socket.AF_INET6


def find_free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("families", "expected"),
    [([], []), ([V6, V6, V4], [0, 2, 1]), ([V4, V4, V4], [0, 1, 2]), ([V4, V6, V6, V4], [0, 1, 3, 2])],
)
def test_families_take_turns_and_the_first_one_leads(families: list[socket.AddressFamily], expected: list[int]) -> None:
    addresses: list[Address] = [(family, (str(number), 0)) for number, family in enumerate(families)]
    assert [int(address[1][0]) for address in interleave_families(addresses)] == expected


@on_both_loops
async def test_an_address_that_refuses_gives_way_to_the_next_at_once() -> None:
    async with serve(answering(HELLO)) as server:
        port = server.origin.port

        async def resolve(host: str, _: int) -> list[Address]:
            assert host == "provider.test"
            return [(V6, ("::1", port)), (V4, ("127.0.0.1", find_free_port())), (V4, ("127.0.0.1", port))]

        async with open_transport(resolve=resolve) as transport:
            answer = await transport.send(make_request(Origin("http", "provider.test", 80)))
            assert await answer.read_all(5) == b"hello"


@on_both_loops
async def test_an_address_that_is_silent_gives_way_to_the_next_after_a_moment() -> None:
    is_cancelled = asyncio.Event()
    tried: list[Address] = []

    async def connect(address: Address) -> socket.socket:
        tried.append(address)
        if address[0] is V4:
            return await connect_socket(address)
        try:
            await asyncio.Event().wait()
        finally:
            is_cancelled.set()
        raise AssertionError

    async with serve(answering(HELLO)) as server:
        addresses: list[Address] = [(V6, ("::1", 1)), (V4, ("127.0.0.1", server.origin.port))]
        sock = await race_addresses(addresses, connect, 0.01)
        assert sock.getpeername() == ("127.0.0.1", server.origin.port)
        sock.close()
    assert is_cancelled.is_set()
    assert tried == addresses


@on_both_loops
async def test_a_race_that_nobody_wins_tells_the_first_failure() -> None:
    failures = iter([ConnectionRefusedError("first"), OSError("second")])

    async def connect(_: Address) -> socket.socket:
        raise next(failures)

    with pytest.raises(ConnectionRefusedError, match="first"):
        await race_addresses([(V6, ("::1", 1)), (V4, ("127.0.0.1", 1))], connect, 0.01)


@on_both_loops
async def test_a_cancelled_race_closes_what_it_had_opened() -> None:
    opened: list[socket.socket] = []
    go_on = asyncio.Event()

    async def connect(_: Address) -> socket.socket:
        await go_on.wait()
        opened.append(socket.socket())
        return opened[-1]

    race = asyncio.ensure_future(race_addresses([(V6, ("::1", 1)), (V4, ("127.0.0.1", 1))], connect, 0.0))
    for _ in range(10):
        await asyncio.sleep(0)
    go_on.set()
    await asyncio.sleep(0)
    race.cancel()
    await asyncio.wait([race])
    for sock in opened:
        if race.cancelled() or sock is not race.result():
            assert sock.fileno() == -1
        sock.close()
    assert opened


@on_both_loops
async def test_a_refused_connection_names_its_class() -> None:
    async with open_transport() as transport:
        with pytest.raises(DragomanError) as caught:
            await transport.send(make_request(Origin("http", "127.0.0.1", find_free_port())))
        assert (caught.value.kind, caught.value.phase) == (Kind.UNAVAILABLE, "connect")
        assert caught.value.code == "connect_refused"
        assert "127.0.0.1" not in caught.value.message


async def find_nothing(host: str, port: int) -> Sequence[Address]:
    return []


async def fail_to_resolve(host: str, port: int) -> Sequence[Address]:
    raise socket.gaierror(socket.EAI_NONAME, f"{host} is unknown")


@on_both_loops
@pytest.mark.parametrize("resolve", [find_nothing, fail_to_resolve])
async def test_a_name_that_cannot_be_resolved_names_its_class(resolve: object) -> None:
    async with open_transport(resolve=resolve) as transport:
        with pytest.raises(DragomanError) as caught:
            await transport.send(make_request(Origin("http", "provider.test", 80)))
        assert caught.value.code == "connect_dns"
        assert "provider.test" not in caught.value.message


@on_both_loops
async def test_a_name_that_is_none_names_its_class() -> None:
    async with open_transport() as transport:
        with pytest.raises(DragomanError) as caught:
            await transport.send(make_request(Origin("http", "a" * 64 + ".test", 80)))
        assert caught.value.code == "connect_dns"


def tunnelling(target: Origin, reply: bytes) -> Play:
    """A proxy that answers CONNECT so, and then passes bytes to the target."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def play(peer: Peer) -> None:
        await peer.read_head()
        for byte in reply:
            await peer.say(bytes((byte,)))
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        try:
            await asyncio.gather(pump(peer.reader, writer), pump(reader, peer.writer))
        finally:
            writer.transport.abort()

    return play


@on_both_loops
async def test_an_https_origin_is_reached_through_a_tunnel() -> None:
    authority = trustme.CA()
    tls_context = build_tls_context()
    authority.configure_trust(tls_context)
    tls = make_server_context(authority, "provider.test")
    async with serve(answering(HELLO), tls) as server:
        play = tunnelling(server.origin, b"HTTP/1.1 200 Connection established\r\n\r\n")
        async with serve(play) as proxy_server:
            rules = ProxyRules(https=Proxy("127.0.0.1", proxy_server.origin.port, b"Basic eDp5"))
            async with open_transport(tls_context=tls_context, proxies=rules) as transport:
                for _ in range(2):
                    answer = await transport.send(make_request(Origin("https", "provider.test", 443)))
                    assert await answer.read_all(5) == b"hello"
            (proxy_peer,) = proxy_server.peers
            assert proxy_peer.heads == [
                b"CONNECT provider.test:443 HTTP/1.1\r\nhost: provider.test:443\r\nproxy-authorization: Basic eDp5\r\n\r\n"
            ]
            (origin_peer,) = server.peers
            assert origin_peer.heads[0].startswith(b"POST /v1/messages HTTP/1.1\r\nhost: provider.test\r\n")
            assert b"proxy-authorization" not in origin_peer.heads[0]


@on_both_loops
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "status 407"),
        (b"HTTP/1.1 200 OK\r\n\r\nsurprise", "bytes of its own"),
        (b"SOCKS\r\n\r\n", "makes no sense"),
        (b"", "makes no sense"),
        (b"x" * 20_000, "makes no sense"),
    ],
)
async def test_a_tunnel_that_is_refused_is_a_failed_connection(reply: bytes, reason: str) -> None:
    async def play(peer: Peer) -> None:
        await peer.read_head()
        await peer.say(reply)
        peer.finish()

    async with serve(play) as proxy_server:
        rules = ProxyRules(https=Proxy("127.0.0.1", proxy_server.origin.port))
        async with open_transport(proxies=rules) as transport:
            with pytest.raises(DragomanError, match=reason) as caught:
                await transport.send(make_request(Origin("https", "provider.test", 443)))
            assert (caught.value.phase, caught.value.code) == ("connect", "connect_proxy")


@on_both_loops
async def test_an_http_origin_is_asked_for_at_the_proxy_in_full() -> None:
    async with serve(answering(HELLO)) as proxy_server:
        rules = ProxyRules(http=Proxy("127.0.0.1", proxy_server.origin.port, b"Basic eDp5"))
        async with open_transport(proxies=rules) as transport:
            answer = await transport.send(make_request(Origin("http", "provider.test", 80)))
            assert await answer.read_all(5) == b"hello"
        (peer,) = proxy_server.peers
        assert peer.heads[0].startswith(b"POST http://provider.test/v1/messages HTTP/1.1\r\nhost: provider.test\r\n")
        assert b"proxy-authorization: Basic eDp5\r\n" in peer.heads[0]
