"""A worker as a child process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path

import pytest

from dragoman.engine.process import clear_place, read_tail, select_environment, start_worker
from dragoman.engine.spec import WorkerSpec
from dragoman.errors import DragomanError
from tests.tiny_models import ENVIRONMENT, SEER, SEER_EYE, THINKER, make_broken


def make_spec(folder: Path, model: Path = THINKER, **changes: object) -> WorkerSpec:
    spec = {"name": "m", "model_path": str(model), "socket_path": str(folder / "m.sock"), "api_key": "k"}
    return WorkerSpec(**{**spec, "parent_pid": os.getpid(), "context_tokens": 512, **changes})  # type: ignore[arg-type]


def test_a_worker_says_what_its_model_can_take_and_ends_when_told(tmp_path: Path) -> None:
    async def run() -> None:
        worker = await start_worker(make_spec(tmp_path), ENVIRONMENT, 20.0)
        assert worker.is_alive
        assert (worker.abilities.tools, worker.abilities.images) == (True, False)
        assert (tmp_path / "m.sock").is_socket()
        await worker.stop()
        assert "ended with 0" in repr(worker)

    asyncio.run(run())


def test_a_model_with_a_projector_sees(tmp_path: Path) -> None:
    async def run() -> None:
        spec = make_spec(tmp_path, SEER, mmproj_path=str(SEER_EYE))
        worker = await start_worker(spec, ENVIRONMENT, 20.0)
        assert worker.abilities.images
        await worker.stop()

    asyncio.run(run())


def test_a_file_that_cannot_be_loaded_is_told_and_its_last_words_are_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    spec = make_spec(tmp_path, Path(make_broken(tmp_path).file))
    with pytest.raises(DragomanError, match="could not be loaded"):
        asyncio.run(start_worker(spec, ENVIRONMENT, 20.0))
    assert "the worker of m ended with" in caplog.text


def test_a_worker_that_is_not_ready_in_time_is_ended(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match=r"not loaded within 0\.001 s"):
        asyncio.run(start_worker(make_spec(tmp_path), ENVIRONMENT, 0.001))


def test_a_worker_whose_parent_is_another_gives_up(tmp_path: Path) -> None:
    with pytest.raises(DragomanError, match="could not be loaded"):
        asyncio.run(start_worker(make_spec(tmp_path, parent_pid=1), ENVIRONMENT, 20.0))


def test_the_news_of_a_death_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    async def run() -> None:
        worker = await start_worker(make_spec(tmp_path), ENVIRONMENT, 20.0)
        os.kill(worker.pid, signal.SIGSEGV)
        await worker.settle()
        assert not worker.is_alive
        await worker.stop()

    asyncio.run(run())
    assert f"ended with {-signal.SIGSEGV}" in caplog.text


def test_a_worker_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.engine.process.STOP_SECONDS", 0.05)

    async def run() -> None:
        worker = await start_worker(make_spec(tmp_path), ENVIRONMENT, 20.0)
        os.kill(worker.pid, signal.SIGSTOP)
        await worker.stop()
        assert f"ended with {-signal.SIGKILL}" in repr(worker)

    asyncio.run(run())


def test_a_worker_is_nice_and_quiet_and_gets_no_key_of_a_provider(tmp_path: Path) -> None:
    async def run() -> None:
        environment = {**ENVIRONMENT, "OPENAI_API_KEY": "sk-of-a-provider"}
        worker = await start_worker(make_spec(tmp_path, nice=7), environment, 20.0)
        given = Path(f"/proc/{worker.pid}/environ").read_bytes()
        assert b"sk-of-a-provider" not in given
        assert b"GOMP_SPINCOUNT=0" in given
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) >= 7
        assert b"api_key" not in Path(f"/proc/{worker.pid}/cmdline").read_bytes()
        await worker.stop()

    asyncio.run(run())


def test_variables_are_passed_by_pattern() -> None:
    passed = select_environment({"PATH": "/bin", "LC_ALL": "C", "DRAGOMAN_API_KEY": "k"}, ("PATH", "LC_*"))
    assert passed == {"PATH": "/bin", "LC_ALL": "C"}


def test_only_the_end_of_a_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "m.log"
    assert read_tail(log) == ""
    log.write_bytes(b"x" * 10_000 + b" last words\n")
    tail = read_tail(log)
    assert tail.endswith("last words")
    assert len(tail) <= 2000


def test_the_socket_of_the_one_before_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "m.sock").touch()
    assert clear_place(tmp_path / "m.sock") == tmp_path / "m.log"
    assert not (tmp_path / "m.sock").exists()
