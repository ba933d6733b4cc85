"""Has media converted, each in a process of its own that reads one file, answers once and is gone.

What a stranger's file does to a decoder it does to that process: it may crash it, fill its memory or keep it busy, all
within limits, and the gateway gets an error to show. Nothing of one caller's file is left for the next one's. The
program that is started is always the same; nothing of a request is in its command line or its environment.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import NamedTuple

import msgspec

from dragoman.engine.conversion import (
    DocumentJob,
    Fault,
    Frames,
    ImageJob,
    Job,
    Outcome,
    Pages,
    VideoJob,
    decode_outcome,
    encode_message,
)
from dragoman.engine.process import PASSED_VARIABLES, select_environment
from dragoman.errors import DragomanError, Kind

MAX_OUTCOME_BYTES = 128 * 1024 * 1024
READ_BYTES = 1 << 20


class Workshop(NamedTuple):
    """The module that does it, what it needs, and the extra that brings that."""

    module: str
    needs: str
    extra: str


_VIDEO = Workshop("dragoman.engine.convert_video", "av", "video")
_DOCUMENTS = Workshop("dragoman.engine.convert_documents", "pypdfium2", "documents")
_BROKEN = Fault("The file cannot be decoded.")

WORKSHOPS: dict[type[Job], Workshop] = {VideoJob: _VIDEO, ImageJob: _VIDEO, DocumentJob: _DOCUMENTS}


class Converter:
    """Runs at most `at_once` conversions at a time; the others wait in line."""

    def __init__(self, environment: Mapping[str, str], at_once: int = 2, seconds: float = 60.0) -> None:
        self._environment = select_environment(environment, PASSED_VARIABLES)
        self._turns = asyncio.Semaphore(at_once)
        self._seconds = seconds

    async def draw_frames(self, job: VideoJob | ImageJob) -> Frames:
        """The pictures in a file; raises what may be told to the caller."""
        outcome = await self._convert(job)
        if not isinstance(outcome, Frames):
            raise _refuse(outcome)
        return outcome

    async def read_document(self, job: DocumentJob) -> Pages:
        """The pages of a file; raises what may be told to the caller."""
        outcome = await self._convert(job)
        if not isinstance(outcome, Pages):
            raise _refuse(outcome)
        return outcome

    async def _convert(self, job: Job) -> Outcome:
        workshop = WORKSHOPS[type(job)]
        if find_spec(workshop.needs) is None:
            raise DragomanError(
                Kind.UNSUPPORTED,
                f"The gateway could convert this for the model, but lacks its extra: dragoman[{workshop.extra}].",
                code="extra_missing",
            )
        try:
            async with asyncio.timeout(self._seconds), self._turns:
                return await self._run(workshop.module, encode_message(job))
        except TimeoutError:
            return Fault(f"The file could not be converted within {self._seconds:g} s.")

    async def _run(self, module: str, message: bytes) -> Outcome:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", module,
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True, env=self._environment,
        )  # fmt: skip
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_tell(process, message))
                reading = group.create_task(_hear(process))
            await process.wait()
            return decode_outcome(reading.result())
        except msgspec.MsgspecError:
            return _BROKEN  # it took the process down
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


async def _tell(process: Process, message: bytes) -> None:
    if process.stdin is None:
        raise AssertionError("it was asked for")
    with suppress(ConnectionError):  # it died before it had read everything
        process.stdin.write(message)
        await process.stdin.drain()
    process.stdin.close()


async def _hear(process: Process) -> bytes:
    """All that it says, unless it says too much."""
    if process.stdout is None:
        raise AssertionError("it was asked for")
    heard = bytearray()
    while piece := await process.stdout.read(READ_BYTES):
        heard += piece
        if len(heard) > MAX_OUTCOME_BYTES:
            with suppress(ProcessLookupError):
                process.kill()
            return b""
    return bytes(heard)


def _refuse(outcome: Outcome) -> DragomanError:
    message = outcome.message if isinstance(outcome, Fault) else _BROKEN.message
    return DragomanError(Kind.INVALID_REQUEST, message, code="media_not_converted")
