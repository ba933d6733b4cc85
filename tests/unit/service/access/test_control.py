"""The store beside the traffic: what is changed counts, here at once and elsewhere soon."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from dragoman.ledger.control.records import AuditEntry, Holdings, TeamRecord
from dragoman.ledger.control.sqlite import SqliteControl
from dragoman.service.access.control import Control

ENTRY = AuditEntry(1, "boss", "a", "red")


class Applied:
    """A control over a file, and what it has told."""

    def __init__(self, path: Path) -> None:
        self.told: list[Holdings | None] = []
        self.control = Control(SqliteControl(path), self.told.append)

    @property
    def teams(self) -> list[str]:
        assert self.told[-1] is not None
        return [team.name for team in self.told[-1].teams]


def add_team(path: Path, name: str) -> None:
    store = SqliteControl(path)
    store.add_team(TeamRecord(name, 1), ENTRY)
    store.close()


def test_what_is_there_is_known_before_anything_is_served(tmp_path: Path) -> None:
    add_team(tmp_path / "c", "red")
    applied = Applied(tmp_path / "c")
    applied.control.load()
    assert applied.teams == ["red"]
    asyncio.run(applied.control.aclose())


def test_a_change_of_ones_own_counts_when_it_returns(tmp_path: Path) -> None:
    async def change() -> None:
        applied = Applied(tmp_path / "c")
        applied.control.load()
        await applied.control.change(lambda store: store.add_team(TeamRecord("red", 1), ENTRY))
        assert applied.teams == ["red"]
        await applied.control.look()
        assert len(applied.told) == 2
        await applied.control.aclose()

    asyncio.run(change())


def test_a_change_of_another_process_is_noticed_at_the_next_look(tmp_path: Path) -> None:
    async def change() -> None:
        applied = Applied(tmp_path / "c")
        applied.control.load()
        for name in ("blue", "red"):
            add_team(tmp_path / "c", name)
            await applied.control.look()
            assert name in applied.teams
        await applied.control.look()
        assert len(applied.told) == 3
        await applied.control.aclose()

    asyncio.run(change())


def test_a_file_that_cannot_be_read_at_the_start_is_told_once_and_read_when_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "c"
    path.write_bytes(b"no database" * 100)

    async def change() -> None:
        applied = Applied(path)
        applied.control.load()
        await applied.control.look()
        assert applied.told == [None, None]
        path.unlink()
        add_team(path, "red")
        await applied.control.look()
        assert applied.teams == ["red"]
        await applied.control.aclose()

    with caplog.at_level(logging.WARNING):
        asyncio.run(change())
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_a_file_that_breaks_later_leaves_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "c"
    add_team(path, "red")

    async def change() -> None:
        applied = Applied(path)
        applied.control.load()
        for leftover in tmp_path.glob("c*"):
            leftover.unlink()
        path.write_bytes(b"no database" * 100)
        await applied.control.look()
        assert len(applied.told) == 1
        await applied.control.aclose()

    asyncio.run(change())
