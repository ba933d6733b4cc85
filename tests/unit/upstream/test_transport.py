"""The contract, held to by the transport and by its scripted twin alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from dragoman.errors import DragomanError
from dragoman.upstream.failures import cut_off
from dragoman.upstream.scripted import Script, ScriptedTransport
from dragoman.upstream.transport import Origin, Transport
from tests.unit.upstream.wire_server import OK_HEAD, Peer, make_request, open_transport, serve

Stage = Callable[[], AbstractAsyncContextManager[tuple[Transport, Origin]]]
CHUNKED = OK_HEAD + b"x-kind: test\r\ntransfer-encoding: chunked\r\n\r\n"


@asynccontextmanager
async def over_sockets() -> AsyncIterator[tuple[Transport, Origin]]:
    """A provider that answers whole, then cut, then never to the end."""
    endings = iter([b"0\r\n\r\n", None, b""])

    async def play(peer: Peer) -> None:
        while True:
            await peer.read_request()
            ending = next(endings)
            await peer.say(CHUNKED, b"5\r\nhello\r\n")
            if ending is None:
                return
            await peer.say(ending)

    async with serve(play) as server, open_transport() as transport:
        yield transport, server.origin


@asynccontextmanager
async def over_scripts() -> AsyncIterator[tuple[Transport, Origin]]:
    """The same, scripted."""
    headers = [(b"x-kind", b"test"), (b"transfer-encoding", b"chunked")]
    endings = ((), (cut_off("body"),), (asyncio.Event(),))
    yield (
        ScriptedTransport([Script(200, headers, (b"hello", *ending)) for ending in endings]),
        Origin("http", "a.test", 80),
    )


@pytest.mark.parametrize("stage", [over_sockets, over_scripts])
def test_both_transports_keep_the_contract(stage: Stage) -> None:
    async def scenario() -> None:
        async with stage() as (transport, origin):
            whole = await transport.send(make_request(origin))
            assert (whole.status, whole.header(b"x-kind"), whole.header(b"x-none")) == (200, b"test", None)
            assert await whole.read_all(5) == b"hello"
            assert await whole.read_chunk() == b""
            whole.close()
            cut = await transport.send(make_request(origin))
            with pytest.raises(DragomanError, match="in the middle of its answer"):
                await cut.read_all(100)
            endless = await transport.send(make_request(origin))
            assert await endless.read_chunk() == b"hello"
            endless.mark_progress()
            endless.close()
            endless.close()
            with pytest.raises(DragomanError, match="closed before it was read"):
                await endless.read_chunk()
            await transport.aclose()
            with pytest.raises(DragomanError, match="shutting down"):
                await transport.send(make_request(origin))

    asyncio.run(scenario())
