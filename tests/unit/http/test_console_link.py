"""A link that the command line leaves for the gateway."""

from __future__ import annotations

import os
from pathlib import Path

from dragoman.http.console_link import FILE_NAME, GOOD_SECONDS, LinkFile, leave_link


def test_a_token_that_was_left_is_good_once(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    leave_link(folder, b"digest")
    path = folder / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    now = path.stat().st_mtime
    link = LinkFile(folder)
    assert not link.take(b"another", now)
    assert link.take(b"digest", now)
    assert not link.take(b"digest", now)
    assert not path.exists()


def test_a_later_token_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    leave_link(tmp_path, b"first")
    leave_link(tmp_path, b"second")
    now = (tmp_path / FILE_NAME).stat().st_mtime
    assert not LinkFile(tmp_path).take(b"first", now)
    assert LinkFile(tmp_path).take(b"second", now)


def test_an_old_token_is_worth_nothing(tmp_path: Path) -> None:
    leave_link(tmp_path, b"digest")
    os.utime(tmp_path / FILE_NAME, (1000, 1000))
    assert not LinkFile(tmp_path).take(b"digest", 1000 + GOOD_SECONDS + 1)
    assert not LinkFile(tmp_path / "nowhere").take(b"digest", 0)
