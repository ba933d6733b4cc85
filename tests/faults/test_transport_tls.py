"""TLS that is good, and every way for it to be bad; verification has no switch."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from dragoman.errors import DragomanError, Kind
from dragoman.upstream.tls import build_tls_context
from dragoman.upstream.transport import Origin
from tests.unit.upstream.wire_server import (
    HELLO,
    OK_HEAD,
    Peer,
    answering,
    has_heard,
    make_request,
    make_server_context,
    on_both_loops,
    open_transport,
    serve,
    wait_until,
)

AUTHORITY = trustme.CA()
STRANGER = trustme.CA()


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    bundle = tmp_path_factory.mktemp("ca") / "bundle.pem"
    AUTHORITY.cert_pem.write_to_path(str(bundle))
    return build_tls_context(str(bundle))


@on_both_loops
async def test_a_good_certificate_is_accepted_and_the_connection_kept(trusted: ssl.SSLContext) -> None:
    offers: list[object] = []

    async def play(peer: Peer) -> None:
        offers.append(peer.writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await answering(HELLO)(peer)

    async with serve(play, make_server_context(AUTHORITY)) as server, open_transport(tls_context=trusted) as transport:
        for _ in range(3):
            answer = await transport.send(make_request(server.origin))
            assert await answer.read_all(5) == b"hello"
        assert len(server.peers) == 1
        assert offers == ["http/1.1"]


@on_both_loops
@pytest.mark.parametrize(
    ("authority", "name"), [(STRANGER, "localhost"), (AUTHORITY, "elsewhere.test")], ids=["stranger", "wrong-name"]
)
async def test_a_bad_certificate_is_refused(trusted: ssl.SSLContext, authority: trustme.CA, name: str) -> None:
    tls = make_server_context(authority, name)
    async with serve(answering(HELLO), tls) as server, open_transport(tls_context=trusted) as transport:
        with pytest.raises(DragomanError) as caught:
            await transport.send(make_request(server.origin, headers=[(b"authorization", b"Bearer secret")]))
        error = caught.value
        assert (error.kind, error.phase, error.code) == (Kind.UNAVAILABLE, "connect", "connect_tls")
        assert "certificate" in error.message
        assert "localhost" not in error.message
        assert not any(peer.heads for peer in server.peers)


@on_both_loops
async def test_the_systems_authorities_do_not_vouch_for_ours() -> None:
    async with serve(answering(HELLO), make_server_context(AUTHORITY)) as server, open_transport() as transport:
        with pytest.raises(DragomanError, match="certificate"):
            await transport.send(make_request(server.origin))


@on_both_loops
async def test_a_server_that_speaks_plain_http_is_refused(trusted: ssl.SSLContext) -> None:
    async def play(peer: Peer) -> None:
        await peer.reader.read(10)
        await peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await peer.wait_until_gone()

    async with serve(play) as server, open_transport(tls_context=trusted) as transport:
        with pytest.raises(DragomanError) as caught:
            await transport.send(make_request(Origin("https", "localhost", server.origin.port)))
        assert caught.value.code == "connect_tls"
        await server.peers[0].gone.wait()


@on_both_loops
async def test_a_server_that_hangs_up_in_the_handshake_is_a_failed_connection(trusted: ssl.SSLContext) -> None:
    async def play(peer: Peer) -> None:
        await peer.reader.read(10)
        peer.reset()

    async with serve(play) as server, open_transport(tls_context=trusted) as transport:
        with pytest.raises(DragomanError) as caught:
            await transport.send(make_request(Origin("https", "localhost", server.origin.port)))
        assert (caught.value.kind, caught.value.phase) == (Kind.UNAVAILABLE, "connect")


@on_both_loops
@pytest.mark.parametrize("reply", [OK_HEAD + b"content-length: 9\r\n\r\nhello", OK_HEAD + b"\r\nhello"])
async def test_a_cut_below_tls_is_never_a_clean_end(trusted: ssl.SSLContext, reply: bytes) -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(reply)
        await wait_until(lambda: has_heard(transport))
        peer.writer.transport.abort()  # no close_notify: anyone on the way could have done this

    tls = make_server_context(AUTHORITY)
    async with open_transport(tls_context=trusted) as transport, serve(play, tls) as server:
        answer = await transport.send(make_request(server.origin))
        with pytest.raises(DragomanError) as caught:
            await answer.read_all(100)
        assert caught.value.phase == "body"


@on_both_loops
async def test_a_body_until_the_end_of_a_tls_session_is_whole(trusted: ssl.SSLContext) -> None:
    async def play(peer: Peer) -> None:
        await peer.read_request()
        await peer.say(OK_HEAD + b"\r\nhello")
        peer.finish()
        await peer.writer.wait_closed()

    tls = make_server_context(AUTHORITY)
    async with serve(play, tls) as server, open_transport(tls_context=trusted) as transport:
        answer = await transport.send(make_request(server.origin))
        assert await answer.read_all(100) == b"hello"


@on_both_loops
async def test_large_bodies_cross_tls_both_ways(trusted: ssl.SSLContext) -> None:
    async def play(peer: Peer) -> None:
        body = await peer.read_request()
        peer.writer.write(OK_HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        await peer.writer.drain()
        await peer.wait_until_gone()

    body = bytes(range(256)) * 20_000
    tls = make_server_context(AUTHORITY)
    async with serve(play, tls) as server, open_transport(tls_context=trusted) as transport:
        answer = await transport.send(make_request(server.origin, body))
        assert await answer.read_all(len(body)) == body


@on_both_loops
async def test_tls_over_a_unix_socket_checks_the_origins_name(trusted: ssl.SSLContext, tmp_path: Path) -> None:
    tls = make_server_context(AUTHORITY)
    async with (
        serve(answering(HELLO), tls, str(tmp_path / "s")) as server,
        open_transport(tls_context=trusted) as transport,
    ):
        answer = await transport.send(make_request(server.origin))
        assert await answer.read_all(5) == b"hello"
