"""Room on the disk, and checksums."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from dragoman.engine.disk import check_room, compute_sha256
from dragoman.errors import DragomanError


def test_a_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert compute_sha256(tmp_path / "x") == hashlib.sha256(b"abc").hexdigest()


def test_a_disk_that_is_too_full_is_told_with_both_figures(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match=r"has room for \d+ MiB, but 1099511627840 MiB are needed"):
        check_room(tmp_path, 1 << 60)


def test_a_folder_with_room_is_made(tmp_path: Path) -> None:
    check_room(tmp_path / "a" / "b", 1000)
    assert (tmp_path / "a" / "b").is_dir()
