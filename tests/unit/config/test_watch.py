"""Has the file changed?"""

from __future__ import annotations

import os
from pathlib import Path

from dragoman.config.watch import compare, is_changed, look_at


def test_a_file_with_the_same_signs_is_not_read_again() -> None:
    reads = []

    def read() -> bytes:
        reads.append(1)
        return b"text"

    first = compare(None, (1, 2), read)
    assert compare(first, (1, 2), read) is first
    assert len(reads) == 1
    assert compare(first, (1, 3), read) is not first
    assert len(reads) == 2


def test_only_another_content_is_a_change() -> None:
    first = compare(None, (1,), lambda: b"a")
    assert not is_changed(first, compare(first, (2,), lambda: b"a"))
    assert is_changed(first, compare(first, (3,), lambda: b"b"))


def test_a_file_that_appears_is_a_change_and_one_that_is_gone_is_not() -> None:
    seen = compare(None, (1,), lambda: b"a")
    assert is_changed(None, seen)
    assert not is_changed(seen, None)
    assert not is_changed(None, None)


def test_a_real_file_is_seen_to_change(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    assert look_at(path, None) is None
    path.write_text("a: 1")
    first = look_at(path, None)
    assert first is not None
    assert look_at(path, first) is first
    os.utime(path, (1, 1))
    touched = look_at(path, first)
    assert touched is not first
    assert not is_changed(first, touched)
    path.write_text("a: 2")
    assert is_changed(touched, look_at(path, touched))


def test_a_file_that_is_replaced_is_seen_even_with_the_same_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1")
    os.utime(path, (1, 1))
    first = look_at(path, None)
    other = tmp_path / "y.yaml"
    other.write_text("a: 2")
    os.utime(other, (1, 1))
    other.replace(path)
    assert is_changed(first, look_at(path, first))
