"""A WebSocket's frames: messages in one piece, limits on size and time, and good-byes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from websockets.frames import Opcode

from dragoman.http.websocket import SocketProtocol
from tests.unit.http.frames import Listener, Transport, frame, open_socket, text

Work = Callable[[SocketProtocol, Transport, Listener], None]


def with_socket(work: Work, max_bytes: int = 1000) -> None:
    async def live() -> None:
        work(*open_socket(max_bytes))

    asyncio.run(live())


def pass_time(protocol: SocketProtocol, seconds: float) -> None:
    """Let what is due by then happen, as the server's sweep would."""
    loop: Any = protocol.loop
    real, then = loop.time, loop.time() + seconds
    loop.time = lambda: then
    try:
        while protocol.deadline < then:
            protocol.expire()
    finally:
        loop.time = real


def test_messages_come_whole_however_they_are_cut() -> None:
    data = text(b"one") + text(b"t", fin=False) + frame(Opcode.CONT, b"w", fin=False) + frame(Opcode.CONT, b"o")
    data += frame(Opcode.BINARY, b"three")

    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        for cut in range(1, len(data)):
            listener.messages.clear()
            protocol.data_received(data[:cut])
            protocol.data_received(data[cut:])
            assert listener.messages == [(b"one", True), (b"two", True), (b"three", False)]
        assert transport.read() == []

    with_socket(work)


def test_a_ping_is_answered_even_between_the_pieces_of_a_message() -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        protocol.data_received(text(b"a", fin=False) + frame(Opcode.PING, b"?") + frame(Opcode.CONT, b"b"))
        assert transport.read() == [(Opcode.PONG, b"?")]
        assert listener.messages == [(b"ab", True)]

    with_socket(work)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (text(b"x" * 1001), 1009),
        (text(b"x" * 600, fin=False) + frame(Opcode.CONT, b"x" * 600), 1009),
        (b"GET / HTTP/1.1\r\n\r\n", 1002),
        (b"\x81\x05hello", 1002),
        (frame(Opcode.CONT, b"x"), 1002),
        (text(b"a", fin=False) + text(b"b"), 1002),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
        (frame(Opcode.CLOSE, b"\x03"), 1002),
    ],
    ids=["long", "long-in-pieces", "http", "unmasked", "lone-end", "two-begun", "unknown-kind", "half-a-code"],
)
def test_what_breaks_the_rules_ends_the_connection_with_a_code(data: bytes, code: int) -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        protocol.data_received(data)
        assert transport.read_close()[0] == code
        assert (transport.is_closed, listener.has_left, listener.messages) == (True, True, [])

    with_socket(work)


def test_any_bytes_do_no_more_than_that() -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        for first in range(256):
            another, _, _ = open_socket()
            another.data_received(bytes([first, (first * 7) % 256]) + bytes(range(40)))

    with_socket(work)


def test_a_good_bye_is_answered_and_the_connection_closed() -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        protocol.data_received(frame(Opcode.CLOSE, b"\x03\xe8"))
        assert transport.read() == [(Opcode.CLOSE, b"\x03\xe8")]
        assert (transport.is_closed, listener.has_left) == (True, True)
        assert protocol.closed.done()
        protocol.write(b"too late")
        protocol.close(1001)

    with_socket(work)


def test_our_good_bye_waits_for_the_clients_but_not_for_long() -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        protocol.close(1001, "Enough.")
        assert transport.read_close() == (1001, "Enough.")
        assert not protocol.is_open
        protocol.data_received(text(b"But one thing more.") + text(b"and")[:3])
        assert listener.messages == []
        pass_time(protocol, 4)
        assert not transport.is_closed
        pass_time(protocol, 6)
        assert transport.is_aborted

    with_socket(work)


def test_a_silent_client_is_asked_once_and_left_if_it_says_nothing() -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        pass_time(protocol, 19)
        assert transport.read() == []
        pass_time(protocol, 21)
        assert transport.read() == [(Opcode.PING, b"")]
        protocol.data_received(frame(Opcode.PONG))
        pass_time(protocol, 21)
        assert transport.read() == [(Opcode.PING, b"")]
        pass_time(protocol, 42)
        assert transport.is_aborted

    with_socket(work)


def test_who_has_not_read_what_he_was_told_is_not_asked_and_left_in_the_end() -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        protocol.pause_writing()
        assert not protocol.is_free
        pass_time(protocol, 55)
        assert (transport.read(), transport.is_closed) == ([], False)
        protocol.resume_writing()
        protocol.pause_writing()
        pass_time(protocol, 90)
        assert (transport.read(), transport.is_aborted) == ([], True)

    with_socket(work)


@pytest.mark.parametrize("begun", [text(b"x" * 100)[:50], text(b"x", fin=False)], ids=["frame", "piece"])
def test_a_message_must_come_in_time_however_alive_its_sender_is(begun: bytes) -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        protocol.ping_seconds = 1000.0
        protocol.data_received(begun)
        pass_time(protocol, 29)
        assert transport.read() == []
        pass_time(protocol, 31)
        assert transport.read_close() == (1008, "The message did not arrive in time.")

    with_socket(work)


def test_a_connection_that_has_lasted_long_is_told_once() -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        protocol.ping_seconds = 10_000.0
        protocol.data_received(text(b"hi"))
        pass_time(protocol, 3601)
        assert listener.ends == [True]
        pass_time(protocol, 7000)
        assert listener.ends == [True]

    with_socket(work)


def test_the_servers_end_and_its_impatience_are_passed_on() -> None:
    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        protocol.shutdown()
        assert listener.ends == [False]
        protocol.abort()
        assert transport.is_aborted

    with_socket(work)


def test_to_say_something_waits_while_the_client_does_not_read() -> None:
    async def live() -> None:
        protocol, transport, _ = open_socket()
        protocol.pause_writing()
        saying = asyncio.ensure_future(protocol.send(b"hello"))
        await asyncio.sleep(0)
        assert transport.read() == [(Opcode.TEXT, b"hello")]
        assert not saying.done()
        protocol.resume_writing()
        await saying

    asyncio.run(live())


def test_nothing_that_is_said_gets_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def work(protocol: SocketProtocol, transport: Transport, listener: Listener) -> None:
        protocol.data_received(text(b"xyzzy"))
        protocol.write(b"xyzzy")
        protocol.data_received(frame(Opcode.CLOSE, b"\x03\xe8xyzzy"))

    with_socket(work)
    assert "xyzzy" not in caplog.text
