"""Queues for a key: fair, bounded, and never left by accident."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.service.waiting import Ticket, WaitingRoom
from tests.unit.service.desk import run

LONG = 30.0


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_only_the_first_is_woken_by_a_release_and_the_next_when_it_leaves() -> None:
    async def scenario() -> list[str]:
        room = WaitingRoom()
        order: list[str] = []

        async def queue(name: str) -> None:
            ticket = room.take_ticket("r")
            await ticket.wait(LONG, LONG)
            order.append(name)
            ticket.leave()

        tasks = [asyncio.ensure_future(queue(name)) for name in "abc"]
        await settle()
        assert order == []
        room.note_release()
        await asyncio.gather(*tasks)
        assert (room.count, room.has_queue("r")) == (0, False)
        return order

    assert run(scenario()) == ["a", "b", "c"]


def test_the_first_looks_again_when_its_time_has_come_and_the_others_do_not() -> None:
    async def scenario() -> None:
        room = WaitingRoom()
        first, second = room.take_ticket("r"), room.take_ticket("r")
        waiting = asyncio.ensure_future(second.wait(0.0, LONG))
        await first.wait(0.0, LONG)
        await settle()
        assert not waiting.done()
        first.leave()
        await waiting
        second.leave()

    run(scenario())


def test_who_is_out_of_patience_leaves_wherever_it_stands() -> None:
    async def scenario() -> None:
        room = WaitingRoom()
        first, second, third = (room.take_ticket("r") for _ in range(3))
        await second.wait(LONG, 0.0)
        second.leave()
        waiting = asyncio.ensure_future(third.wait(LONG, LONG))
        await settle()
        assert not waiting.done()
        first.leave()
        await waiting
        third.leave()
        assert room.count == 0

    run(scenario())


def test_routes_have_queues_of_their_own_but_one_bound() -> None:
    async def scenario() -> DragomanError:
        room = WaitingRoom(queue_limit=2)
        one, other = room.take_ticket("r"), room.take_ticket("s")
        assert room.has_queue("r")
        assert not room.has_queue("t")
        with pytest.raises(DragomanError) as caught:
            room.take_ticket("t")
        assert not room.has_queue("t")
        tickets: list[Ticket] = [one, other]
        for ticket in tickets:
            ticket.leave()
        room.take_ticket("t").leave()
        return caught.value

    error = run(scenario())
    assert (error.kind, error.status, error.retry_after_seconds) == (Kind.OVERLOADED, 503, 1.0)
