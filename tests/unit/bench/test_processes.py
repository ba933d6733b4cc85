"""Children are pinned, kept apart from the caller's settings, waited for and ended."""

from __future__ import annotations

import os
import sys

import pytest

from bench.processes import (
    CORES,
    Children,
    MissingToolError,
    StartError,
    build_environment,
    find_free_port,
    find_program,
    is_listening,
    select_core,
)

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(15, signal.SIG_IGN); print('on', flush=True); signal.pause()",
]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_child_is_ended_whatever_happens_to_us() -> None:
    pids = []
    with pytest.raises(KeyboardInterrupt), Children() as children:
        pids = [children.start(name, SLEEPER, 0).pid for name in ("a", "b")]
        raise KeyboardInterrupt
    assert [is_alive(pid) for pid in pids] == [False, False]
    assert not children.folder.exists()


def test_a_child_that_ignores_being_asked_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.processes.STOP_SECONDS", 0.1)
    with Children() as children:
        child = children.start("stubborn", STUBBORN, 0)
        children.wait_for("stubborn", child, lambda: children.log_path("stubborn").read_text() == "on\n")
    assert child.returncode == -9


def test_a_child_runs_on_its_core() -> None:
    with Children() as children:
        child = children.start("sleeper", SLEEPER, 1)
        children.wait_for("sleeper", child, lambda: os.sched_getaffinity(child.pid) == {select_core(1)})


def test_a_server_that_ends_at_once_tells_what_it_said() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such file')"]
    with Children() as children, pytest.raises(StartError, match="ended with code 1: no such file"):
        children.start_server("server", command, find_free_port())


def test_a_child_sees_nothing_of_our_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    with Children() as children:
        environment = build_environment(children.folder, {"A": "1"})
        assert environment["HOME"] == str(children.folder)
    assert "OPENAI_API_KEY" not in environment
    assert environment["A"] == "1"


def test_a_machine_with_too_few_cores_uses_its_last() -> None:
    assert select_core(0) == CORES[0]
    assert select_core(99) == CORES[-1]


def test_a_free_port_has_no_listener() -> None:
    assert not is_listening(find_free_port())


def test_a_missing_program_says_how_to_get_it() -> None:
    with pytest.raises(MissingToolError, match="apt-get install"):
        find_program("no-such-program-anywhere")
