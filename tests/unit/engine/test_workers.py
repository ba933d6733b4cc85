"""Which workers run, as the system tells it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from dragoman.engine.workers import list_workers
from tests.tiny_models import make_thinker, running_engine


def test_a_worker_that_runs_is_listed_by_its_model_and_its_gateway() -> None:
    async def scenario() -> None:
        async with running_engine(make_thinker("seen-from-outside")) as engine:
            (await engine.lease("seen-from-outside")).release(has_served=True)
            [worker] = [one for one in list_workers() if one.name == "seen-from-outside"]
            assert worker.gateway_pid == os.getpid()
            assert worker.resident_bytes > 1 << 20
        assert "seen-from-outside" not in [one.name for one in list_workers()]

    asyncio.run(scenario())


def test_processes_of_another_kind_and_those_that_have_just_ended_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "cmdline").write_bytes(b"python\0-m\0http.server\0")
    (tmp_path / "2").mkdir()
    (tmp_path / "self").mkdir()
    assert list_workers(tmp_path) == []
    assert list_workers(tmp_path / "nowhere") == []
