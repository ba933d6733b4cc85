"""One thread for a file: in order, bounded, and its troubles told once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger import side_thread
from dragoman.ledger.side_thread import SideThread
from dragoman.ledger.store import store_unavailable


def fail() -> None:
    raise store_unavailable("no file")


def test_work_is_done_in_the_order_in_which_it_was_handed_in() -> None:
    done: list[int] = []

    async def run() -> None:
        thread = SideThread("side", "words")
        for number in range(50):
            thread.hand_in(lambda number=number: done.append(number), 1)  # type: ignore[misc]
        assert await thread.ask(lambda: len(done)) == 50
        await thread.aclose(lambda: None)

    asyncio.run(run())
    assert done == list(range(50))


def test_there_is_room_for_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_thread, "MAX_WAITING_BYTES", 10)

    async def run() -> None:
        thread, gate = SideThread("side", "words"), threading.Event()

        def wait() -> None:
            gate.wait(10)

        rooms = [thread.has_room]
        thread.hand_in(wait, 10)
        rooms.append(thread.has_room)
        gate.set()
        await thread.see_to(lambda: None)
        await asyncio.sleep(0)
        rooms.append(thread.has_room)
        assert rooms == [True, False, True]
        await thread.aclose(lambda: None)

    asyncio.run(run())


def test_what_is_wrong_is_told_once_to_the_log_and_without_the_file_to_the_caller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run() -> None:
        thread = SideThread("side", "words")
        for _ in range(2):
            with pytest.raises(DragomanError, match="cannot get at the words") as caught:
                await thread.ask(fail)
            assert caught.value.kind is Kind.UNAVAILABLE
        await thread.see_to(fail)
        await thread.see_to(lambda: None)
        await thread.aclose(lambda: None)

    asyncio.run(run())
    assert [record.getMessage() for record in caplog.records] == [
        "words cannot be used: no file",
        "words can be used again",
    ]


def test_it_is_tended_again_and_again_even_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_thread, "TEND_SECONDS", 0.0)

    async def run() -> None:
        thread, times, enough = SideThread("side", "words"), 0, threading.Event()

        def work() -> None:
            nonlocal times
            times += 1
            if times == 3:
                enough.set()
            fail()

        tending = asyncio.ensure_future(thread.tend(work))
        assert await asyncio.to_thread(enough.wait, 10)
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        await thread.aclose(lambda: None)

    asyncio.run(run())
