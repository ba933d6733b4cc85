"""Parts are joined in their order."""

from __future__ import annotations

import asyncio

from dragoman.bootstrap.part import Part, join_parts
from dragoman.config.schema import Settings


def test_settings_and_ends_reach_every_part_in_order() -> None:
    told: list[str] = []

    def build(name: str) -> Part:
        async def work() -> None:
            told.append(f"work {name}")

        async def close() -> None:
            told.append(f"close {name}")

        return Part((work,), lambda settings: told.append(f"apply {name}"), close)

    async def run() -> None:
        work, apply, close = join_parts([build("a"), Part(), build("b")])
        for one in work:
            await one()
        apply(Settings())
        await close()

    asyncio.run(run())
    assert told == ["work a", "work b", "apply a", "apply b", "close a", "close b"]
