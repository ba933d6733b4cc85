"""What waits for the end of the loop's round, and what does not."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.upstream.outbox import FULL_BYTES, Outbox


class Line(asyncio.Transport):
    """A transport that writes down what it is given, in a book that it shares with others."""

    def __init__(self, name: str, book: list[str], *, is_broken: bool = False) -> None:
        super().__init__()
        self.is_closed = False
        self._name = name
        self._book = book
        self._is_broken = is_broken

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_broken:
            raise OSError("no such line")
        self._book.append(f"{self._name} {bytes(data[:9]).decode()}")

    def is_closing(self) -> bool:
        return self.is_closed

    def abort(self) -> None:
        self.is_closed = True


def test_what_is_put_in_during_a_round_goes_out_at_its_end_in_that_order() -> None:
    book: list[str] = []

    async def round_after_round() -> None:
        outbox, first, second = Outbox(), Line("first", book), Line("second", book)
        for line, data in ((first, b"1"), (second, b"2"), (first, b"3")):
            outbox.put(line, data)
        assert book == []
        await asyncio.sleep(0)
        assert book == ["first 1", "second 2", "first 3"]
        outbox.put(second, b"4")
        await asyncio.sleep(0)

    asyncio.run(round_after_round())
    assert book[3:] == ["second 4"]


def test_who_cannot_wait_flushes_and_nothing_goes_out_twice() -> None:
    book: list[str] = []

    async def close_at_once() -> None:
        outbox, line = Outbox(), Line("line", book)
        outbox.put(line, b"last")
        outbox.flush()
        assert book == ["line last"]
        await asyncio.sleep(0)

    asyncio.run(close_at_once())
    assert book == ["line last"]


def test_so_much_does_not_wait_that_nobody_would_learn_of_a_reader_that_does_not_read() -> None:
    book: list[str] = []

    async def write_without_a_pause() -> None:
        outbox, line = Outbox(), Line("line", book)
        for _ in range(5):
            outbox.put(line, b"x" * (FULL_BYTES // 4))
        assert len(book) == 5

    asyncio.run(write_without_a_pause())


def test_a_closed_or_broken_connection_keeps_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    book: list[str] = []
    closed, broken, sound = Line("closed", book), Line("broken", book, is_broken=True), Line("sound", book)
    closed.abort()

    async def write() -> None:
        outbox = Outbox()
        for line in (closed, broken, sound):
            outbox.put(line, b"data")
        await asyncio.sleep(0)

    asyncio.run(write())
    assert book == ["sound data"]
    assert broken.is_closed
    assert "could not be written to" in caplog.text


def test_what_comes_first_is_done_before_anything_goes_out() -> None:
    book: list[str] = []

    async def write() -> None:
        outbox = Outbox(lambda: book.append("first"))
        outbox.put(Line("line", book), b"data")
        await asyncio.sleep(0)

    asyncio.run(write())
    assert book == ["first", "line data"]
