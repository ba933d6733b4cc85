"""One worker as a child process: started, known to be ready or dead, stopped.

Its environment is an allow-list (no key of a provider gets there) with the settings that keep OpenMP from spinning,
which must be there before the native library is loaded. It has a session of its own, so that Ctrl-C in a terminal
reaches the gateway alone, which then lets running answers end.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

from dragoman.engine.failures import unavailable
from dragoman.engine.spec import Abilities, WorkerSpec, decode_abilities, encode_line
from dragoman.errors import DragomanError

_log = logging.getLogger(__name__)

STOP_SECONDS = 2.0
SETTLE_SECONDS = 0.25
LOG_TAIL_BYTES = 2000

PASSED_VARIABLES = (
    "PATH", "HOME", "LANG", "LC_*", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_*", "PYTHONPATH", "VIRTUAL_ENV", "CUDA_*",
    "GGML_*", "HIP_*", "ROCR_*", "VK_*", "SYSTEMROOT",
)  # fmt: skip
QUIET_THREADS = {"GOMP_SPINCOUNT": "0", "OMP_WAIT_POLICY": "passive", "PYTHONUNBUFFERED": "1"}


def select_environment(environment: Mapping[str, str], passed: tuple[str, ...]) -> dict[str, str]:
    """The variables that fit one of the patterns."""
    return {
        name: value
        for name, value in environment.items()
        if any(fnmatchcase(name.upper(), pattern) for pattern in passed)
    }


class WorkerProcess:
    """A worker that has said that it is ready. It may die at any moment; `is_alive` tells."""

    __slots__ = ("_log_path", "_process", "abilities", "name")

    def __init__(self, name: str, process: Process, log_path: Path) -> None:
        self.name = name
        self.abilities = Abilities()
        self._process = process
        self._log_path = log_path

    def __repr__(self) -> str:
        state = "alive" if self.is_alive else f"ended with {self._process.returncode}"
        return f"<WorkerProcess {self.name} {self.pid}: {state}>"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def settle(self) -> None:
        """A connection to it was cut: give the news of its death, if that is why, a moment to arrive."""
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            return
        self.log_death()

    async def stop(self) -> None:
        """End it: by the end of its input, and by force if that does not do."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def log_death(self) -> None:
        """Say what the native library said last."""
        words = read_tail(self._log_path)
        _log.warning("the worker of %s ended with %s: %s", self.name, self._process.returncode, words or "no words")


async def start_worker(spec: WorkerSpec, environment: Mapping[str, str], load_seconds: float) -> WorkerProcess:
    """Start a worker and wait until it can answer; raises if it cannot, and leaves no process behind then."""
    log_path = clear_place(Path(spec.socket_path))
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "dragoman.engine.worker", spec.name,
            stdin=PIPE, stdout=PIPE, stderr=log, start_new_session=True,
            env={**select_environment(environment, PASSED_VARIABLES), **QUIET_THREADS},
        )  # fmt: skip
    worker = WorkerProcess(spec.name, process, log_path)
    try:
        async with asyncio.timeout(load_seconds):
            worker.abilities = decode_abilities(await _greet(process, spec))
    except TimeoutError:
        await worker.kill()
        raise unavailable(f"The local model {spec.name!r} was not loaded within {load_seconds:g} s.") from None
    except DragomanError:
        await worker.kill()
        worker.log_death()
        raise
    except BaseException:
        await worker.kill()
        raise
    _log.info("the worker of %s is ready (pid %d)", spec.name, process.pid)
    return worker


def clear_place(socket_path: Path) -> Path:
    """Take away the socket of a worker that died; the path of the new one's log."""
    socket_path.unlink(missing_ok=True)
    return socket_path.with_suffix(".log")


async def _greet(process: Process, spec: WorkerSpec) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both were asked for")
    try:
        process.stdin.write(encode_line(spec))
        await process.stdin.drain()
    except ConnectionError:
        return b""  # it died before it had read anything
    return await process.stdout.readline()


def read_tail(path: Path) -> str:
    """The last lines of a file, if it is there."""
    try:
        with path.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - LOG_TAIL_BYTES, 0))
            return file.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""
