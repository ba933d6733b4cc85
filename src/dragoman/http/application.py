"""The ASGI application: the data plane, and what lives as long as the server does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dragoman.http.body import Receive
from dragoman.http.data_plane import DataPlane, Scope
from dragoman.http.sink import Send
from dragoman.service.background import Background

Work = Callable[[], Awaitable[None]]


class Application:
    """Answers HTTP through the data plane. `companions` run beside it; `close` is awaited at the end."""

    def __init__(self, data_plane: DataPlane, companions: tuple[Work, ...], close: Work) -> None:
        self.data_plane = data_plane
        self._companions = companions
        self._close = close
        self._background = Background()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.data_plane(scope, receive, send) if scope["type"] == "http" else self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message: dict[str, Any] = await receive()
            if message["type"] == "lifespan.startup":
                for companion in self._companions:
                    self._background.start(_as_coroutine(companion), "companion")
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await asyncio.gather(self._background.aclose(), self._close())
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _as_coroutine(work: Work) -> None:
    await work()
