"""A lock that lives as long as whoever holds it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dragoman.ledger import lock
from dragoman.ledger.lock import open_locked

HOLD = "import sys; from pathlib import Path; from dragoman.ledger.lock import open_locked;"
HOLD += "print(open_locked(Path(sys.argv[1]))); sys.stdout.flush(); sys.stdin.read()"


def test_a_lock_is_held_until_it_is_closed(tmp_path: Path) -> None:
    first = open_locked(tmp_path / "lock")
    assert first is not None
    assert open_locked(tmp_path / "lock") is None
    os.close(first)
    second = open_locked(tmp_path / "lock")
    assert second is not None
    os.close(second)


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit()
        assert open_locked(path) is None
        process.kill()
        process.wait()
    descriptor = open_locked(path)
    assert descriptor is not None
    os.close(descriptor)


def test_the_lock_of_a_file_that_was_removed_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    descriptor = open_locked(path)
    assert descriptor is not None
    path.unlink()
    assert not lock._is_same(descriptor, path)
    path.touch()
    assert not lock._is_same(descriptor, path)
    os.close(descriptor)
