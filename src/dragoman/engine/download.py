"""Fetches one large file in parts, some at a time; what has come survives a cut.

Theory of operation: the file is made at its full length beside its place, parts are written where they belong, and the
number of each finished part is noted in a list beside it. Whoever comes again fetches the parts that are not in the
list. At the end the checksum of the whole decides: right, and the file takes its place in one step; wrong, and nothing
of it stays; nor does it on a disk that has become full. Who writes holds a lock on the list. RFC 9110 §14 (ranges).
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path

import msgspec

from dragoman.engine.disk import Progress, check_room, compute_sha256
from dragoman.engine.failures import unavailable
from dragoman.errors import DragomanError

PART_BYTES = 16 * 1024 * 1024
PARTS_AT_ONCE = 4
TRIES = 3
READ_BYTES = 256 * 1024
RETRY_SECONDS = 0.5
TIMEOUT_SECONDS = 60.0


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class RemoteFile(msgspec.Struct, frozen=True):
    """Where a file is, and what it must turn out to be."""

    url: str
    size_bytes: int
    sha256: str
    token: str = ""

    def __repr__(self) -> str:
        return f"<RemoteFile {self.url}, {self.size_bytes} bytes>"


def download_file(remote: RemoteFile, path: Path, progress: Progress) -> None:
    """Bring the file to `path`; raises and keeps what has come if it cannot be had whole now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh, noted = path.with_name(path.name + ".part"), path.with_name(path.name + ".parts")
    try:
        with _locked(noted):
            _Parts(remote, fresh, noted, progress).fetch()
            if compute_sha256(fresh) != remote.sha256:
                _forget(fresh, noted)
                raise unavailable(
                    f"{remote.url} does not have the checksum that it should have; nothing of it was kept."
                )
            fresh.replace(path)
            noted.unlink()
    except OSError as error:
        if error.errno in _FULL:
            _forget(fresh, noted)
        raise unavailable(f"{path} cannot be written: {error.strerror}.") from None


@contextmanager
def _locked(noted: Path) -> Iterator[None]:
    """Nobody else fetches the same file meanwhile."""
    with noted.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise unavailable(f"{noted.with_suffix('').name} is being fetched by another process already.") from None
        yield


def _forget(fresh: Path, noted: Path) -> None:
    fresh.unlink(missing_ok=True)
    noted.unlink(missing_ok=True)


class _Parts:
    """The parts of one file. Only `note` is called by several threads."""

    def __init__(self, remote: RemoteFile, fresh: Path, noted: Path, progress: Progress) -> None:
        self._remote = remote
        self._fresh = fresh
        self._noted = noted
        self._progress = progress
        self._lock = threading.Lock()
        self._come = 0
        self._has_failed = threading.Event()

    def fetch(self) -> None:
        size = self._remote.size_bytes
        finished = self._read_finished()
        self._come = sum(self._length(part * PART_BYTES) for part in finished)
        if not self._fresh.exists():
            self._begin(size)
        else:
            check_room(self._fresh.parent, size - self._come)
        missing = [start for start in range(0, size, PART_BYTES) if start // PART_BYTES not in finished]
        self._progress(self._come, size)
        with ThreadPoolExecutor(PARTS_AT_ONCE) as threads:
            failures = [failure for failure in threads.map(self._bring, missing) if failure is not None]
        if failures:
            raise failures[0]

    def _begin(self, size: int) -> None:
        try:
            check_room(self._fresh.parent, size)
        except DragomanError:
            self._noted.unlink()
            raise
        with self._fresh.open("wb") as file:
            file.truncate(size)

    def _length(self, start: int) -> int:
        return min(PART_BYTES, self._remote.size_bytes - start)

    def _read_finished(self) -> set[int]:
        """The list holds only if it belongs to this very file."""
        if not self._fresh.exists() or self._fresh.stat().st_size != self._remote.size_bytes:
            self._fresh.unlink(missing_ok=True)
            os.truncate(self._noted, 0)
        lines = self._noted.read_text("ascii").split()
        if lines[:1] != [self._remote.sha256]:
            self._noted.write_text(f"{self._remote.sha256}\n", "ascii")
            return set()
        last = (self._remote.size_bytes - 1) // PART_BYTES
        return {int(line) for line in lines[1:] if line.isdigit() and int(line) <= last}

    def _bring(self, start: int) -> DragomanError | None:
        """One part, tried a few times; not begun where another has failed for good."""
        failure: DragomanError | None = None
        for tried in range(TRIES):
            if self._has_failed.wait(RETRY_SECONDS * tried):
                return failure
            try:
                self._bring_once(start)
            except DragomanError as error:
                failure = error
            else:
                self._note(start)
                return None
        self._has_failed.set()
        return failure

    def _bring_once(self, start: int) -> None:
        length = self._length(start)
        got = 0
        with self._fresh.open("r+b") as file:
            file.seek(start)
            for chunk in open_range(self._remote, start, length):
                if got + len(chunk) > length:
                    raise unavailable(f"{self._remote.url} sent more than was asked for.")
                file.write(chunk)
                got += len(chunk)
            file.flush()
            os.fsync(file.fileno())
        if got < length:
            raise unavailable(f"{self._remote.url} broke off; what has come is kept, so try again.")

    def _note(self, start: int) -> None:
        with self._lock:
            with self._noted.open("a", encoding="ascii") as file:
                file.write(f"{start // PART_BYTES}\n")
            self._come += self._length(start)
            self._progress(self._come, self._remote.size_bytes)


def open_range(remote: RemoteFile, start: int, length: int) -> Iterable[bytes]:
    """The bytes of one part as they come."""
    headers = {"Range": f"bytes={start}-{start + length - 1}"}
    with open_url(remote.url, remote.token, headers) as answer:
        if answer.status != 206 and length != remote.size_bytes:
            raise unavailable(f"{remote.url} is not served in parts.")
        while chunk := answer.read(READ_BYTES):
            yield chunk


@contextmanager
def open_url(url: str, token: str, headers: Mapping[str, str]) -> Iterator[HTTPResponse]:
    """A hub's answer. The token is shown to this host, and not to another one that the request is sent on to."""
    if not url.startswith(("http://", "https://")):
        raise unavailable("A hub is found at http:// or https:// only.")
    request = urllib.request.Request(url, headers={"User-Agent": "dragoman", **headers})  # noqa: S310 - looked at above
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - looked at above
            yield answer
    except urllib.error.HTTPError as error:
        with error:
            hint = " It may want a token: set HF_TOKEN." if error.code in {401, 403} else ""
            raise unavailable(f"{url} answers with status {error.code}.{hint}") from None
    except (HTTPException, urllib.error.URLError, TimeoutError, ConnectionError) as error:
        message = f"{url} cannot be read now ({type(error).__name__}). HF_ENDPOINT can name a mirror."
        raise unavailable(message) from None
