"""Real loopback servers scripted byte by byte, and a way to run a scenario on both event loops that notices leaks."""

from __future__ import annotations

import asyncio
import inspect
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop

from dragoman.clock import SystemClock
from dragoman.upstream.http1 import Http1Transport
from dragoman.upstream.transport import Headers, Origin, OutgoingRequest, Timeouts

OK_HEAD = b"HTTP/1.1 200 OK\r\n"
HELLO = OK_HEAD + b"content-length: 5\r\n\r\nhello"

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
Scenario = Callable[..., Coroutine[Any, Any, None]]


def on_both_loops(scenario: Scenario) -> Callable[..., None]:
    """Turns a coroutine function into a test that runs it on asyncio's loop and on uvloop."""

    def run(loop_factory: LoopFactory, **arguments: object) -> None:
        run_scenario(loop_factory, scenario, **arguments)

    signature = inspect.signature(scenario)
    loop_parameter = inspect.Parameter("loop_factory", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [loop_parameter, *signature.parameters.values()]
    run.__name__ = run.__qualname__ = scenario.__name__
    run.__dict__.update(scenario.__dict__)  # marks such as `parametrize`
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    loops = (asyncio.new_event_loop, uvloop.new_event_loop)
    return pytest.mark.parametrize("loop_factory", loops, ids=("asyncio", "uvloop"))(run)


def run_scenario(loop_factory: LoopFactory, scenario: Scenario, **arguments: object) -> None:
    """Runs the scenario; no task and no socket may be left when it is over."""
    before = count_sockets()
    complaints: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with asyncio.timeout(60):
            await scenario(**arguments)
        left_over = asyncio.all_tasks() - {asyncio.current_task()}
        if left_over:  # a server that is closing may need a moment
            _, left_over = await asyncio.wait(left_over, timeout=30.0)
        assert not left_over, left_over

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(watched())
    assert not complaints, complaints
    assert count_sockets() <= before


def count_sockets() -> int:
    """How many sockets this process holds open."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            count += str(entry.readlink()).startswith("socket:")
    return count


class Peer:
    """One accepted connection, from the server's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.heads: list[bytes] = []
        self.gone = asyncio.Event()

    async def read_head(self) -> bytes:
        """Request line and headers."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        return head

    async def read_request(self) -> bytes:
        """A whole request; returns its body."""
        head = await self.read_head()
        length = next((line for line in head.split(b"\r\n") if line.startswith(b"content-length: ")), b": 0")
        return await self.reader.readexactly(int(length.split(b": ")[1]))

    async def say(self, *pieces: bytes) -> None:
        """Writes each piece in a packet of its own, as far as one can have one's way."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    def finish(self) -> None:
        """Closes in an orderly way (FIN)."""
        self.writer.close()

    def reset(self) -> None:
        """Closes with a bang (RST)."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def wait_until_gone(self) -> None:
        """Returns when the client has closed its side."""
        with suppress(ConnectionError):
            while await self.reader.read(65536):
                pass
        self.gone.set()


Play = Callable[[Peer], Awaitable[None]]


class Server:
    """A listening server and the peers that came."""

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self.origin = Origin("http", "127.0.0.1", 0)
        self.failures: list[BaseException] = []
        self.arrived = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def welcome(self, play: Play, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Plays the script for one peer."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        peer = Peer(reader, writer)
        self.peers.append(peer)
        self.arrived.set()
        try:
            await play(peer)
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left, or the test is over
        except Exception as error:  # shown by `serve` at the end of the test
            self.failures.append(error)
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def stop(self) -> None:
        """Ends all scripts."""
        for task in self._tasks:
            task.cancel()
        while self._tasks:
            await asyncio.sleep(0)


@asynccontextmanager
async def serve(play: Play, tls: ssl.SSLContext | None = None, path: str | None = None) -> AsyncIterator[Server]:
    """Listens on a loopback port (or a Unix socket) and plays the script for everyone who comes."""
    server = Server()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.welcome(play, reader, writer)

    scheme: Any = "https" if tls else "http"
    if path is not None:
        listener: asyncio.AbstractServer = await asyncio.start_unix_server(welcome, path, ssl=tls)
        server.origin = Origin(scheme, "localhost", 80, path)
    else:
        listener = await asyncio.start_server(welcome, "127.0.0.1", 0, ssl=tls, backlog=1000)
        port = listener.sockets[0].getsockname()[1]
        server.origin = Origin(scheme, "localhost" if tls else "127.0.0.1", port)
    try:
        yield server
    finally:
        listener.close()
        await server.stop()
        await asyncio.sleep(0)
    assert not server.failures, server.failures


@asynccontextmanager
async def open_transport(**options: Any) -> AsyncIterator[Http1Transport]:
    """A transport that is closed at the end, come what may."""
    transport = Http1Transport(options.pop("clock", SystemClock()), **options)
    try:
        yield transport
    finally:
        await transport.aclose()


def make_request(
    origin: Origin,
    body: bytes = b"{}",
    headers: Headers | None = None,
    timeouts: Timeouts | None = None,
    method: bytes = b"POST",
) -> OutgoingRequest:
    """A small request."""
    return OutgoingRequest(
        origin, method, b"/v1/messages", headers or [(b"x-test", b"1")], body, timeouts or Timeouts(total=20.0)
    )


def make_server_context(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    """A server's side of TLS, with a certificate for that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    context.set_alpn_protocols(["http/1.1", "h2"])
    return context


def answering(*pieces: bytes) -> Play:
    """A script: to every request, say this."""

    async def play(peer: Peer) -> None:
        while True:
            await peer.read_request()
            await peer.say(*pieces)

    return play


def split_everywhere(data: bytes) -> list[tuple[bytes, bytes]]:
    """The data cut in two, at every place."""
    return [(data[:cut], data[cut:]) for cut in range(1, len(data))]


async def wait_until(is_true: Callable[[], bool]) -> None:
    """Lets the loop turn until it is so; the scenario's own timeout bounds it."""
    while not is_true():
        await asyncio.sleep(0)


def has_heard(transport: Http1Transport) -> bool:
    """Some connection of the transport has read a byte of the answer that it waits for."""
    parsers = [connection.parser for pool in transport._pools.values() for connection in pool.connections]
    return any(parser.stage != "idle" and not parser.is_silent for parser in parsers)


def is_resting(transport: Http1Transport) -> bool:
    """All connections of the transport are idle, and there are some."""
    pools = [pool for pool in transport._pools.values() if pool.connections]
    return bool(pools) and all(len(pool._idle) == len(pool.connections) for pool in pools)


def is_alive(transport: Http1Transport) -> bool:
    """Some connection of the transport is open."""
    return any(pool.connections for pool in transport._pools.values())
