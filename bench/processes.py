"""Child processes: started on a core of their own, waited for, and always ended, by process id, whatever happens.

Each child leads a session of its own, so that Ctrl-C reaches only us and we end the children in order. Whoever has to
kill one kills its group, which holds nothing but what it started itself.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NamedTuple, Self

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 20.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.005

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = 0
LOAD_CORE = 1

_INSTALL = "On Debian and Ubuntu: apt-get install nginx-light wrk"


class MissingToolError(Exception):
    """A program that the benchmark needs is not there."""


class StartError(Exception):
    """A server did not come up."""


class Server(NamedTuple):
    """A running server under measurement, or one that stands behind it."""

    name: str
    pid: int
    port: int


def find_program(name: str) -> str:
    """The full path of a program that Debian may have put where only root looks."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]))
    if path is None:
        raise MissingToolError(f"{name} is missing. {_INSTALL}")
    return path


def find_free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def select_core(wanted: int) -> int:
    """The wanted core, counted among those that we could use at start; on a machine with one core, that one."""
    return CORES[min(wanted, len(CORES) - 1)]


class Children:
    """All processes of one run, and the folder for what they write."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dragoman-bench-"))
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        while self._running:
            self.stop(self._running[-1].pid)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(
        self,
        name: str,
        command: Sequence[str],
        core: int,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a child; what it prints goes to NAME.log in the run's folder."""
        pinned = [find_program("taskset"), "-c", str(select_core(core)), *command]  # it becomes the command
        with self.log_path(name).open("ab") as log:
            child = subprocess.Popen(
                pinned,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=build_environment(self.folder, environment or {}),
                cwd=folder or self.folder,
                start_new_session=True,
            )
        self._running.append(child)
        return child

    def log_path(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def stop(self, pid: int) -> None:
        """End a child and wait for it; kill its group if it does not go."""
        child = next(child for child in self._running if child.pid == pid)
        self._running.remove(child)
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            child.wait()

    def wait(self, child: subprocess.Popen[bytes], seconds: float) -> None:
        """Wait for a child that ends by itself."""
        child.wait(seconds)
        self._running.remove(child)

    def start_server(
        self,
        name: str,
        command: Sequence[str],
        port: int,
        core: int = SERVER_CORE,
        environment: Mapping[str, str] | None = None,
    ) -> Server:
        """Start a child and wait until it listens."""
        child = self.start(name, command, core, environment)
        self.wait_for(name, child, partial(is_listening, port))
        return Server(name, child.pid, port)

    def wait_for(
        self, name: str, child: subprocess.Popen[bytes], is_ready: Callable[[], bool], seconds: float = START_SECONDS
    ) -> None:
        """Poll until the child is ready; say what it printed if it is not, or is gone."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if child.poll() is not None:
                raise StartError(f"{name} ended with code {child.returncode}: {self._read_tail(name)}")
            if time.monotonic() > deadline:
                raise StartError(f"{name} was not ready after {seconds:g} s: {self._read_tail(name)}")
            time.sleep(POLL_SECONDS)

    def _read_tail(self, name: str) -> str:
        return self.log_path(name).read_text(errors="replace").strip()[-600:] or "it printed nothing"


def build_environment(folder: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """A child sees a home of its own and nothing of the caller's keys and settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {**kept, "HOME": str(folder), "TMPDIR": str(folder), **extra}


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(
    port: int, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, seconds: float = 10.0
) -> tuple[int, bytes]:
    """One request over a connection of its own; status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET" if body is None else "POST", target, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextlib.contextmanager
def orderly_end() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does: through every `finally`."""

    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        sys.exit("ended by a signal")

    previous = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
