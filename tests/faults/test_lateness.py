"""The judge of lateness: it counts what the machine was busy with, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults.lateness import GRACE_SECONDS, HAS_COUNTS, Watch

pytestmark = pytest.mark.skipif(not HAS_COUNTS, reason="nobody counts here for how long a process waits")


def watch_process(pid: int) -> Watch:
    gateway: Any = SimpleNamespace(process=SimpleNamespace(pid=pid))
    return Watch(gateway)


def test_work_may_make_late_and_sleep_may_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as idle:
        with watch_process(idle.pid) as watch:
            begun = time.process_time()
            while time.process_time() - begun < 0.2:
                pass
        assert watch.most_late >= GRACE_SECONDS + 0.19
        with watch_process(idle.pid) as sleeping:
            assert not threading.Event().wait(2.5 * GRACE_SECONDS)
        idle.communicate(b"\n")
    assert sleeping.passed > sleeping.most_late
    assert sleeping.is_due(sleeping.passed, sleeping.passed)
    assert not sleeping.is_due(sleeping.passed, 0.1)
    assert not sleeping.is_due(sleeping.passed * 0.8, sleeping.passed)


def test_a_process_that_ends_takes_nothing_with_it() -> None:
    code = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        busy.stdout.readline()
        with watch_process(busy.pid) as watch:
            busy.communicate(b"\n")
    assert watch.most_late >= GRACE_SECONDS
    assert os.getpid() in watch._before
