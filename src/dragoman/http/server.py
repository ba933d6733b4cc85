"""Running the edge: sockets, signals, the sweep, and an orderly end.

On SIGTERM or SIGINT readiness flips and no new connection is taken; streams go on until `drain_seconds` are over, then
each open exchange is ended with its dialect's own error. A second signal ends them at once.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import socket
from types import FrameType
from typing import Any

import msgspec
import uvicorn

from dragoman.errors import DragomanError, Kind
from dragoman.http.data_plane import DataPlane
from dragoman.http.protocol import SWEEP_SECONDS, GatewayProtocol, sweep_connections
from dragoman.http.sink import tick_sinks
from dragoman.service.background import Background
from dragoman.upstream.outbox import Outbox

_log = logging.getLogger(__name__)

LAST_WORDS_SECONDS = 1.0  # after the drain's end, for the last error events to reach the clients
GRACE_SECONDS = 3.0  # after it uvicorn gives up whatever is left
TICK_SECONDS = 0.05


class ServerOptions(msgspec.Struct, frozen=True):
    """Where to listen and how long things may take."""

    host: str = "127.0.0.1"
    port: int = 8642
    head_seconds: float = 10.0
    heartbeat_seconds: float = 15.0
    slow_reader_seconds: float = 60.0
    drain_seconds: float = 30.0


class GatewayServer(uvicorn.Server):
    """uvicorn's server with our sweep beside it and our way of ending."""

    def __init__(self, config: uvicorn.Config, data_plane: DataPlane, options: ServerOptions) -> None:
        super().__init__(config)
        self._data_plane = data_plane
        self._options = options
        self._background = Background()
        self._is_hurried = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._background.start(self._sweep_forever(), "sweep")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._data_plane.is_draining = True
        self._background.start(self._end_exchanges_at_deadline(), "drain")
        await super().shutdown(sockets)
        await self._background.aclose()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # the name is uvicorn's
        del sig, frame
        self._data_plane.is_draining = True
        self._is_hurried = self.should_exit
        self.should_exit = True

    async def _sweep_forever(self) -> None:
        loop = asyncio.get_running_loop()
        options = self._options
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = loop.time()
            sweep_connections(self.server_state.connections, now)
            sinks = list(self._data_plane.sinks)
            for sink in tick_sinks(sinks, now, options.heartbeat_seconds, options.slow_reader_seconds):
                self._background.start(sink.beat(), "heartbeat")

    async def _end_exchanges_at_deadline(self) -> None:
        """Let them finish, then tell each, then let go of clients that do not listen. A second signal skips a step."""
        await self._wait_for_end(self._options.drain_seconds)
        self._is_hurried = False
        failure = DragomanError(Kind.OVERLOADED, "The gateway is shutting down.", blame="gateway")
        for sink in list(self._data_plane.sinks):
            sink.end_early(failure)
        await self._wait_for_end(LAST_WORDS_SECONDS)
        for connection in list(self.server_state.connections):
            connection.abort()  # type: ignore[union-attr]

    async def _wait_for_end(self, seconds: float) -> None:
        """Until nobody is being served any more, the time is over, or somebody is in a hurry."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while (self._data_plane.sinks or self.server_state.connections) and not self._is_hurried:
            if loop.time() >= deadline:
                return
            await asyncio.sleep(TICK_SECONDS)


def build_server(data_plane: DataPlane, application: Any, options: ServerOptions) -> GatewayServer:
    """A server for `application`, ready to run. Its protocol class carries the options that uvicorn has no place for."""
    options_of_ours = {
        "head_seconds": options.head_seconds,
        "application": data_plane,
        "outbox": Outbox(data_plane.end_round),
    }
    protocol = type("ConfiguredProtocol", (GatewayProtocol,), options_of_ours)
    config = uvicorn.Config(
        application,
        host=options.host,
        port=options.port,
        http=protocol,
        loop="uvloop" if _has_uvloop() else "asyncio",
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=4096,
        timeout_graceful_shutdown=int(options.drain_seconds + GRACE_SECONDS),
    )
    return GatewayServer(config, data_plane, options)


def _has_uvloop() -> bool:
    return importlib.util.find_spec("uvloop") is not None
