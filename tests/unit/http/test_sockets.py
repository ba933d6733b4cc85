"""Connections become WebSockets: which pages may, how many, and what stays of the first request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.frames import Opcode

from dragoman.clock import FixedClock
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError, Kind
from dragoman.http.application import Application
from dragoman.http.data_plane import CONNECTION_KEY, Limits
from dragoman.http.head import Head
from dragoman.http.sockets import Sockets, is_same_place, select_scope
from tests.unit.http.edge import make_data_plane, post, running_server
from tests.unit.http.frames import Transport, frame
from tests.unit.http.test_handshake import HEADERS
from tests.unit.service.desk import CHAT_REQUEST, streamed, whole


class Connection:
    """Stands for the protocol that has read the request."""

    def __init__(self) -> None:
        self.transport = Transport()
        self.connections: set[Any] = set()

    def hand_over(self, protocol: asyncio.Protocol) -> tuple[asyncio.Transport, set[Any]]:
        self.transport.peer = protocol
        self.connections.add(protocol)
        return self.transport, self.connections


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Nobody asks."""


def make(limit: int = 2) -> Sockets:
    return Sockets(answer, DIALECTS["openai_responses"], FixedClock(), Limits(100, 30.0, limit))


def scope_of(connection: Connection, **headers: bytes) -> dict[str, Any]:
    pairs = [*HEADERS.items(), *[(name.replace("_", "-").encode(), value) for name, value in headers.items()]]
    path = {"path": "/v1/responses", "raw_path": b"/v1/responses", "query_string": b"key=k"}
    return {"type": "http", "method": "GET", "headers": pairs, CONNECTION_KEY: connection, **path}


def test_a_connection_is_served_until_it_ends() -> None:
    async def live() -> None:
        sockets, connection = make(), Connection()
        serving = asyncio.ensure_future(sockets.serve(scope_of(connection), Head(), is_listed=False))
        await asyncio.sleep(0)
        assert repr(sockets) == "<Sockets: 1 open>"
        assert connection.transport.written.startswith(b"HTTP/1.1 101 ")
        (protocol,) = connection.connections
        protocol.data_received(frame(Opcode.CLOSE, b"\x03\xe8"))
        await serving
        assert (repr(sockets), connection.connections) == ("<Sockets: 0 open>", set())

    asyncio.run(live())


def test_there_are_only_so_many() -> None:
    async def live() -> None:
        sockets = make(limit=1)
        first = asyncio.ensure_future(sockets.serve(scope_of(Connection()), Head(), is_listed=False))
        await asyncio.sleep(0)
        with pytest.raises(DragomanError) as refused:
            await sockets.serve(scope_of(Connection()), Head(), is_listed=False)
        assert refused.value.kind is Kind.OVERLOADED
        first.cancel()
        await asyncio.wait([first])
        assert repr(sockets) == "<Sockets: 0 open>"

    asyncio.run(live())


@pytest.mark.parametrize(
    ("origin", "is_listed", "is_let_in"),
    [
        (b"http://localhost:8642", False, True),
        (b"http://localhost:3000", False, False),
        (b"http://localhost:3000", True, True),
        (b"null", False, False),
        (b"", False, True),
    ],
)
def test_pages_of_elsewhere_are_let_in_only_if_they_are_listed(origin: bytes, is_listed: bool, is_let_in: bool) -> None:
    async def live() -> None:
        head = Head(host=b"localhost:8642", origin=origin)
        serving = asyncio.ensure_future(make().serve(scope_of(Connection()), head, is_listed=is_listed))
        await asyncio.wait([serving], timeout=0)
        await asyncio.sleep(0)
        if is_let_in:
            assert not serving.done()
            serving.cancel()
            await asyncio.wait([serving])
        else:
            with pytest.raises(DragomanError, match="Pages of this origin"):
                await serving

    asyncio.run(live())


def test_what_is_no_handshake_is_refused_before_the_connection_is_taken() -> None:
    async def live() -> None:
        connection = Connection()
        scope = scope_of(connection) | {"headers": [(b"upgrade", b"websocket")]}
        with pytest.raises(DragomanError, match="version 13"):
            await make().serve(scope, Head(), is_listed=False)
        assert connection.connections == set()

    asyncio.run(live())


def test_requests_have_the_headers_that_were_not_about_the_connection() -> None:
    scope = select_scope(
        scope_of(Connection(), authorization=b"Bearer k", idempotency_key=b"i", x_dragoman_strict=b"true")
    )
    names = [name for name, _ in scope["headers"]]
    assert names == [b"host", b"authorization", b"x-dragoman-strict"]
    assert (scope["method"], scope["query_string"], CONNECTION_KEY in scope) == ("POST", b"key=k", False)


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        (b"https://Gate.example", b"gate.example", True),
        (b"https://gate.example:1", b"gate.example", False),
        (b"http://[::1", b"[::1", False),
        (b"null", b"", False),
    ],
)
def test_a_page_of_ones_own_comes_from_the_same_place(origin: bytes, host: bytes, expected: bool) -> None:
    assert is_same_place(origin, host) is expected


ASK = b'{"type":"response.create","model":"r","input":"Hi"}'
REQUEST = b"GET /v1/responses HTTP/1.1\r\n" + b"".join([b"%b: %b\r\n" % pair for pair in HEADERS.items()]) + b"\r\n"


def test_a_connection_that_has_had_an_answer_becomes_one_and_the_servers_end_is_its_end() -> None:
    async def live() -> bytes:
        plane, transport = make_data_plane([whole(), streamed()])
        plane.sockets = Sockets(plane, DIALECTS["openai_responses"], FixedClock(), Limits())
        async with running_server(Application(plane, (), transport.aclose), plane) as (server, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(post("/v1/chat/completions", CHAT_REQUEST))
            heard = b""
            while b"Hello!" not in heard:
                heard += await reader.read(65_536)
            writer.write(REQUEST)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
            assert [type(one).__name__ for one in server.server_state.connections] == ["SocketProtocol"]
            writer.write(frame(Opcode.TEXT, ASK))
            heard = b""
            while b"response.completed" not in heard:
                heard += await reader.read(65_536)
            reading = asyncio.ensure_future(reader.read(2))
        rest = await reading
        writer.close()
        return rest

    assert asyncio.run(live())[0] == 0x80 | Opcode.CLOSE
