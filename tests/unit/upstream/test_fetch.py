"""What a fetch bears and what it does not, beside the addresses (tests/faults/test_fetch_traps.py)."""

from __future__ import annotations

import ipaddress

import pytest
import trustme

from dragoman.clock import SystemClock
from dragoman.errors import DragomanError
from dragoman.upstream.fetch import Fetched, Fetcher, FetchRules
from dragoman.upstream.public_addresses import build_judge
from dragoman.upstream.tls import build_tls_context
from tests.unit.upstream.wire_server import Peer, Play, Server, make_server_context, on_both_loops, serve

PNG = b"\x89PNG\r\n\x1a\n and more"
LOOPBACK = build_judge([ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")])


def saying(*pieces: bytes) -> Play:
    async def play(peer: Peer) -> None:
        await peer.read_head()
        await peer.say(*pieces)
        await peer.wait_until_gone()

    return play


def write_answer(body: bytes, content_type: bytes = b"image/png", status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (status, content_type, len(body))
    return head + body


def open_fetcher(server: Server, **rules: float) -> Fetcher:
    return Fetcher(SystemClock(), FetchRules(ports=frozenset((server.origin.port,)), **rules), LOOPBACK)  # type: ignore[arg-type]


async def fetch(server: Server, path: str = "/a") -> Fetched:
    return await open_fetcher(server).fetch(f"http://127.0.0.1:{server.origin.port}{path}")


async def fail_to_fetch(play: Play, **rules: float) -> DragomanError:
    async with serve(play) as server:
        with pytest.raises(DragomanError) as failed:
            await open_fetcher(server, **rules).fetch(f"http://127.0.0.1:{server.origin.port}/")
    assert (failed.value.status, failed.value.blame) == (400, "client")
    return failed.value


@on_both_loops
async def test_a_file_is_fetched_with_the_type_that_its_bytes_tell() -> None:
    async with serve(saying(write_answer(PNG, b"application/octet-stream"))) as server:
        assert await fetch(server) == Fetched("image/png", PNG)
        (head,) = server.peers[0].heads
    assert head.startswith(b"GET /a HTTP/1.1\r\n")
    assert b"authorization" not in head.lower()
    assert b"cookie" not in head.lower()


@on_both_loops
async def test_redirects_are_followed_as_far_as_allowed() -> None:
    async def play(peer: Peer) -> None:
        number = int((await peer.read_head()).split(b" ")[1][1:])
        if number:
            await peer.say(b"HTTP/1.1 302 Found\r\nlocation: /%d\r\ncontent-length: 0\r\n\r\n" % (number - 1))
        else:
            await peer.say(write_answer(PNG))

    async with serve(play) as server:
        assert (await fetch(server, "/3")).data == PNG
        with pytest.raises(DragomanError, match="more than 3 times"):
            await fetch(server, "/4")


@on_both_loops
@pytest.mark.parametrize(
    ("claimed", "body"),
    [(b"text/html", b"<html>"), (b"image/png", b"<html>"), (b"text/html", PNG), (b"image/svg+xml", b"<svg/>"), (b"image/png", b"%PDF-1.7")],
)  # fmt: skip
async def test_a_file_that_is_not_what_it_claims_to_be_is_refused(claimed: bytes, body: bytes) -> None:
    assert "does not lead to an image" in (await fail_to_fetch(saying(write_answer(body, claimed)))).message


@on_both_loops
async def test_plain_text_is_what_it_claims_to_be() -> None:
    async with serve(saying(write_answer(b"a,b\n", b"text/csv; charset=utf-8"))) as server:
        assert (await fetch(server)).media_type == "text/csv"


@on_both_loops
async def test_a_container_with_sound_only_stays_sound() -> None:
    async with serve(saying(write_answer(b"\0\0\0\x20ftypisom", b"audio/mp4"))) as server:
        assert (await fetch(server)).media_type == "audio/mp4"


@on_both_loops
async def test_a_file_that_says_that_it_is_too_long_is_not_read() -> None:
    error = await fail_to_fetch(saying(b"HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n"), max_bytes=100)
    assert "more than 100 bytes" in error.message


@on_both_loops
async def test_a_file_that_does_not_say_so_is_cut_off() -> None:
    chunk = b"%x\r\n%b\r\n" % (len(PNG), PNG)
    pieces = (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", *[chunk] * 10)
    assert "more than 100 bytes" in (await fail_to_fetch(saying(*pieces), max_bytes=100)).message


@on_both_loops
async def test_a_server_that_drips_is_given_up() -> None:
    error = await fail_to_fetch(saying(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", b"a"), total_seconds=0.05)
    assert "within 0.05 s" in error.message


@on_both_loops
@pytest.mark.parametrize(
    "said", [b"nonsense\r\n\r\n", b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", b"HTTP/1.1 302 X\r\n\r\n"]
)
async def test_a_server_that_has_no_file_is_the_callers_mistake(said: bytes) -> None:
    await fail_to_fetch(saying(said))


@on_both_loops
async def test_nobody_there_is_the_callers_mistake_and_tells_no_address() -> None:
    async with serve(saying()) as server:
        fetcher = open_fetcher(server)
        url = f"http://127.0.0.1:{server.origin.port}/"
    with pytest.raises(DragomanError, match="could not be reached") as failed:
        await fetcher.fetch(url)
    assert "127" not in failed.value.message


@on_both_loops
async def test_certificates_are_verified() -> None:
    authority = trustme.CA()
    trusting = build_tls_context()
    authority.configure_trust(trusting)
    async with serve(saying(write_answer(PNG)), tls=make_server_context(authority)) as server:
        rules = FetchRules(ports=frozenset((server.origin.port,)))
        url = f"https://localhost:{server.origin.port}/"
        with pytest.raises(DragomanError, match="could not be reached"):
            await Fetcher(SystemClock(), rules, LOOPBACK).fetch(url)
        assert (await Fetcher(SystemClock(), rules, LOOPBACK, tls=trusting).fetch(url)).data == PNG
