"""What is particular to the control store in a file; the rest is in tests/contract."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import AuditEntry, TeamRecord
from dragoman.ledger.control.sqlite import ControlFile, SqliteControl

ENTRY = AuditEntry(1, "boss", "a", "red")


def test_reading_makes_no_file_and_writing_makes_one_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "control.sqlite"
    store = SqliteControl(path)
    assert store.read_version() is None
    store.read_holdings()
    assert not path.exists()
    store.add_team(TeamRecord("red", 1), ENTRY)
    assert path.stat().st_mode & 0o777 == 0o600
    store.close()


def test_what_another_process_changes_shows_in_the_version(tmp_path: Path) -> None:
    ours, theirs = SqliteControl(tmp_path / "c"), SqliteControl(tmp_path / "c")
    before = ours.read_version()
    theirs.add_team(TeamRecord("red", 1), ENTRY)
    after = ours.read_version()
    assert after != before
    assert ours.read_version() == after
    theirs.change_team(TeamRecord("red", 2), ENTRY)
    assert ours.read_version() != after
    assert ours.read_holdings().teams == (TeamRecord("red", 2),)
    ours.close()
    theirs.close()


def test_a_file_that_was_put_in_the_others_place_is_followed(tmp_path: Path) -> None:
    store = SqliteControl(tmp_path / "c")
    store.add_team(TeamRecord("red", 1), ENTRY)
    store.close()
    shutil.copy(tmp_path / "c", tmp_path / "backup")
    store.add_team(TeamRecord("blue", 1), ENTRY)
    before = store.read_version()
    for leftover in tmp_path.glob("c-*"):
        leftover.unlink()
    (tmp_path / "backup").rename(tmp_path / "c")
    assert store.read_version() != before
    assert [team.name for team in store.read_holdings().teams] == ["red"]
    store.close()


@pytest.mark.parametrize("content", [b"this is no database at all, but words" * 50])
def test_a_spoilt_file_is_told_and_forgiven_once_it_is_mended(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_bytes(content)
    store = SqliteControl(path)
    with pytest.raises(DragomanError) as caught:
        store.read_holdings()
    assert caught.value.kind is Kind.UNAVAILABLE
    path.unlink()
    store.add_team(TeamRecord("red", 1), ENTRY)
    assert len(store.read_holdings().teams) == 1
    store.close()


def test_a_record_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    store = SqliteControl(tmp_path / "c")
    store.add_team(TeamRecord("red", 1), ENTRY)
    with ControlFile(tmp_path / "c", "keys").use() as connection:
        assert connection is not None
        connection.execute("UPDATE teams SET record = '[]'")
        connection.close()
    with pytest.raises(DragomanError) as caught:
        store.read_holdings()
    assert caught.value.kind is Kind.UNAVAILABLE
    store.close()
