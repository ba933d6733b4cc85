"""Uploads beside the traffic: written before anybody is told their name, and kept no longer than is granted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dragoman.clock import FixedClock
from dragoman.config.sections.uploads import UploadsSettings
from dragoman.ledger.shelf import DAY_MS, FOR_EVER_MS, Shelf
from dragoman.ledger.uploads import Upload, UploadStore

ON = UploadsSettings(keep=True, days=2)


def make_shelf(folder: Path, settings: UploadsSettings = ON, clock: FixedClock | None = None) -> Shelf:
    return Shelf(UploadStore(folder / "uploads.sqlite"), clock or FixedClock(), settings)


def make_upload(shelf: Shelf) -> Upload:
    return Upload("a", "file", "ann", shelf.now_ms, shelf.find_end(None), b"{}", b"words")


def test_what_was_recorded_is_there_for_its_owner_until_its_end(tmp_path: Path) -> None:
    async def run() -> None:
        clock = FixedClock()
        shelf = make_shelf(tmp_path, clock=clock)
        upload = make_upload(shelf)
        await shelf.record(upload)
        assert await shelf.read("a", "ann") == upload
        assert [one.id for one in await shelf.list_all("file", "ann")] == ["a"]
        longer = upload._replace(expires_ms=upload.expires_ms + DAY_MS)
        await shelf.change(longer)
        clock.advance(2.5 * DAY_MS / 1000)
        assert await shelf.read("a", "ann") == longer
        clock.advance(DAY_MS / 1000)
        assert await shelf.read("a", "ann") is None
        await shelf.aclose()

    asyncio.run(run())


def test_nobody_gets_more_time_than_the_operator_grants(tmp_path: Path) -> None:
    shelf = make_shelf(tmp_path)
    assert shelf.find_end(None) == shelf.now_ms + 2 * DAY_MS
    assert shelf.find_end(shelf.now_ms + 5) == shelf.now_ms + 5
    assert shelf.find_end(shelf.now_ms + 9 * DAY_MS) == shelf.now_ms + 2 * DAY_MS
    shelf.change_settings(UploadsSettings(keep=True, days=0))
    assert shelf.find_end(None) == FOR_EVER_MS


def test_what_was_kept_can_be_had_after_it_was_switched_off(tmp_path: Path) -> None:
    async def run() -> None:
        shelf = make_shelf(tmp_path)
        await shelf.record(make_upload(shelf))
        shelf.change_settings(UploadsSettings())
        assert (shelf.keeps, shelf.is_used) == (False, True)
        assert await shelf.read("a", "ann") is not None
        assert await shelf.remove("a", "ann") is True
        await shelf.aclose()

    assert make_shelf(tmp_path, UploadsSettings()).is_used is False
    asyncio.run(run())


def test_what_is_old_is_forgotten_without_being_asked(tmp_path: Path) -> None:
    async def run() -> None:
        clock = FixedClock()
        shelf = make_shelf(tmp_path, clock=clock)
        await shelf.record(make_upload(shelf))
        clock.advance(3 * DAY_MS / 1000)
        work = asyncio.create_task(shelf.run())
        await asyncio.sleep(0)  # it has handed its work in
        await shelf.list_all("file", "ann")  # behind the forgetting, on the same thread
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await shelf.aclose()
        assert not [path for path in tmp_path.iterdir() if b"words" in path.read_bytes()]

    asyncio.run(run())
