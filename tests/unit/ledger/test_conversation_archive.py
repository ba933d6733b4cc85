"""Conversations beside the traffic: in order, without anybody waiting to hand something in, and gone when they are old."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.responses import ResponsesSettings
from dragoman.ledger import conversations as conversations_module
from dragoman.ledger import side_thread
from dragoman.ledger.conversation_archive import ConversationArchive
from dragoman.ledger.conversations import Conversation, ConversationStore, Item, Page

ON = ResponsesSettings(keep=True)
HELLO = Item("a", b'"Hello"')
DAY_SECONDS = 86_400


def in_archive(
    folder: Path,
    work: Callable[[ConversationArchive], Awaitable[None]],
    settings: ResponsesSettings = ON,
    clock: FixedClock | None = None,
) -> None:
    async def live() -> None:
        archive = ConversationArchive(ConversationStore(folder / "c.sqlite"), clock or FixedClock(), settings)
        try:
            await work(archive)
        finally:
            await archive.aclose()

    asyncio.run(live())


def test_what_was_handed_in_is_found_by_the_next_who_asks(tmp_path: Path) -> None:
    async def work(archive: ConversationArchive) -> None:
        opened = await archive.open("c", "ann", b"{}", [HELLO])
        assert opened == Conversation("c", "ann", 1_750_000_000_000)
        archive.record("c", "ann", [Item("b", b'"Hi"', "r")])
        assert await archive.read("c", "ann") == opened
        assert await archive.read_items("c", "ann") == [HELLO, Item("b", b'"Hi"')]
        assert await archive.read_items("c", "ann", "r") == [HELLO]
        assert await archive.read_page("c", "ann", Page(limit=1)) == [Item("b", b'"Hi"'), HELLO]
        assert await archive.read_item("c", "ann", "a") == HELLO
        assert await archive.change_metadata("c", "ann", b'{"x":"y"}') == opened._replace(metadata=b'{"x":"y"}')
        assert await archive.append("c", "ann", [HELLO]) is True
        assert await archive.remove_item("c", "ann", "a") is True
        assert await archive.remove("c", "ann") is True
        assert await archive.read("c", "ann") is None

    in_archive(tmp_path, work)


def test_a_response_that_does_not_fit_is_told_to_the_log_and_later_ones_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(conversations_module, "MAX_ITEMS", 2)

    async def work(archive: ConversationArchive) -> None:
        await archive.open("c", "ann", b"{}", [])
        archive.record("c", "ann", [HELLO, HELLO, HELLO])
        archive.record("c", "ann", [HELLO])
        assert await archive.read_items("c", "ann") == [HELLO]

    with caplog.at_level(logging.WARNING):
        in_archive(tmp_path, work)
    assert [record.message for record in caplog.records] == [
        "what was said in c is not kept: A conversation holds 2 items and 32 MiB at most; begin a new one."
    ]


def test_when_too_much_waits_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_thread, "MAX_WAITING_BYTES", 1)

    async def work(archive: ConversationArchive) -> None:
        assert (archive.has_room, archive.keeps) == (True, True)
        archive.record("c", "ann", [HELLO])
        assert archive.has_room is False
        assert repr(archive) == "<ConversationArchive on, 8 bytes wait>"

    in_archive(tmp_path, work)


@pytest.mark.parametrize(("days", "is_there"), [(1, False), (0, True)])
def test_what_is_old_is_forgotten_unless_nothing_is(tmp_path: Path, days: int, is_there: bool) -> None:
    clock = FixedClock()

    async def work(archive: ConversationArchive) -> None:
        await archive.open("c", "ann", b"{}", [])
        clock.advance(2 * DAY_SECONDS)
        tending = asyncio.create_task(archive.run())
        await asyncio.sleep(0)
        assert (await archive.read("c", "ann") is not None) is is_there
        tending.cancel()

    in_archive(tmp_path, work, ResponsesSettings(keep=True, days=days), clock)


def test_settings_can_be_changed(tmp_path: Path) -> None:
    async def work(archive: ConversationArchive) -> None:
        archive.change(ResponsesSettings(keep=False))
        assert archive.keeps is False

    in_archive(tmp_path, work)
