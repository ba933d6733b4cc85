"""A request that is sent again under its name is answered once and told twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.dialects.base import WireReply
from dragoman.errors import DragomanError, Kind
from dragoman.service.detours.idempotency import ENTRY_BYTES, KEEP_SECONDS, MAX_ANSWER_BYTES, Idempotency
from dragoman.service.exchange import Exchange, Inbound, ReplySink
from tests.unit.service.desk import RecordingSink, client_side

HEADERS = ((b"x-dragoman-exchange", b"ex_1"),)


class Works:
    """Something that answers, and counts how often it was asked."""

    def __init__(self, *answers: str, size: int = 10) -> None:
        self.asked = 0
        self.note: Callable[[Exchange], None] = lambda exchange: None
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self._answers = list(answers) or ["whole"]
        self._size = size

    async def answer(self, inbound: Inbound, sink: ReplySink) -> None:
        self.asked += 1
        answer = self._answers[min(self.asked, len(self._answers)) - 1]
        await self.may_go_on.wait()
        if answer == "raise":
            raise DragomanError(Kind.TIMEOUT, "late")
        if answer in {"whole", "refused"}:
            status = 200 if answer == "whole" else 503
            await sink.send_reply(WireReply(status, b"%d" % self.asked + b"x" * self._size), HEADERS)
            return
        await sink.start_stream(b"text/event-stream", HEADERS)
        await sink.send_chunk(b"data: %d\n\n" % self.asked)
        await sink.end_stream()
        error = DragomanError(Kind.UNAVAILABLE, "cut") if answer == "broken" else None
        self.note(Exchange("ex_1", "openai_chat", "ada", 0.0, error=error))


class Door:
    def __init__(self, works: Works, **settings: Any) -> None:
        self.clock = FixedClock()
        self.works = works
        self.idempotency = Idempotency(self.clock, **settings)
        works.note = self.idempotency.underway.note

    async def ask(self, name: str = "n", body: bytes = b"{}", **inbound: Any) -> RecordingSink:
        sink = RecordingSink()
        asked = Inbound(client_side("openai_chat"), body, **inbound)
        await self.idempotency.answer(name, self.works.answer, asked, sink)
        return sink


def visit(works: Works, story: Callable[[Door], Awaitable[None]], **settings: Any) -> None:
    async def run() -> None:
        await story(Door(works, **settings))

    asyncio.run(run())


def test_the_second_gets_the_first_ones_answer_and_is_told_so() -> None:
    async def story(door: Door) -> None:
        first, second = await door.ask(), await door.ask()
        assert (first.reply, door.works.asked) == (second.reply, 1)
        assert second.headers == first.headers | {b"x-dragoman-replayed": b"true"}

    visit(Works(), story)


def test_a_stream_is_told_again_too() -> None:
    async def story(door: Door) -> None:
        first, second = await door.ask(), await door.ask()
        assert b"".join(second.chunks) == b"".join(first.chunks) == b"data: 1\n\n"
        assert second.is_ended

    visit(Works("stream"), story)


@pytest.mark.parametrize("other", [{"body": b"[]"}, {"path_model": "m"}, {"strict": True}])
def test_another_request_under_the_same_name_is_refused(other: dict[str, Any]) -> None:
    async def story(door: Door) -> None:
        await door.ask()
        with pytest.raises(DragomanError) as caught:
            await door.ask(**other)
        assert (caught.value.status, caught.value.code) == (422, "idempotency_key_reused")
        assert door.works.asked == 1

    visit(Works(), story)


def test_names_are_those_of_one_caller() -> None:
    async def story(door: Door) -> None:
        first, other = await door.ask(principal="a"), await door.ask(principal="b")
        assert first.reply != other.reply
        assert b"x-dragoman-replayed" not in other.headers

    visit(Works(), story)


def test_those_who_come_meanwhile_wait_for_the_first() -> None:
    async def story(door: Door) -> None:
        door.works.may_go_on.clear()
        asking = [asyncio.ensure_future(door.ask()) for _ in range(20)]
        await asyncio.sleep(0)
        door.works.may_go_on.set()
        sinks = await asyncio.gather(*asking)
        assert door.works.asked == 1
        assert len({sink.reply.body for sink in sinks if sink.reply}) == 1

    visit(Works(), story)


def test_who_has_waited_long_enough_is_told_that_it_is_in_use() -> None:
    async def story(door: Door) -> None:
        door.works.may_go_on.clear()
        first = asyncio.ensure_future(door.ask())
        await asyncio.sleep(0)
        with pytest.raises(DragomanError) as caught:
            await door.ask()
        assert (caught.value.status, caught.value.code) == (409, "idempotency_key_in_use")
        door.works.may_go_on.set()
        await first

    visit(Works(), story, wait_seconds=0.0)


@pytest.mark.parametrize("bad", ["refused", "broken", "raise"])
def test_an_answer_that_went_wrong_is_not_kept(bad: str) -> None:
    async def story(door: Door) -> None:
        try:
            await door.ask()
        except DragomanError:
            assert bad == "raise"
        second = await door.ask()
        assert second.reply is not None
        assert second.reply.status == 200
        assert door.works.asked == 2
        assert door.idempotency.kept_bytes == ENTRY_BYTES + 11

    visit(Works(bad, "whole"), story)


def test_a_first_one_whose_client_left_makes_room_for_the_next() -> None:
    async def story(door: Door) -> None:
        door.works.may_go_on.clear()
        first, second = asyncio.ensure_future(door.ask()), asyncio.ensure_future(door.ask())
        await asyncio.sleep(0)
        first.cancel()
        door.works.may_go_on.set()
        assert (await second).reply is not None
        assert door.works.asked == 2

    visit(Works(), story)


def test_an_answer_is_kept_for_a_day() -> None:
    async def story(door: Door) -> None:
        await door.ask()
        door.clock.advance(KEEP_SECONDS - 1)
        await door.ask()
        assert door.works.asked == 1
        door.clock.advance(1)
        await door.ask()
        assert door.works.asked == 2
        assert door.idempotency.kept_bytes == ENTRY_BYTES + 11

    visit(Works(), story)


def test_what_is_kept_is_bounded_and_the_longest_unused_goes_first() -> None:
    async def story(door: Door) -> None:
        for name in ("a", "b", "a", "c"):
            await door.ask(name)
        assert door.works.asked == 3
        await door.ask("a")
        assert door.works.asked == 3
        await door.ask("b")
        assert door.works.asked == 4
        assert door.idempotency.kept_bytes <= 2 * (ENTRY_BYTES + 20)

    visit(Works(), story, max_bytes=2 * (ENTRY_BYTES + 20))


def test_an_answer_that_is_too_large_is_not_kept() -> None:
    async def story(door: Door) -> None:
        await door.ask()
        await door.ask()
        assert (door.works.asked, door.idempotency.kept_bytes) == (2, 0)

    visit(Works(size=MAX_ANSWER_BYTES), story)


@pytest.mark.parametrize("name", ["", "x" * 256, "a\x00b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    async def story(door: Door) -> None:
        with pytest.raises(DragomanError) as caught:
            await door.ask(name)
        assert caught.value.kind is Kind.INVALID_REQUEST

    visit(Works(), story)
