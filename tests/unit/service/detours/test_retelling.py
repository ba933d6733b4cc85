"""What was told once can be told again, if it was whole, short enough and came to a good end."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.dialects.base import WireReply
from dragoman.errors import DragomanError, Kind
from dragoman.service.detours.retelling import NotingSink, Told, Underway
from dragoman.service.exchange import Exchange
from tests.unit.service.desk import RecordingSink

HEADERS = ((b"x-dragoman-exchange", b"ex_1"), (b"x-dragoman-target", b"a/m"))
BESIDES = ((b"x-once", b"1"),)
LIMIT = 8


class Table:
    """One answer that is noted on its way."""

    def __init__(self) -> None:
        self.underway = Underway()
        self.inner = RecordingSink()
        self.noting: NotingSink = self.underway.open(self.inner, LIMIT, BESIDES)

    def stream(self, *chunks: bytes) -> Table:
        async def write() -> None:
            await self.noting.start_stream(b"text/event-stream", HEADERS)
            for chunk in chunks:
                await self.noting.send_chunk(chunk)
            await self.noting.end_stream()

        asyncio.run(write())
        return self

    def reply(self, body: bytes) -> Table:
        asyncio.run(self.noting.send_reply(WireReply(200, body), HEADERS))
        return self

    def settle(
        self, exchange_id: str = "ex_1", error: DragomanError | None = None, *, is_cancelled: bool = False
    ) -> None:
        exchange = Exchange(exchange_id, "openai_chat", "ann", 0.0, error=error, is_cancelled=is_cancelled)
        self.underway.note(exchange)


def tell(told: Told | None) -> RecordingSink:
    sink = RecordingSink()
    assert told is not None
    asyncio.run(told.tell(sink, told.headers))
    return sink


def test_a_whole_answer_is_noted_as_it_went_without_what_was_only_for_once() -> None:
    table = Table().reply(b"{}")
    assert table.inner.headers == dict(HEADERS + BESIDES)
    again = tell(table.noting.read())
    assert (again.reply, again.headers) == (table.inner.reply, dict(HEADERS))


def test_a_stream_is_told_again_as_one() -> None:
    table = Table().stream(b"one", b"two")
    told = table.noting.read()
    again = tell(told)
    assert told is not None
    assert (again.chunks, again.is_ended, again.announced, told.size) == ([b"onetwo"], True, (True, False), 6)


def test_what_is_too_long_passes_and_is_not_noted() -> None:
    stream, whole = Table().stream(b"x" * 5, b"y" * 5, b"z"), Table().reply(b"x" * (LIMIT + 1))
    assert stream.inner.chunks == [b"x" * 5, b"y" * 5, b"z"]
    assert whole.inner.reply is not None
    assert (stream.noting.read(), whole.noting.read()) == (None, None)


def test_where_there_was_no_answer_there_is_nothing_to_tell() -> None:
    assert Table().noting.read() is None


@pytest.mark.parametrize(
    ("exchange_id", "error", "is_cancelled", "is_served"),
    [
        ("ex_1", None, False, True),
        ("ex_2", None, False, False),
        ("ex_1", DragomanError(Kind.UNAVAILABLE, "cut"), False, False),
        ("ex_1", None, True, False),
    ],
)
def test_only_its_own_exchange_says_that_it_came_to_a_good_end(
    exchange_id: str, error: DragomanError | None, is_cancelled: bool, is_served: bool
) -> None:
    table = Table().stream(b"one")
    table.settle(exchange_id, error, is_cancelled=is_cancelled)
    assert table.noting.is_served is is_served


def test_who_is_no_longer_underway_is_told_nothing() -> None:
    table = Table().stream(b"one")
    table.underway.close(table.noting)
    table.settle()
    assert not table.noting.is_served
