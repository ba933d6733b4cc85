"""Background mode of the Responses API, whoever answers: the caller gets a response at once and asks for it later.

A response is kept from the moment it is promised. While it is being answered it says `in_progress`; then what was kept is
replaced by the answer, or by what went wrong. One whose gateway has ended meanwhile says that it failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from dragoman.clock import Clock
from dragoman.dialects.base import Envelope, WireReply
from dragoman.dialects.openai_responses import promises, stored
from dragoman.dialects.openai_responses.answers import AnswerMarker
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.archive import Archive
from dragoman.ledger.responses import KeptResponse
from dragoman.model.stream import StreamStart
from dragoman.service.exchange import Generate, Inbound
from dragoman.service.keeping.conversation_turns import Turn
from dragoman.service.sinks import GatheringSink
from dragoman.wire.json_document import JsonDocument

Start = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]

MAX_RUNNING = 256


class BackgroundResponses:
    """Those that are being answered now. `start` runs work beside everything else."""

    def __init__(self, archive: Archive, generate: Generate, clock: Clock, start: Start) -> None:
        self._archive = archive
        self._generate = generate
        self._clock = clock
        self._start = start
        self._running: dict[str, asyncio.Task[None]] = {}

    def __repr__(self) -> str:
        return f"<BackgroundResponses: {len(self._running)} running>"

    def begin(self, inbound: Inbound, promise: KeptResponse, turn: Turn | None = None) -> WireReply:
        """Promise a response, all but whose body is known; what the caller gets now. It may be a conversation's turn."""
        if len(self._running) >= MAX_RUNNING:
            message = "Too many responses are being answered in the background."
            raise DragomanError(Kind.OVERLOADED, message, blame="gateway", retry_after_seconds=5.0)
        document = JsonDocument(inbound.body)
        inbound = msgspec.structs.replace(inbound, body=document.patch({"background": None, "stream": None}))
        envelope = inbound.client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream)
        promise = promise._replace(body=_mark(self._promise(inbound, envelope, promise.id), turn))
        self._archive.record(promise)
        task = self._start(self._answer(inbound, promise, turn), f"response {promise.id}")
        self._running[promise.id] = task
        if turn is not None:
            turn.hold()

        def end(_: object) -> None:
            self._running.pop(promise.id, None)
            if turn is not None:
                turn.release()

        task.add_done_callback(end)
        return WireReply(200, promise.body)

    def show(self, kept: KeptResponse) -> bytes:
        """A kept response as it is now: a promise that nobody works at any more was broken."""
        if promises.is_promise(kept.body) and kept.id not in self._running:
            return promises.break_promise(kept.body, "server_error", "The gateway ended before the response did.")
        return kept.body

    async def cancel(self, kept: KeptResponse) -> bytes:
        """End the work at a response; what it is then. One that is over stays as it is."""
        task = self._running.get(kept.id)
        if task is None:
            if not promises.is_background(kept.body):
                raise stored.not_cancellable()
            return self.show(kept)
        task.cancel()
        await asyncio.wait([task])
        found = await self._archive.read(kept.id, kept.principal)
        return self.show(found or kept)

    def _promise(self, inbound: Inbound, envelope: Envelope, new_id: str) -> bytes:
        request = inbound.client.parse_request(envelope)
        start = StreamStart(new_id, envelope.model, int(self._clock.unix()))
        begun = inbound.client.open_emitter(request, []).emit([start])
        return promises.emit_promise(begun)

    async def _answer(self, inbound: Inbound, promise: KeptResponse, turn: Turn | None) -> None:
        sink = GatheringSink()
        try:
            await self._generate(inbound, sink)
        except asyncio.CancelledError:
            self._archive.replace(promise._replace(body=promises.cancel_promise(promise.body)))
            raise
        if sink.reply is None:
            body = promises.break_promise(promise.body, "server_error", "The gateway failed; its log says why.")
        elif sink.reply.status == 200:
            body = _mark(promises.keep_promise(promise.body, sink.reply.body), turn)
            if turn is not None:
                turn.record(body)
        else:
            body = promises.break_promise(promise.body, *promises.read_failure(sink.reply.body))
        self._archive.replace(promise._replace(body=body))


def _mark(body: bytes, turn: Turn | None) -> bytes:
    """The answer with what it says of its conversation, if it is a turn of one."""
    return body if turn is None else AnswerMarker(turn.changes).mark(body)
