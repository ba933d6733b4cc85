"""The transport with the local models behind it: whatever goes to a worker's socket waits for the worker first.

Everything else passes straight through. Invariant: a slot is given back exactly once, when the answer is closed or its
end was read, however the exchange ends.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import msgspec

from dragoman.engine.failures import too_long, unavailable, unbound
from dragoman.engine.station import Lease
from dragoman.engine.supervisor import Engine
from dragoman.engine.wishes import settle_embedding, settle_wishes
from dragoman.errors import DragomanError
from dragoman.service.answers import WrappedAnswer
from dragoman.upstream.transport import Answer, OutgoingRequest, Take, Transport

EMBEDDINGS_PATH = b"/embeddings"
MAX_REFUSAL_BYTES = 65_536


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

    def _settle(self, request: OutgoingRequest, name: str, lease: Lease) -> bytes:
        """The request's body as the worker is to get it."""
        if request.target.endswith(EMBEDDINGS_PATH):
            return settle_embedding(request.body, name, lease.abilities)
        return settle_wishes(request.body, name, lease.abilities, self._engine.settings.max_tokens)

    async def _send_to(self, name: str, request: OutgoingRequest) -> Answer:
        lease = await self._engine.lease(name)
        try:
            body = self._settle(request, name, lease)
            answer = await self._inner.send(msgspec.structs.replace(request, body=body))
            if answer.status >= 500 and lease.abilities.embeds:
                await _refuse_too_long(answer, name)
            if answer.status == 400:
                answer = await _read_refusal(answer, name)
        except DragomanError as error:
            if error.blame == "upstream":
                await lease.note_cut()
            lease.release(has_served=False)
            raise
        except BaseException:
            lease.release(has_served=False)
            raise
        return LeasedAnswer(answer, lease)


async def _refuse_too_long(answer: Answer, name: str) -> None:
    """An embedding failed: raises, as the caller's fault if the text was too long."""
    try:
        body = await answer.read_all(MAX_REFUSAL_BYTES)
    finally:
        answer.close()
    raise too_long(name, body) or unavailable(f"The local model {name!r} could not embed this.")


async def _read_refusal(answer: Answer, name: str) -> Answer:
    """A refusal as it came; raises where another target may well do what this one cannot."""
    body = await answer.read_all(MAX_REFUSAL_BYTES)
    error = unbound(name, body)
    if error is None:
        return ReadAnswer(answer, body)
    answer.close()
    raise error


class ReadAnswer(WrappedAnswer):
    """An answer whose body has been read already."""

    def __init__(self, answer: Answer, body: bytes) -> None:
        super().__init__(answer)
        self._body = body

    async def read_chunk(self) -> bytes:
        """The body, once."""
        body, self._body = self._body, b""
        return body

    async def read_all(self, limit_bytes: int) -> bytes:
        """The same."""
        return await self.read_chunk()


class LeasedAnswer(WrappedAnswer):
    """A worker's answer, with the slot that it takes up."""

    def __init__(self, answer: Answer, lease: Lease) -> None:
        super().__init__(answer)
        self._lease = lease

    def pass_to(self, take: Take) -> None:
        self._answer.pass_to(take)

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
