"""Runs a training in a process of its own, and tells what it reports.

Its threads do not spin while they wait for each other, which on a busy machine costs most of their speed. It
has a session of its own, so that Ctrl-C reaches us alone; we then end its input, and it keeps its state and goes.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import msgspec

from dragoman.engine.failures import unavailable
from dragoman.engine.finetune.messages import LOG_NAME, Report, TrainingSpec, decode_report, encode_line
from dragoman.engine.process import PASSED_VARIABLES, QUIET_THREADS, read_tail, select_environment

NEEDED = ("torch", "transformers", "gguf", "PIL")
MODULE = "dragoman.engine.finetune.train"
STOP_SECONDS = 60.0


def check_installed() -> None:
    """Raises where the extra is missing. Looks, and does not import."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise unavailable(
            f"Training needs the extra: pip install 'dragoman[local,finetune]' ({missing[0]} is missing)."
        )


async def run_training(
    spec: TrainingSpec, environment: Mapping[str, str], module: str = MODULE
) -> AsyncGenerator[Report, None]:
    """What it reports, as it goes; raises if it fails."""
    log_path = Path(spec.folder) / LOG_NAME
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", module, Path(spec.folder).name,
            stdin=PIPE, stdout=PIPE, stderr=log, start_new_session=True,
            env={**select_environment(environment, PASSED_VARIABLES), **QUIET_THREADS},
        )  # fmt: skip
    try:
        async for report in _listen(process, spec):
            yield report
        code = await process.wait()
        if code:
            said = read_tail(log_path).rpartition("\n")[2][:300]
            raise unavailable(f"The training ended with {code} ({said or 'no words'}); {log_path} says more.")
    finally:
        await _end(process)


async def _listen(process: Process, spec: TrainingSpec) -> AsyncIterator[Report]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both were asked for")
    with suppress(ConnectionError):  # it died before it had read anything
        process.stdin.write(encode_line(spec))
        await process.stdin.drain()
    async for line in process.stdout:
        try:
            yield decode_report(line)
        except msgspec.MsgspecError:
            raise unavailable("The training said something that makes no sense.") from None


async def _end(process: Process) -> None:
    """Let it keep its state; by force if it takes too long."""
    if process.returncode is not None:
        return
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
