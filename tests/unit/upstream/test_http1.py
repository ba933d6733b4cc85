"""The transport over real loopback sockets: what a caller sees of an answer, and what becomes of the connection."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.transport import Origin, Transport
from tests.unit.upstream.wire_server import (
    HELLO,
    OK_HEAD,
    Peer,
    answering,
    has_heard,
    is_alive,
    make_request,
    on_both_loops,
    open_transport,
    serve,
    split_everywhere,
    wait_until,
)

CHUNKED = OK_HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"


async def read_hello(transport: Transport, origin: Origin) -> bytes:
    answer = await transport.send(make_request(origin))
    return await answer.read_all(100)


@on_both_loops
async def test_an_answer_has_status_lower_case_headers_and_body() -> None:
    reply = b"HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nContent-Length: 2\r\nX-Twice: a\r\nX-Twice: b\r\n\r\nno"
    async with serve(answering(reply)) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        assert answer.status == 429
        assert answer.header(b"retry-after") == b"7"
        assert answer.header(b"x-none") is None
        assert [value for name, value in answer.headers if name == b"x-twice"] == [b"a", b"b"]
        assert answer.connect_seconds > 0.0
        assert await answer.read_all(2) == b"no"
        assert await answer.read_chunk() == b""


@on_both_loops
@pytest.mark.parametrize("reply", [HELLO, CHUNKED], ids=["length", "chunked"])
async def test_a_connection_is_used_again_once_its_answer_was_read(reply: bytes) -> None:
    async with serve(answering(reply)) as server, open_transport() as transport:
        for _ in range(3):
            assert await read_hello(transport, server.origin) == b"hello"
        answer = await transport.send(make_request(server.origin))
        assert answer.connect_seconds == 0.0
        assert await answer.read_chunk() == b"hello"
        assert await answer.read_chunk() == b""
        assert len(server.peers) == 1


@on_both_loops
async def test_an_answer_that_came_whole_gives_its_connection_back_even_unread() -> None:
    async with serve(answering(HELLO)) as server, open_transport() as transport:
        for _ in range(3):
            answer = await transport.send(make_request(server.origin))
            answer.close()
            answer.close()
            with pytest.raises(DragomanError, match="closed"):
                await answer.read_chunk()
        assert len(server.peers) == 1


@on_both_loops
@pytest.mark.parametrize("reply", [HELLO, CHUNKED], ids=["length", "chunked"])
async def test_every_split_of_an_answer_reads_the_same(reply: bytes) -> None:
    cuts = iter(split_everywhere(reply))

    async def play(peer: Peer) -> None:
        for first, second in cuts:
            await peer.read_request()
            await peer.say(first)
            await wait_until(lambda: has_heard(transport))
            await peer.say(second)

    async with open_transport() as transport, serve(play) as server:
        for _ in split_everywhere(reply):
            assert await read_hello(transport, server.origin) == b"hello"
        assert len(server.peers) == 1


@on_both_loops
async def test_a_body_without_length_lasts_until_the_peer_closes() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(OK_HEAD + b"\r\nhel", b"lo")
        peer.finish()

    async with serve(play) as server, open_transport() as transport:
        assert await read_hello(transport, server.origin) == b"hello"
        assert await read_hello(transport, server.origin) == b"hello"
        assert len(server.peers) == 2


@on_both_loops
@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_an_answer_without_a_body_ends_with_its_head(status: bytes) -> None:
    reply = b"HTTP/1.1 " + status + b"\r\netag: 1\r\n\r\n"
    async with serve(answering(reply)) as server, open_transport() as transport:
        for _ in range(2):
            assert await read_hello(transport, server.origin) == b""
        assert len(server.peers) == 1


@on_both_loops
async def test_the_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    async with serve(answering(OK_HEAD + b"content-length: 5\r\n\r\n")) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin, b"", method=b"HEAD"))
        assert answer.header(b"content-length") == b"5"
        assert await answer.read_all(0) == b""


@on_both_loops
async def test_interim_answers_are_skipped() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
    async with serve(answering(interim + HELLO)) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        assert (answer.status, answer.headers) == (200, [(b"content-length", b"5")])
        assert await answer.read_all(5) == b"hello"


@on_both_loops
async def test_an_answer_longer_than_allowed_is_an_error_and_closes_the_socket() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(OK_HEAD + b"content-length: 1000\r\n\r\n" + b"x" * 500)
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        with pytest.raises(DragomanError) as caught:
            await answer.read_all(100)
        assert (caught.value.kind, caught.value.blame, caught.value.phase) == (Kind.UNAVAILABLE, "upstream", "body")
        await server.peers[0].gone.wait()
        assert not is_alive(transport)


@on_both_loops
async def test_an_answer_longer_than_allowed_is_an_error_though_it_has_come_whole() -> None:
    async with serve(answering(HELLO)) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        with pytest.raises(DragomanError, match="longer than 4 bytes"):
            await answer.read_all(4)


@on_both_loops
async def test_closing_a_half_read_answer_closes_the_socket_at_once() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(OK_HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n")
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin))
        assert await answer.read_chunk() == b"he"
        answer.close()
        await server.peers[0].gone.wait()
        with pytest.raises(DragomanError, match="closed before it was read"):
            await answer.read_chunk()


@on_both_loops
async def test_a_compressed_answer_is_decoded_though_nobody_asked_for_it() -> None:
    packed = bytes.fromhex("1f8b08000000000000ffcb48cdc9c9070086a6103605000000")
    reply = OK_HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed) + packed
    async with serve(answering(reply)) as server, open_transport() as transport:
        for _ in range(2):
            answer = await transport.send(make_request(server.origin))
            assert answer.headers == []
            assert await answer.read_all(5) == b"hello"
        assert len(server.peers) == 1


@on_both_loops
async def test_a_coding_that_nobody_can_undo_is_an_error_and_closes_the_socket() -> None:
    reply = OK_HEAD + b"content-encoding: br\r\ncontent-length: 3\r\n\r\nabc"

    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(reply)
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        with pytest.raises(DragomanError, match="content coding"):
            await transport.send(make_request(server.origin))
        await server.peers[0].gone.wait()


@on_both_loops
async def test_a_unix_socket_is_an_origin_too(tmp_path: Path) -> None:
    async with serve(answering(HELLO), path=str(tmp_path / "s")) as server, open_transport() as transport:
        assert await read_hello(transport, server.origin) == b"hello"
        assert b"host: localhost\r\n" in server.peers[0].heads[0]


@on_both_loops
async def test_nothing_is_watched_when_there_are_no_calls() -> None:
    async with serve(answering(HELLO)) as server, open_transport() as transport:
        await read_hello(transport, server.origin)
        watched = [transport._is_watching]
        transport._tick()
        watched.append(transport._is_watching)
        await read_hello(transport, server.origin)
        watched.append(transport._is_watching)
        assert watched == [True, False, True]


@on_both_loops
async def test_a_closed_transport_refuses_requests_and_ends_those_under_way() -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport() as transport:
        call = asyncio.ensure_future(transport.send(make_request(server.origin)))
        await server.arrived.wait()
        await transport.aclose()
        late = (transport.send(make_request(origin)) for origin in (server.origin, Origin("http", "other.test", 80)))
        for attempt in (call, *late):
            with pytest.raises(DragomanError, match="shutting down"):
                await attempt


@on_both_loops
async def test_reprs_are_for_people_and_show_no_header() -> None:
    async with serve(answering(HELLO)) as server, open_transport() as transport:
        answer = await transport.send(make_request(server.origin, headers=[(b"authorization", b"Bearer secret")]))
        assert repr(answer) == "<Http1Answer 200, open>"
        assert repr(transport) == "<Http1Transport [<OriginPool 127.0.0.1: 1 busy, 0 idle, 0 waiting>]>"
        answer.close()
        assert repr(answer) == "<Http1Answer 200, closed>"
