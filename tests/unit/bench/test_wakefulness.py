"""The wish for processors that do not sleep."""

from __future__ import annotations

import os
from pathlib import Path

from bench.wakefulness import keep_awake, may_keep_awake


def test_the_wish_is_for_no_latency_at_all_and_stands_while_the_file_is_open(tmp_path: Path) -> None:
    wish = tmp_path / "latency"
    wish.touch()

    def is_open() -> bool:
        descriptors = Path("/proc/self/fd").iterdir()
        return any(os.path.realpath(descriptor) == str(wish) for descriptor in descriptors)

    with keep_awake(wish):
        assert wish.read_bytes() == bytes(4)
        assert is_open()
    assert not is_open()


def test_a_system_that_does_not_know_the_wish_is_measured_as_it_is(tmp_path: Path) -> None:
    wish = tmp_path / "nowhere"
    assert not may_keep_awake(wish)
    with keep_awake(wish):
        assert not wish.exists()
