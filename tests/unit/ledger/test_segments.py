"""A file that is used again is as good as a new one."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from dragoman.ledger import segments as segments_module
from dragoman.ledger.segments import KEPT, Segments, allocate

SIZE = 100_000


def list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fill(segments: Segments, number: int) -> None:
    mapped = segments.open(number)
    mapped[:] = b"x" * SIZE
    segments.keep(number, mapped)


def test_a_new_one_has_its_whole_size_and_is_nobody_elses(tmp_path: Path) -> None:
    segments = Segments(tmp_path, SIZE)
    segments.open(7)[0:3] = b"abc"
    path = segments.locate(7)
    assert (list_names(tmp_path), stat.S_IMODE(path.stat().st_mode)) == (["00000007.journal"], 0o600)
    assert path.read_bytes() == b"abc" + bytes(SIZE - 3)


def test_one_that_nobody_needs_becomes_another_full_of_zeros(tmp_path: Path) -> None:
    segments = Segments(tmp_path, SIZE)
    fill(segments, 1)
    before = segments.locate(1).stat().st_ino
    segments.give_back(1)
    assert segments.locate(1).read_bytes() == bytes(SIZE)
    mapped = segments.open(2)
    path = segments.locate(2)
    assert (list_names(tmp_path), path.stat().st_ino) == ([path.name], before)
    assert path.read_bytes() == bytes(SIZE)
    mapped[SIZE - 4 :] = b"last"
    assert path.read_bytes().endswith(b"\0last")


def test_only_a_few_are_kept(tmp_path: Path) -> None:
    segments = Segments(tmp_path, SIZE)
    for number in range(KEPT + 2):
        fill(segments, number)
    for number in range(KEPT + 2):
        segments.give_back(number)
    assert len(list_names(tmp_path)) == KEPT
    segments.close()
    assert list_names(tmp_path) == []


def test_one_that_somebody_has_removed_is_not_used_again(tmp_path: Path) -> None:
    segments = Segments(tmp_path, SIZE)
    for number in (1, 2):
        fill(segments, number)
    for number in (1, 2):
        segments.give_back(number)
        segments.locate(number).unlink()
    segments.open(3)[0:3] = b"abc"
    assert segments.locate(3).read_bytes() == b"abc" + bytes(SIZE - 3)


def test_what_is_still_full_stays_when_all_is_let_go(tmp_path: Path) -> None:
    segments = Segments(tmp_path, SIZE)
    fill(segments, 1)
    fill(segments, 2)
    segments.give_back(2)
    segments.close()
    assert list_names(tmp_path) == ["00000001.journal"]
    assert segments.locate(1).read_bytes() == b"x" * SIZE


def test_where_there_is_no_room_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(segments_module, "allocate", refuse)
    with pytest.raises(OSError, match="No space"):
        Segments(tmp_path, SIZE).open(1)
    assert list_names(tmp_path) == []


def test_where_blocks_cannot_be_asked_for_they_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    path = tmp_path / "segment"
    with path.open("wb") as file:
        allocate(file.fileno(), 5000)
    assert path.read_bytes() == bytes(5000)
