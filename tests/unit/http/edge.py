"""The real server on a real port inside the test's own loop, before any ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from dragoman.clock import FixedClock
from dragoman.dialects.registry import DIALECTS
from dragoman.http.application import Application
from dragoman.http.data_plane import DataPlane, Limits
from dragoman.http.endpoints import EndpointTable
from dragoman.http.hosts import HostGuard
from dragoman.http.pages import PageTable
from dragoman.http.server import GatewayServer, ServerOptions, build_server
from dragoman.service.count_tokens import CountTokensService
from dragoman.service.generate import GenerateService
from dragoman.service.principals import Principals
from dragoman.upstream.scripted import ScriptedTransport, Scripts
from tests.unit.service.desk import make_provider, make_switchboard

OPTIONS = ServerOptions(port=0, head_seconds=0.2, drain_seconds=0.3)


def make_data_plane(
    scripts: Scripts = (), principals: Principals | None = None, limits: Limits | None = None
) -> tuple[DataPlane, ScriptedTransport]:
    """A data plane over a scripted transport."""
    transport = ScriptedTransport(scripts)
    board = make_switchboard(make_provider("a"))
    generate = GenerateService(transport, lambda: board, FixedClock(), lambda exchange: None)
    count = CountTokensService(transport, lambda: board, FixedClock())
    plane = DataPlane(
        EndpointTable(DIALECTS, {"generate": generate.generate, "count_tokens": count.count}),
        PageTable(DIALECTS, lambda: board, lambda: not plane.is_draining),
        principals or Principals({}),
        HostGuard([], [], any_host=False),
        limits or Limits(),
    )
    return plane, transport


@asynccontextmanager
async def running_server(
    application: Any, plane: DataPlane, **options: Any
) -> AsyncIterator[tuple[GatewayServer, int]]:
    """The server and its port; stopped at the end."""
    server = build_server(plane, application, msgspec.structs.replace(OPTIONS, **options))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    loop = asyncio.ensure_future(server.main_loop())
    try:
        yield server, server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await loop
        await server.shutdown()


async def speak(port: int, sent: bytes, *, close: bool = False) -> bytes:
    """Send bytes, read until the server closes or is silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    if close:
        writer.write_eof()
    heard = b""
    try:
        async with asyncio.timeout(60):
            while piece := await reader.read(65536):
                heard += piece
                if heard.endswith((b"0\r\n\r\n", b"}")) and b"\r\n\r\n" in heard:
                    break
    finally:
        writer.close()
    return heard


def post(path: str, body: bytes, *headers: str) -> bytes:
    """A whole request."""
    lines = [f"POST {path} HTTP/1.1", "host: localhost", f"content-length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def run_edge(scripts: Scripts, work: Callable[[int], Awaitable[Any]], **options: Any) -> Any:
    """Run `work` against a server over these scripts."""

    async def run() -> Any:
        plane, transport = make_data_plane(scripts)
        application = Application(plane, (), transport.aclose)
        async with running_server(application, plane, **options) as (_, port):
            return await work(port)

    return asyncio.run(run())
