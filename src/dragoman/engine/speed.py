"""How fast a worker reads and writes, by its own counters: tokens and seconds since it was started.

The counters grow when an answer ends, so the difference between two looks is the speed of what ended between them;
while nothing ends, the last speed stands. Spec: the `/metrics` page of llama.cpp's server, in Prometheus's text form.
"""

from __future__ import annotations

import http.client
import socket
from typing import NamedTuple

LOOK_SECONDS = 1.0
MAX_PAGE_BYTES = 262_144
PREFIX = "llamacpp:"


class Counts(NamedTuple):
    """What a worker has done since its start."""

    read_tokens: float = 0.0
    read_seconds: float = 0.0
    written_tokens: float = 0.0
    written_seconds: float = 0.0


class Speed(NamedTuple):
    """Tokens a second; None until there was something to measure."""

    reading: float | None = None
    writing: float | None = None


COUNTERS = ("prompt_tokens_total", "prompt_seconds_total", "tokens_predicted_total", "tokens_predicted_seconds_total")
"""Their names on the page, in the order of the fields."""


class Speedometer:
    """Remembers the last look at one worker."""

    __slots__ = ("_counts", "_pid", "speed")

    def __init__(self) -> None:
        self.speed = Speed()
        self._counts = Counts()
        self._pid = 0

    def note(self, pid: int, counts: Counts) -> Speed:
        """The worker of this process id has counted so far; another process begins anew."""
        before = self._counts if pid == self._pid else Counts()
        reading = divide(counts.read_tokens - before.read_tokens, counts.read_seconds - before.read_seconds)
        writing = divide(counts.written_tokens - before.written_tokens, counts.written_seconds - before.written_seconds)
        known = self.speed if pid == self._pid else Speed()
        self._pid, self._counts = pid, counts
        self.speed = Speed(reading or known.reading, writing or known.writing)
        return self.speed


def divide(tokens: float, seconds: float) -> float | None:
    """Tokens a second, where some were counted."""
    return tokens / seconds if tokens > 0 and seconds > 0 else None


def parse_counts(page: str) -> Counts:
    """The counters on the page; one that is not there is nothing."""
    found: dict[str, float] = {}
    for line in page.splitlines():
        name, _, value = line.partition(" ")
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) in COUNTERS:
            try:
                found[name.removeprefix(PREFIX)] = float(value)
            except ValueError:
                continue
    return Counts(*(found.get(name, 0.0) for name in COUNTERS))


def read_counts(socket_path: str, api_key: str) -> Counts | None:
    """Ask a worker, and wait no longer than a moment; None where it has no time for us. Blocks: for a thread."""
    connection = http.client.HTTPConnection("local")
    try:
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(LOOK_SECONDS)
        connection.sock.connect(socket_path)
        connection.request("GET", "/metrics", headers={"authorization": f"Bearer {api_key}", "connection": "close"})
        with connection.getresponse() as response:
            return (
                parse_counts(response.read(MAX_PAGE_BYTES).decode()) if response.status == http.HTTPStatus.OK else None
            )
    except (OSError, http.client.HTTPException, UnicodeDecodeError):
        return None
    finally:
        connection.close()
