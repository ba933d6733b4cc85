"""A load balancer that closes connections on which it has heard nothing from behind it for a while, as most do after 60 s."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK_BYTES = 65_536


class ImpatientProxy:
    """Passes bytes both ways. `cut` counts the connections that it has closed for their silence."""

    def __init__(self, port_behind: int, patience_seconds: float) -> None:
        self.port = 0
        self.cut = 0
        self._port_behind = port_behind
        self._patience_seconds = patience_seconds
        self._is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self) -> None:
        asyncio.run(self._serve())

    def wait_until_up(self) -> None:
        assert self._is_up.wait(10)

    def stop(self) -> None:
        assert self._loop is not None
        assert self._over is not None
        self._loop.call_soon_threadsafe(self._over.set)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._is_up.set()
        async with server:
            await self._over.wait()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, to_behind = await asyncio.open_connection("127.0.0.1", self._port_behind)
        asking = asyncio.ensure_future(_pass(reader, to_behind))
        try:
            async with asyncio.timeout(None) as patience:
                while True:
                    patience.reschedule(asyncio.get_running_loop().time() + self._patience_seconds)
                    chunk = await behind.read(CHUNK_BYTES)
                    if not chunk:
                        break
                    writer.write(chunk)
                    await writer.drain()
        except TimeoutError:
            self.cut += 1
        except ConnectionError:
            pass  # the client has left
        finally:
            asking.cancel()
            writer.close()
            to_behind.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()


@contextmanager
def running_impatient_proxy(port_behind: int, patience_seconds: float) -> Iterator[ImpatientProxy]:
    """One in a thread of its own."""
    proxy = ImpatientProxy(port_behind, patience_seconds)
    thread = threading.Thread(target=proxy.run, name="impatient-proxy", daemon=True)
    thread.start()
    proxy.wait_until_up()
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join(10)
