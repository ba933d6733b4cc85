"""One connection: heads are bounded in size, number and time; requests follow each other."""

from __future__ import annotations

import asyncio
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.server import ServerState

from dragoman.http.application import Application
from dragoman.http.data_plane import CONNECTION_KEY
from dragoman.http.protocol import JUST_IDLE, MAX_HEAD_BYTES, MAX_HEADERS, GatewayProtocol, sweep_connections
from tests.unit.http.edge import make_data_plane, post, run_edge, running_server, speak
from tests.unit.service.desk import CHAT_REQUEST, CHAT_STREAM, CHAT_STREAM_REQUEST, streamed, whole

ASK = post("/v1/chat/completions", CHAT_REQUEST)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * MAX_HEAD_BYTES, b"431"),
        (b"GET / HTTP/1.1\r\nhost: localhost\r\n" + b"a: b\r\n" * MAX_HEADERS + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nhost: loc", b"408"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
    ids=["large", "many", "slow", "garbage"],
)
def test_a_bad_head_is_told_so_and_the_connection_ends(sent: bytes, status: bytes) -> None:
    heard = run_edge([], lambda port: speak(port, sent))
    assert heard.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in heard


def test_a_connection_that_says_nothing_is_closed() -> None:
    assert run_edge([], lambda port: speak(port, b"")) == b""


@pytest.mark.parametrize("count", [1, 2])
def test_a_connection_is_closed_when_nothing_more_is_asked(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GatewayProtocol, "idle_seconds", 0.01)

    async def work(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASK * count)
        async with asyncio.timeout(60):
            heard = await reader.read()
        writer.close()
        return heard

    heard = run_edge([whole()] * count, work)
    assert heard.count(b"HTTP/1.1 200") == count
    assert b"connection: close" not in heard


def test_an_idle_connection_gets_its_deadline_from_the_first_sweep() -> None:
    async def work() -> list[float]:
        config: Any = SimpleNamespace(loaded_app=lambda *_: None)
        protocol = GatewayProtocol(config, ServerState(), {})
        protocol.deadline = JUST_IDLE
        now = protocol.loop.time()
        sweep_connections([protocol], now)
        return [now, protocol.deadline]

    now, deadline = asyncio.run(work())
    assert now + GatewayProtocol.idle_seconds <= deadline < inf


def test_requests_follow_each_other_on_one_connection_also_when_sent_at_once() -> None:
    async def work(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASK * 3)
        heard = b""
        async with asyncio.timeout(60):
            while heard.count(b"Hello!") < 3:
                heard += await reader.read(65536)
        writer.close()
        return heard

    assert run_edge([whole(), whole(), whole()], work).count(b"HTTP/1.1 200") == 3


def test_an_old_client_gets_its_answer_and_the_end() -> None:
    old = ASK.replace(b"HTTP/1.1", b"HTTP/1.0")
    heard = run_edge([whole()], lambda port: speak(port, old))
    assert b"Hello!" in heard
    assert heard.count(b"connection: close") == 1


def test_an_old_client_gets_a_stream_without_chunks() -> None:
    old = post("/v1/chat/completions", CHAT_STREAM_REQUEST).replace(b"HTTP/1.1", b"HTTP/1.0")

    async def work(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(old)
        async with asyncio.timeout(60):
            heard = await reader.read()
        writer.close()
        return heard

    head, _, stream = run_edge([streamed(*CHAT_STREAM)], work).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert b"connection: close" in head
    assert stream.startswith(b"data: ")
    assert stream.endswith(b"data: [DONE]\n\n")


def test_a_query_and_an_escaped_path_are_taken_apart() -> None:
    heard = run_edge([], lambda port: speak(port, b"GET /%68ealthz?x=1 HTTP/1.1\r\nhost: localhost\r\n\r\n"))
    assert b"alive" in heard


@pytest.mark.parametrize("cut", [0, 7, len(CHAT_REQUEST)])
def test_an_offer_of_another_protocol_is_not_taken_up_and_the_body_not_lost(cut: int) -> None:
    asked = post("/v1/chat/completions", CHAT_REQUEST, "connection: upgrade, http2-settings", "upgrade: h2c")

    async def work(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asked[: len(asked) - cut])
        async with asyncio.timeout(60):
            await asyncio.sleep(0)
            writer.write(asked[len(asked) - cut :])
            heard = await reader.read()
        writer.close()
        return heard

    heard = run_edge([whole()], work)
    assert heard.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in heard
    assert b"Hello!" in heard


def test_garbage_after_a_request_does_not_get_into_its_answer() -> None:
    async def work(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASK + b"\x00garbage\r\n\r\n")
        async with asyncio.timeout(60):
            heard = await reader.read()
        writer.close()
        return heard

    heard = run_edge([whole()], work)
    assert heard.startswith(b"HTTP/1.1 200")
    assert heard.endswith(b"}")
    assert heard.count(b"HTTP/1.1") == 1


def test_a_body_that_breaks_its_chunks_is_refused() -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
    heard = run_edge([], lambda port: speak(port, head + b"5\r\nabcdeXX"))
    assert heard.startswith(b"HTTP/1.1 400")
    assert heard.count(b"HTTP/1.1 4") == 1


def test_a_client_may_ask_before_it_sends_its_body() -> None:
    async def work(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head, _, body = post("/v1/chat/completions", CHAT_REQUEST, "expect: 100-continue").partition(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n")
        async with asyncio.timeout(60):
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(body)
            heard = await reader.readuntil(b"}")
        writer.close()
        return heard

    assert run_edge([whole()], work).startswith(b"HTTP/1.1 200")


def test_a_connection_may_be_handed_over_to_another_protocol() -> None:
    class Echo(asyncio.Protocol):
        deadline = float("inf")

        def data_received(self, data: bytes) -> None:
            self.transport.write(data.upper())

        def shutdown(self) -> None:
            self.transport.abort()

        abort = shutdown
        transport: asyncio.Transport

    class Echoes:
        path = "/v1/responses"

        async def serve(self, scope: Any, head: Any, *, is_listed: bool) -> None:
            echo = Echo()
            echo.transport, connections = scope[CONNECTION_KEY].hand_over(echo)
            assert connections == {echo}
            echo.transport.write(b"Go on.")
            await gone.wait()

    gone = asyncio.Event()

    async def live() -> bytes:
        plane, transport = make_data_plane()
        plane.sockets = Echoes()
        async with running_server(Application(plane, (), transport.aclose), plane) as (_, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = b"GET /v1/responses HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
            writer.write(head)
            assert await reader.readexactly(6) == b"Go on."
            writer.write(b"hello")
            heard = await reader.readexactly(5)
            writer.close()
            gone.set()
        return heard

    assert asyncio.run(live()) == b"HELLO"
