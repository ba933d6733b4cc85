"""Memory is held in a process of its own each time, for what is set cannot be taken back."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

LARGE_BODIES = """
import resource
from dragoman.bootstrap.memory import hold_freed_memory

def count_pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def take_bodies():
    before = count_pages()
    for _ in range(500):
        bodies = [bytes(100_000) for _ in range(5)]
        del bodies
    return count_pages() - before

print(take_bodies(), hold_freed_memory(), take_bodies())
"""


def run(program: str) -> list[str]:
    """The words that a program prints."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_the_collector_leaves_alone_what_was_there_at_the_start() -> None:
    told = run(
        "import gc; from dragoman.bootstrap.memory import rest_collector as rest; rest(); print(gc.get_freeze_count())"
    )
    assert int(told[0]) > 5_000


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have their own ways")
def test_what_a_large_body_has_left_is_used_for_the_next_one() -> None:
    pages_before, is_held, pages_after = run(LARGE_BODIES)
    assert is_held == "True"
    assert int(pages_after) < 2_000 < int(pages_before)
