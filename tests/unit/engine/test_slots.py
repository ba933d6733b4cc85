"""The line in front of a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from dragoman.engine.slots import SlotLine
from dragoman.errors import DragomanError, Kind


def start(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.get_running_loop().create_task(work)


async def breathe() -> None:
    """Let everything that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_places_are_handed_out_in_the_order_in_which_they_are_asked_for() -> None:
    async def run() -> None:
        line = SlotLine("m", 2, 10)
        served: list[int] = []

        async def ask(number: int) -> None:
            await line.take(5.0)
            served.append(number)

        tasks = [start(ask(number)) for number in range(5)]
        await breathe()
        assert (served, line.taken, line.waiting) == ([0, 1], 2, 3)
        for _ in range(3):
            line.give_back()
            await breathe()
        assert served == [0, 1, 2, 3, 4]
        line.give_back()
        line.give_back()
        assert (line.taken, line.waiting) == (0, 0)
        await asyncio.gather(*tasks)

    asyncio.run(run())


def test_places_can_become_more_and_fewer() -> None:
    async def work() -> None:
        line = SlotLine("m", 1, 10)
        await line.take(1.0)
        waiting = [asyncio.ensure_future(line.take(1.0)) for _ in range(3)]
        await asyncio.sleep(0)
        line.resize(3, 10)
        await asyncio.sleep(0)
        assert [one.done() for one in waiting] == [True, True, False]
        line.resize(1, 0)
        with pytest.raises(DragomanError):
            await line.take(1.0)
        line.give_back()
        line.give_back()
        await asyncio.sleep(0)
        assert (line.taken, line.waiting) == (1, 1)
        line.give_back()
        await waiting[2]
        line.give_back()
        assert (line.taken, line.waiting) == (0, 0)

    asyncio.run(work())


def test_a_full_line_turns_away_at_once() -> None:
    async def run() -> None:
        line = SlotLine("m", 1, 1)
        await line.take(5.0)
        waiting = start(line.take(5.0))
        await breathe()
        with pytest.raises(DragomanError, match="1 requests wait") as caught:
            await line.take(5.0)
        assert caught.value.kind is Kind.OVERLOADED
        line.give_back()
        await waiting
        assert line.taken == 1

    asyncio.run(run())


def test_who_waits_too_long_is_told_so_and_leaves_the_line() -> None:
    async def run() -> None:
        line = SlotLine("m", 1, 5)
        await line.take(5.0)
        with pytest.raises(DragomanError, match="was busy for"):
            await line.take(0.01)
        assert line.waiting == 0
        line.give_back()
        assert line.taken == 0

    asyncio.run(run())


def test_who_is_cancelled_in_the_moment_of_getting_a_place_passes_it_on() -> None:
    async def run() -> None:
        line = SlotLine("m", 1, 5)
        await line.take(5.0)
        first, second = start(line.take(5.0)), start(line.take(5.0))
        await breathe()
        line.give_back()
        first.cancel()
        await breathe()
        assert first.cancelled()
        assert second.done()
        assert line.taken == 1
        line.give_back()
        assert line.taken == 0

    asyncio.run(run())


def test_a_cancelled_one_in_the_middle_is_skipped() -> None:
    async def run() -> None:
        line = SlotLine("m", 1, 5)
        await line.take(5.0)
        first, second = start(line.take(5.0)), start(line.take(5.0))
        await breathe()
        first.cancel()
        await breathe()
        assert line.waiting == 1
        line.give_back()
        await breathe()
        assert second.done()

    asyncio.run(run())
