"""The application lives and dies with its server."""

from __future__ import annotations

import asyncio
from typing import Any

from dragoman.http.application import Application
from tests.unit.http.edge import make_data_plane


def test_companions_run_while_it_lives_and_everything_is_closed_at_the_end() -> None:
    story: list[str] = []

    async def companion() -> None:
        story.append("companion runs")
        try:
            await asyncio.Event().wait()
        finally:
            story.append("companion ends")

    async def close() -> None:
        story.append("closed")

    async def run() -> None:
        inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        async def send(message: dict[str, Any]) -> None:
            story.append(message["type"])
            if message["type"] == "lifespan.startup.complete":
                asyncio.get_running_loop().call_later(0.01, inbox.put_nowait, {"type": "lifespan.shutdown"})

        inbox.put_nowait({"type": "lifespan.startup"})
        await Application(make_data_plane()[0], (companion,), close)({"type": "lifespan"}, inbox.get, send)

    asyncio.run(run())
    assert story[:2] == ["lifespan.startup.complete", "companion runs"]
    assert set(story[2:4]) == {"companion ends", "closed"}
    assert story[4] == "lifespan.shutdown.complete"
