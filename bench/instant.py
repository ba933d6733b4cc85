"""The gateway between an edge and a transport that cost nothing: what its own code takes for a whole exchange."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import uvloop

from bench.cases import Case
from bench.measure import build_gateway_shot
from bench.traffic import TRAFFIC, encode_json
from bench.wrk import Shot
from dragoman.bootstrap.edge import build_data_plane
from dragoman.clock import SystemClock
from dragoman.config.schema import Settings
from dragoman.http.data_plane import DataPlane
from dragoman.upstream.transport import Headers, OutgoingRequest, Take

_HEADERS: Headers = [(b"server", b"bench"), (b"content-type", b"application/json"), (b"content-length", b"700")]


class InstantAnswer:
    """A provider's answer that is there already, in one piece or in many."""

    status = 200
    connect_seconds = 0.0

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self.headers = _HEADERS
        self._chunks = iter(chunks)

    def header(self, name: bytes) -> bytes | None:
        return dict(self.headers).get(name)

    async def read_chunk(self) -> bytes:
        return next(self._chunks, b"")

    async def read_all(self, limit_bytes: int) -> bytes:
        return b"".join(self._chunks)

    def pass_to(self, take: Take) -> None:
        """Everything is there at once."""

    def mark_progress(self) -> None:
        """Nothing is timed."""

    def close(self) -> None:
        """Nothing is open."""


class InstantTransport:
    """Answers every request with the same chunks."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._chunks = chunks

    async def send(self, request: OutgoingRequest) -> InstantAnswer:
        return InstantAnswer(self._chunks)

    async def aclose(self) -> None:
        """Nothing is open."""


class Client:
    """The server library's side of one request."""

    def __init__(self, shot: Shot) -> None:
        path, _, query = shot.target.partition("?")
        headers = {"host": "127.0.0.1:8642", "content-type": "application/json", **shot.headers}
        headers["content-length"] = str(len(shot.body))
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        self.statuses: list[int] = []
        self._body = {"type": "http.request", "body": shot.body, "more_body": False}

    async def receive(self) -> dict[str, Any]:
        return self._body

    async def send(self, message: dict[str, Any]) -> None:
        if "status" in message:
            self.statuses.append(message["status"])


def time_exchange(case: Case, settings: Settings, chunks: Sequence[bytes], count: int) -> float:
    """Seconds for one exchange through the whole data plane, the mean of `count`."""
    whole = chunks or [encode_json(TRAFFIC[case.provider].answer)]
    data_plane, _ = build_data_plane(settings, InstantTransport(whole), SystemClock())
    client = Client(build_gateway_shot(case, 0))
    seconds = uvloop.run(_repeat(data_plane, client, count))
    if client.statuses != [200] * count:
        raise RuntimeError(f"{case.name}: {sorted(set(client.statuses))} instead of 200")
    return seconds / count


async def _repeat(data_plane: DataPlane, client: Client, count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        await data_plane(client.scope, client.receive, client.send)
    return time.perf_counter() - started
