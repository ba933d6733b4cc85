"""The whole application starts, answers, and ends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from dragoman.bootstrap.application import build_application
from dragoman.bootstrap.settings import read_settings
from tests.unit.bootstrap.configured import KEYS

HEALTH = {
    "type": "http",
    "method": "GET",
    "path": "/healthz",
    "query_string": b"",
    "http_version": "1.1",
    "headers": [(b"host", b"127.0.0.1")],
}


def test_it_lives_from_startup_to_shutdown_and_answers_in_between(tmp_path: Path) -> None:
    environment = KEYS | {"DRAGOMAN_DATA": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    said: list[str] = []
    statuses: list[int] = []

    async def run() -> None:
        application = build_application(read_settings(None, environment), environment, None)
        asked = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> dict[str, Any]:
            if said:
                await application(HEALTH, receive, send)
            return {"type": next(asked)}

        async def send(message: dict[str, Any]) -> None:
            if message["type"].startswith("lifespan"):
                said.append(message["type"])
            elif "status" in message:
                statuses.append(message["status"])

        await application({"type": "lifespan"}, receive, send)

    asyncio.run(run())
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert statuses == [200]
