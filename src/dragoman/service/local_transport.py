"""The transport with the local models behind it: whatever goes to a worker's socket waits for the worker first.

Everything else passes straight through. Invariant: a slot is given back exactly once, when the answer is closed or its
end was read, however the exchange ends.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import msgspec

from dragoman.engine.station import Lease
from dragoman.engine.supervisor import Engine
from dragoman.engine.wishes import settle_wishes
from dragoman.errors import DragomanError
from dragoman.upstream.transport import Answer, Headers, OutgoingRequest, Transport


class LocalTransport:
    """Sends requests to origins, and starts those origins that are workers of ours."""

    def __init__(self, inner: Transport, engine: Engine) -> None:
        self._inner = inner
        self._engine = engine

    def __repr__(self) -> str:
        return f"<LocalTransport {self._engine!r} over {self._inner!r}>"

    def send(self, request: OutgoingRequest) -> Coroutine[Any, Any, Answer]:
        """Sends the request and waits for the head of the answer."""
        path = request.origin.unix_path
        name = None if path is None else self._engine.name_at(path)
        return self._inner.send(request) if name is None else self._send_to(name, request)

    async def aclose(self) -> None:
        """Ends all calls; the engine is closed by whoever owns it."""
        await self._inner.aclose()

    async def _send_to(self, name: str, request: OutgoingRequest) -> Answer:
        lease = await self._engine.lease(name)
        try:
            body = settle_wishes(request.body, name, lease.abilities, self._engine.settings.max_tokens)
            answer = await self._inner.send(msgspec.structs.replace(request, body=body))
        except DragomanError as error:
            if error.blame == "upstream":
                await lease.note_cut()
            lease.release(has_served=False)
            raise
        except BaseException:
            lease.release(has_served=False)
            raise
        return LeasedAnswer(answer, lease)


class LeasedAnswer:
    """A worker's answer, with the slot that it takes up."""

    __slots__ = ("_answer", "_lease")

    def __init__(self, answer: Answer, lease: Lease) -> None:
        self._answer = answer
        self._lease = lease

    def __repr__(self) -> str:
        return f"<LeasedAnswer {self._answer!r}>"

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Headers:
        return self._answer.headers

    @property
    def connect_seconds(self) -> float:
        return self._answer.connect_seconds

    def header(self, name: bytes) -> bytes | None:
        return self._answer.header(name)

    def mark_progress(self) -> None:
        self._answer.mark_progress()

    async def read_chunk(self) -> bytes:
        """The next piece; a failure waits for the news of the worker's death."""
        try:
            chunk = await self._answer.read_chunk()
        except DragomanError:
            await self._give_back_cut()
            raise
        if not chunk:
            self._lease.release(has_served=True)
        return chunk

    async def read_all(self, limit_bytes: int) -> bytes:
        """The whole body."""
        try:
            body = await self._answer.read_all(limit_bytes)
        except DragomanError:
            await self._give_back_cut()
            raise
        self._lease.release(has_served=True)
        return body

    def close(self) -> None:
        """Lets go of the connection, by which the worker stops writing, and of the slot."""
        self._answer.close()
        self._lease.release(has_served=False)

    async def _give_back_cut(self) -> None:
        await self._lease.note_cut()
        self._lease.release(has_served=False)
