"""The local models as a whole, with real workers of tiny models."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dragoman.clock import FixedClock
from dragoman.config.sections.local import LocalSettings
from dragoman.engine.models import LocalModel
from dragoman.engine.supervisor import Engine, is_installed, log_progress, measure_memory
from dragoman.errors import DragomanError, Kind
from tests.tiny_models import make_broken, make_thinker, running_engine


def run_with(
    work: Callable[[Engine], Awaitable[None]],
    *models: LocalModel,
    settings: LocalSettings | None = None,
    clock: FixedClock | None = None,
) -> None:
    async def run() -> None:
        async with running_engine(*models, settings=settings, clock=clock) as engine:
            await work(engine)

    asyncio.run(run())


def states(engine: Engine) -> dict[str, str]:
    return {name: station.state for name, station in engine._stations.items()}


def pid_of(engine: Engine, name: str) -> int:
    worker = engine._stations[name].worker
    assert worker is not None
    return worker.pid


def start(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.get_running_loop().create_task(work)


def test_a_worker_is_started_by_the_first_request_and_once_for_all_who_ask() -> None:
    async def work(engine: Engine) -> None:
        assert states(engine) == {"thinker": "stopped"}
        first, second = await asyncio.gather(engine.lease("thinker"), engine.lease("thinker"))
        assert states(engine) == {"thinker": "running"}
        assert first._worker is second._worker
        assert first.abilities.tools

    run_with(work, make_thinker())


def test_a_model_that_is_not_on_the_shelf_is_not_found() -> None:
    async def work(engine: Engine) -> None:
        with pytest.raises(DragomanError, match="thinker") as caught:
            await engine.lease("thinkr")
        assert caught.value.kind is Kind.NOT_FOUND

    run_with(work, make_thinker())


def test_a_worker_that_was_killed_is_started_again_at_once() -> None:
    async def work(engine: Engine) -> None:
        lease = await engine.lease("thinker")
        before = pid_of(engine, "thinker")
        os.kill(before, signal.SIGSEGV)
        await lease.note_cut()
        lease.release(has_served=False)
        again = await engine.lease("thinker")
        assert pid_of(engine, "thinker") != before
        again.release(has_served=True)

    run_with(work, make_thinker())


def test_a_model_that_cannot_be_loaded_fails_for_all_who_wait_and_rests(tmp_path: Path) -> None:
    async def work(engine: Engine) -> None:
        outcomes = await asyncio.gather(*(engine.lease("broken") for _ in range(2)), return_exceptions=True)
        assert all(isinstance(one, DragomanError) and one.status == 503 for one in outcomes)
        assert outcomes[0] is not outcomes[1]
        with pytest.raises(DragomanError, match="could not be loaded") as caught:
            await engine.lease("broken")
        assert caught.value.retry_after_seconds is not None
        assert engine._stations["broken"].line.taken == 0

    run_with(work, make_broken(tmp_path), clock=FixedClock())


def test_the_longest_unused_model_makes_way_and_a_busy_one_does_not() -> None:
    clock = FixedClock()

    async def work(engine: Engine) -> None:
        for name in ("a", "b"):
            (await engine.lease(name)).release(has_served=True)
            clock.advance(1.0)
        held = await engine.lease("c")
        assert states(engine) == {"a": "stopped", "b": "running", "c": "running"}
        other = await engine.lease("b")
        engine.restock(engine.shelf, msgspec.structs.replace(engine.settings, queue_seconds=0.05))
        with pytest.raises(DragomanError, match="had to wait") as caught:
            await engine.lease("a")
        assert caught.value.kind is Kind.OVERLOADED
        engine.restock(engine.shelf, msgspec.structs.replace(engine.settings, queue_seconds=60.0))
        held.release(has_served=True)
        clock.advance(1.0)
        other.release(has_served=True)
        await engine.lease("a")
        assert states(engine)["c"] == "stopped"

    run_with(work, *map(make_thinker, "abc"), settings=LocalSettings(memory_mib=250, threads=1), clock=clock)


def test_a_model_that_could_never_fit_is_refused_with_both_figures() -> None:
    async def work(engine: Engine) -> None:
        with pytest.raises(DragomanError, match=r"needs 300 MiB .* may have 250 MiB .* would fit: small\."):
            await engine.lease("big")

    run_with(work, make_thinker("big", 300), make_thinker("small"), settings=LocalSettings(memory_mib=250))


def test_who_is_not_asked_for_long_is_unloaded_unless_busy() -> None:
    clock = FixedClock()

    async def work(engine: Engine) -> None:
        lease = await engine.lease("thinker")
        clock.advance(1000.0)
        await engine.sweep()
        assert states(engine) == {"thinker": "running"}
        lease.release(has_served=True)
        await engine.sweep()
        assert states(engine) == {"thinker": "running"}
        clock.advance(901.0)
        await engine.sweep()
        assert states(engine) == {"thinker": "stopped"}

    run_with(work, make_thinker(), clock=clock)


def test_a_model_that_left_the_shelf_is_unloaded_and_can_come_back() -> None:
    async def work(engine: Engine) -> None:
        (await engine.lease("thinker")).release(has_served=True)
        engine.restock({}, LocalSettings())
        with pytest.raises(DragomanError):
            await engine.lease("thinker")
        await engine.sweep()
        assert states(engine) == {"thinker": "stopped"}
        engine.restock({"thinker": make_thinker()}, LocalSettings())
        await engine.lease("thinker")

    run_with(work, make_thinker())


def test_a_model_that_changed_is_loaded_anew_when_nobody_else_uses_it() -> None:
    async def work(engine: Engine) -> None:
        held = await engine.lease("thinker")
        before = pid_of(engine, "thinker")
        changed = msgspec.structs.replace(make_thinker(), context_tokens=512)
        engine.restock({"thinker": changed}, engine.settings)
        other = await engine.lease("thinker")
        assert pid_of(engine, "thinker") == before
        held.release(has_served=True)
        other.release(has_served=True)
        await engine.lease("thinker")
        assert pid_of(engine, "thinker") != before
        assert engine._stations["thinker"].loaded == engine._stations["thinker"].footing
        assert engine._stations["thinker"].model == changed

    run_with(work, make_thinker())


def test_who_needs_the_memory_of_a_busy_model_waits_for_it() -> None:
    async def work(engine: Engine) -> None:
        held = await engine.lease("a")
        waiting = start(engine.lease("b"))
        await asyncio.sleep(0)
        assert states(engine) == {"a": "running", "b": "starting"}
        held.release(has_served=True)
        (await waiting).release(has_served=True)
        assert states(engine) == {"a": "stopped", "b": "running"}

    run_with(work, *map(make_thinker, "ab"), settings=LocalSettings(memory_mib=150, threads=1))


def test_who_fits_does_not_wait_behind_who_does_not() -> None:
    async def work(engine: Engine) -> None:
        held = await engine.lease("a")
        waiting = start(engine.lease("b"))
        await asyncio.sleep(0)
        (await engine.lease("small")).release(has_served=True)
        assert states(engine) == {"a": "running", "b": "starting", "small": "running"}
        held.release(has_served=True)
        (await waiting).release(has_served=True)

    models = [*map(make_thinker, "ab"), make_thinker("small", 40)]
    run_with(work, *models, settings=LocalSettings(memory_mib=150, threads=1))


def test_models_that_are_started_together_get_the_memory_one_after_the_other() -> None:
    async def work(engine: Engine) -> None:
        async def ask(name: str) -> None:
            lease = await engine.lease(name)
            assert sum(state == "running" for state in states(engine).values()) == 1
            lease.release(has_served=True)

        await asyncio.gather(*map(ask, "abc"))

    run_with(work, *map(make_thinker, "abc"), settings=LocalSettings(memory_mib=150, threads=1))


def test_settings_that_changed_are_taken_up_by_running_models_when_nobody_else_uses_them() -> None:
    async def work(engine: Engine) -> None:
        held = await engine.lease("thinker")
        before = pid_of(engine, "thinker")
        engine.restock(engine.shelf, msgspec.structs.replace(engine.settings, slots=1, queue_limit=0))
        with pytest.raises(DragomanError, match="is busy"):
            await engine.lease("thinker")
        held.release(has_served=True)
        (await engine.lease("thinker")).release(has_served=True)
        assert pid_of(engine, "thinker") != before

    run_with(work, make_thinker())


def test_who_asks_while_a_worker_is_being_stopped_gets_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.engine.process.STOP_SECONDS", 0.5)

    async def work(engine: Engine) -> None:
        (await engine.lease("thinker")).release(has_served=True)
        before = pid_of(engine, "thinker")
        os.kill(before, signal.SIGSTOP)  # so that it takes its time to end
        stopping = start(engine._stations["thinker"].stop())
        await asyncio.sleep(0)
        await engine.lease("thinker")
        assert stopping.done()
        assert pid_of(engine, "thinker") != before
        assert Path(engine.place.socket_for("thinker")).is_socket()

    run_with(work, make_thinker())


def test_who_waits_for_a_slot_gets_one_and_too_many_do_not() -> None:
    settings = LocalSettings(slots=1, threads=1, queue_limit=1)

    async def work(engine: Engine) -> None:
        lease = await engine.lease("thinker")
        waiting = start(engine.lease("thinker"))
        await asyncio.sleep(0)
        with pytest.raises(DragomanError) as caught:
            await engine.lease("thinker")
        assert (caught.value.status, caught.value.retry_after_seconds) == (503, 5.0)
        lease.release(has_served=True)
        (await waiting).release(has_served=True)

    run_with(work, make_thinker(), settings=settings)


def test_a_request_that_gives_up_does_not_end_the_start_for_others() -> None:
    async def work(engine: Engine) -> None:
        impatient = start(engine.lease("thinker"))
        patient = start(engine.lease("thinker"))
        await asyncio.sleep(0)
        impatient.cancel()
        (await patient).release(has_served=True)
        assert engine._stations["thinker"].line.taken == 0

    run_with(work, make_thinker())


def test_a_start_that_takes_long_is_no_reason_to_wait_for_ever() -> None:
    async def work(engine: Engine) -> None:
        with pytest.raises(DragomanError, match="still being fetched or loaded") as caught:
            await engine.lease("thinker")
        assert caught.value.kind is Kind.OVERLOADED

    run_with(work, make_thinker(), settings=LocalSettings(start_seconds=0.001))


def test_preparing_loads_and_never_fails(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def work(engine: Engine) -> None:
        await engine.prepare("thinker")
        assert states(engine)["thinker"] == "running"
        await engine.prepare("broken")

    run_with(work, make_thinker(), make_broken(tmp_path))
    assert "the local model broken is not ready" in caplog.text


def test_all_workers_go_with_the_engine_and_none_comes_after() -> None:
    pids: list[int] = []
    engines: list[Engine] = []

    async def work(engine: Engine) -> None:
        (await engine.lease("thinker")).release(has_served=True)
        pids.append(pid_of(engine, "thinker"))
        await engine.aclose()
        with pytest.raises(DragomanError, match="shutting down"):
            await engine.lease("thinker")
        engines.append(engine)

    run_with(work, make_thinker())
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert "stopped" in repr(engines[0])


def test_a_fetch_is_told_at_each_tenth(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    tell = log_progress("m")
    for done in range(101):
        tell(done << 20, 100 << 20)
    assert len(caplog.records) == 11
    assert "fetching the local model m: 50 of 100 MiB" in caplog.text


def test_without_the_extra_a_request_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.engine.supervisor.is_installed", lambda: False)

    async def work(engine: Engine) -> None:
        with pytest.raises(DragomanError, match=r"pip install 'dragoman\[local\]'") as caught:
            await engine.lease("thinker")
        assert caught.value.status == 503

    run_with(work, make_thinker())


def test_the_gateway_itself_never_imports_the_native_library() -> None:
    code = "import dragoman.bootstrap.running, sys; sys.exit('xllamacpp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_this_machine_has_what_the_tests_need() -> None:
    assert is_installed()
    assert measure_memory() > 1 << 28
