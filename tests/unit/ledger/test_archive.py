"""Kept responses beside the traffic: in order, bounded, and without anybody waiting to hand one in."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.responses import ResponsesSettings
from dragoman.errors import DragomanError, Kind
from dragoman.ledger import responses as responses_module
from dragoman.ledger import side_thread
from dragoman.ledger.archive import Archive
from dragoman.ledger.responses import KeptResponse, ResponseStore

ON = ResponsesSettings(keep=True)
RESPONSE = KeptResponse("a", "ann", None, b"[]", b"{}")
DAY_SECONDS = 86_400


def make_archive(folder: Path, settings: ResponsesSettings = ON, clock: FixedClock | None = None) -> Archive:
    return Archive(ResponseStore(folder / "responses.sqlite"), clock or FixedClock(), settings)


def takes(archive: Archive) -> bool:
    return archive.has_room


def test_what_was_handed_in_is_found_by_the_next_who_asks(tmp_path: Path) -> None:
    async def run() -> None:
        archive = make_archive(tmp_path)
        archive.record(RESPONSE)
        assert await archive.read("a", "ann") == RESPONSE
        assert await archive.read_conversation("a", "ann") == [RESPONSE]
        assert await archive.remove("a", "ann") is True
        assert await archive.read("a", "ann") is None
        await archive.aclose()

    asyncio.run(run())


def test_nothing_that_was_handed_in_is_lost_at_the_end(tmp_path: Path) -> None:
    async def run() -> None:
        archive = make_archive(tmp_path)
        for number in range(50):
            archive.record(RESPONSE._replace(id=f"r{number}"))
        await archive.aclose()
        again = make_archive(tmp_path)
        assert await again.read("r49", "ann") is not None
        await again.aclose()

    asyncio.run(run())


def test_when_too_much_waits_no_more_is_promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_thread, "MAX_WAITING_BYTES", RESPONSE.size)

    async def run() -> None:
        archive = make_archive(tmp_path)
        assert takes(archive)
        archive.record(RESPONSE)
        assert not takes(archive)
        await archive.read("a", "ann")
        await asyncio.sleep(0)
        assert takes(archive)
        await archive.aclose()

    asyncio.run(run())


def test_settings_change_while_it_runs(tmp_path: Path) -> None:
    async def run() -> None:
        archive = make_archive(tmp_path, ResponsesSettings())
        assert not takes(archive)
        archive.change(ON)
        assert takes(archive)
        archive.record(RESPONSE)
        archive.change(ResponsesSettings())
        assert not takes(archive)
        assert await archive.read("a", "ann") == RESPONSE  # what is there can still be read, and removed
        await archive.aclose()

    asyncio.run(run())


@pytest.mark.parametrize(("days", "is_kept"), [(30, False), (31, True), (0, True)])
def test_what_nobody_continued_for_long_is_forgotten(tmp_path: Path, days: int, is_kept: bool) -> None:
    clock = FixedClock()

    async def run() -> None:
        archive = make_archive(tmp_path, ResponsesSettings(keep=True, days=days), clock)
        archive.record(RESPONSE)
        await archive.read("a", "ann")
        clock.advance(30.5 * DAY_SECONDS)
        task = asyncio.ensure_future(archive.run())
        await asyncio.sleep(0)  # it has asked for its first round now
        assert (await archive.read("a", "ann") is not None) is is_kept
        task.cancel()
        await archive.aclose()

    asyncio.run(run())


def test_a_refusal_is_handed_on_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses_module, "MAX_RECALLED_BYTES", 1)

    async def run() -> None:
        archive = make_archive(tmp_path)
        archive.record(RESPONSE)
        with pytest.raises(DragomanError) as refused:
            await archive.read_conversation("a", "ann")
        assert refused.value.kind is Kind.CONTEXT_LENGTH
        await archive.aclose()

    asyncio.run(run())


def test_trouble_is_told_once_and_its_end_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    blocked = tmp_path / "responses.sqlite"
    blocked.mkdir()

    async def run() -> None:
        archive = make_archive(tmp_path)
        for number in range(3):
            archive.record(RESPONSE._replace(id=f"r{number}"))
        with pytest.raises(DragomanError, match="its log says why") as failed:
            await archive.read("r0", "ann")
        assert str(tmp_path) not in str(failed.value)
        await asyncio.sleep(0)
        blocked.rmdir()
        archive.record(RESPONSE)
        await archive.read("a", "ann")
        await asyncio.sleep(0)
        await archive.aclose()

    asyncio.run(run())
    told = [record.getMessage().split(":")[0] for record in caplog.records]
    assert told == ["kept responses cannot be used", "kept responses can be used again"]
