"""An orderly end, and a disconnect that is noticed."""

from __future__ import annotations

import asyncio
import signal

import pytest

from dragoman.http.application import Application
from tests.unit.http.edge import make_data_plane, post, running_server, speak
from tests.unit.service.desk import CHAT_STREAM, CHAT_STREAM_REQUEST, streamed
from tests.unit.upstream.wire_server import wait_until

ASK = post("/v1/chat/completions", CHAT_STREAM_REQUEST)


def test_a_stream_that_outlives_the_drain_ends_in_its_dialects_error() -> None:
    async def run() -> bytes:
        plane, transport = make_data_plane([streamed(*CHAT_STREAM[:2], asyncio.Event())])
        application = Application(plane, (), transport.aclose)
        async with running_server(application, plane) as (server, port):
            talk = asyncio.ensure_future(speak(port, ASK))
            await wait_until(lambda: bool(transport.answers) and transport.answers[0].progress_count > 0)
            server.handle_exit(signal.SIGTERM, None)
            assert plane.is_draining
        assert transport.answers[0].closed_early
        return await talk

    heard = asyncio.run(run())
    assert b"Hello!" in heard
    assert b"shutting down" in heard
    assert b"[DONE]" not in heard
    assert heard.endswith(b"0\r\n\r\n")


def test_a_second_signal_ends_exchanges_at_once() -> None:
    async def run() -> bytes:
        plane, transport = make_data_plane([streamed(*CHAT_STREAM[:2], asyncio.Event())])
        application = Application(plane, (), transport.aclose)
        async with running_server(application, plane, drain_seconds=3600.0) as (server, port):
            talk = asyncio.ensure_future(speak(port, ASK))
            await wait_until(lambda: bool(transport.answers) and transport.answers[0].progress_count > 0)
            server.handle_exit(signal.SIGTERM, None)
            server.handle_exit(signal.SIGTERM, None)
        return await talk

    heard = asyncio.run(run())
    assert b"shutting down" in heard
    assert b"[DONE]" not in heard


def test_a_client_that_does_not_read_cannot_hold_up_the_end(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        plane, transport = make_data_plane([streamed(*[CHAT_STREAM[0], *[CHAT_STREAM[1]] * 200_000])])
        application = Application(plane, (), transport.aclose)
        async with running_server(application, plane, drain_seconds=0.01) as (_, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            writer.write(ASK)
            await wait_until(lambda: any(sink.sending_since for sink in plane.sinks))
        assert plane.sinks == set()
        writer.close()

    asyncio.run(run())
    assert "graceful shutdown exceeded" not in caplog.text


def test_a_client_that_leaves_takes_its_provider_with_it() -> None:
    async def run() -> None:
        plane, transport = make_data_plane([streamed(*CHAT_STREAM[:2], asyncio.Event())])
        async with running_server(Application(plane, (), transport.aclose), plane) as (_, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(ASK)
            await wait_until(lambda: bool(transport.answers) and transport.answers[0].progress_count > 0)
            writer.close()
            await wait_until(lambda: transport.answers[0].closed_early)
            assert plane.sinks == set()

    asyncio.run(run())


def test_a_quiet_stream_gets_a_heartbeat() -> None:
    async def run() -> bytes:
        gate = asyncio.Event()
        plane, transport = make_data_plane([streamed(gate, *CHAT_STREAM)])
        application = Application(plane, (), transport.aclose)
        async with running_server(application, plane, heartbeat_seconds=0.05) as (_, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(ASK)
            async with asyncio.timeout(60):
                quiet = await reader.readuntil(b": keep-alive\n\n")
                gate.set()
                rest = await reader.readuntil(b"[DONE]")
            writer.close()
            assert b"Hello!" not in quiet
            return rest

    assert b"Hello!" in asyncio.run(run())
