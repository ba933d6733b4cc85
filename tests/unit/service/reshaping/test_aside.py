"""Somebody else's code harms nobody but itself."""

from __future__ import annotations

import asyncio
import threading

from dragoman.service.reshaping.aside import Aside, Outcome, attempt


def fail() -> int:
    raise SystemExit


def test_a_result_comes_back_from_another_thread() -> None:
    outcome = asyncio.run(Aside().run(threading.current_thread, 5.0))
    assert outcome.error is None
    assert outcome.result not in {None, threading.current_thread()}


def test_whatever_is_raised_is_a_value() -> None:
    assert isinstance(asyncio.run(Aside().run(fail, 5.0)).error, SystemExit)
    assert isinstance(attempt(fail).error, SystemExit)
    assert attempt(lambda: 1) == Outcome(1)


def test_who_takes_too_long_is_not_waited_for_and_the_loop_goes_on() -> None:
    release = threading.Event()

    async def run() -> None:
        turns = 0

        async def turn() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            turning = group.create_task(turn())
            outcome = await Aside().run(lambda: release.wait(10.0), 0.05)
            turning.cancel()
        assert isinstance(outcome.error, TimeoutError)
        assert turns > 10

    asyncio.run(run())
    release.set()


def test_no_more_threads_are_lost_than_allowed_and_places_come_back() -> None:
    release = threading.Event()

    async def run() -> None:
        aside = Aside(max_threads=1)
        lost = await aside.run(lambda: release.wait(10.0), 0.01)
        assert "longer than" in str(lost.error)
        refused = await aside.run(lambda: True, 5.0)
        assert "too many" in str(refused.error)
        release.set()
        while (outcome := await aside.run(lambda: True, 5.0)).error is not None:
            await asyncio.sleep(0)
        assert outcome.result is True

    asyncio.run(run())
