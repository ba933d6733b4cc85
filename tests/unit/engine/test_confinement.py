"""A process that has given up its rights does not get them back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from dragoman.engine.confinement import give_up_rights
give_up_rights(memory_bytes=1 << 29, cpu_seconds=1)
{deed}
print("done")
"""


def run(deed: str) -> tuple[int, str]:
    command = [sys.executable, "-P", "-c", PROGRAM.format(deed=deed)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_what_is_allowed_still_works() -> None:
    assert run("bytes(1 << 20)") == (0, "done\n")


@pytest.mark.parametrize(
    ("deed", "complaint"),
    [
        ("bytes(1 << 30)", "MemoryError"),
        ("open('{here}/a', 'wb', 0).write(b'a')", "File too large"),
        ("[open('/dev/null') for _ in range(100)]", "Too many open files"),
        ("import resource; resource.setrlimit(resource.RLIMIT_CPU, (9, 9))", "not allowed to raise"),
    ],
)
def test_what_is_given_up_is_gone(deed: str, complaint: str, tmp_path: Path) -> None:
    if "setrlimit" in deed:
        deed = "import os; os.setuid(65534) if os.getuid() == 0 else None; " + deed
    status, said = run(deed.replace("{here}", str(tmp_path)))
    assert status != 0
    assert complaint in said


def test_a_busy_process_is_ended() -> None:
    status, _ = run("while True: pass")
    assert status < 0
