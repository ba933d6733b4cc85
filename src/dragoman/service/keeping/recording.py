"""The client side of one request whose answer is kept: it speaks as the dialect's own does, and notes what it said. Beside
it, that of one whose answer is not, and says so.

Only translated answers pass here. A provider of the same dialect keeps its own responses, and its bytes go through.
Invariant: what is noted is handed in before its last byte goes to the client, so that the client can build on it at once.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dragoman.dialects.base import ClientSide, Envelope, StreamEmitter, WireReply
from dragoman.dialects.openai_responses.answer_body import Body
from dragoman.dialects.openai_responses.conversations import conversation_not_found, read_conversation
from dragoman.dialects.openai_responses.dialect import ResponsesClient, read_envelope
from dragoman.dialects.openai_responses.emit_response import emit_body
from dragoman.dialects.openai_responses.marks import read_marks
from dragoman.dialects.openai_responses.stored import previous_not_found, read_items, read_terminal
from dragoman.dialects.openai_responses.stream_emit import ResponsesEmitter
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError, Kind
from dragoman.model.card import ModelCard
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.model.stream import StreamEnd, StreamEvent, StreamStart
from dragoman.wire.json_document import JsonDocument, encode_json
from dragoman.wire.sse import SseDecoder

Record = Callable[[bytes, bytes], None]
"""Takes the items that were new in the request, and the answer."""


class Recalled(msgspec.Struct, frozen=True):
    """What a request was said to continue, a response or a conversation, once its earlier turns have been put before it.
    `items` are its own."""

    previous_id: str | None
    items: bytes
    conversation: str | None = None


class ForgettingClient(ResponsesClient):
    """One request's that continues nothing and whose answer is not kept, which that answer says."""

    __slots__ = ("_document",)

    def __init__(self, document: JsonDocument) -> None:
        self._document = document

    def open_envelope(self, body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
        """The body has been opened already."""
        if body is self._document.body:
            return read_envelope(self._document)
        return super().open_envelope(body, path_model, path_stream)

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        body = emit_body(response, request, losses)
        if isinstance(body, Body):
            body.store = False
        return WireReply(200, encode_json(body))

    def open_emitter(self, request: Request, losses: list[Loss]) -> ResponsesEmitter:
        return super().open_emitter(msgspec.structs.replace(request, store=False), losses)


class RecordingClient:
    """One request's. `new_id` is what its answer is called if it is kept; `advice` ends refusals."""

    def __init__(
        self, client: ClientSide, new_id: str | None, record: Record, recalled: Recalled | None, advice: str
    ) -> None:
        self.name = client.name
        self.stream_content_type = client.stream_content_type
        self.heartbeat = client.heartbeat
        self._client = client
        self._new_id = new_id
        self._record = record
        self._recalled = recalled
        self._advice = advice
        self._previous_id = recalled.previous_id if recalled else None
        self._items = recalled.items if recalled else b"[]"
        self._conversation = recalled.conversation if recalled else None

    def open_envelope(self, body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
        """From here on it is known whether the client wants the answer to be kept."""
        envelope = self._client.open_envelope(body, path_model, path_stream)
        document = envelope.document
        if document.read("store") is False:
            self._new_id = None
        if self._recalled is None:
            previous = document.read("previous_response_id")
            self._previous_id = previous if type(previous) is str else None
            self._conversation = read_conversation(document)
            self._items = read_items(document) if self._new_id is not None else b"[]"
            return envelope
        return msgspec.structs.replace(envelope, is_recalled=True)

    def parse_request(self, envelope: Envelope) -> Request:
        """What is kept here need not be kept by the provider."""
        request = self._client.parse_request(envelope)
        return request if self._new_id is None else msgspec.structs.replace(request, store=None)

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        if self._new_id is not None:
            response = msgspec.structs.replace(response, id=self._new_id)
        reply = self._client.emit_response(response, self._as_asked(request), losses)
        if self._new_id is not None:
            self._record(self._items, reply.body)
        return reply

    def open_emitter(self, request: Request, losses: list[Loss]) -> StreamEmitter:
        emitter = self._client.open_emitter(self._as_asked(request), losses)
        return emitter if self._new_id is None else _RecordingEmitter(emitter, self._new_id, self._note)

    def emit_error(self, error: DragomanError) -> WireReply:
        """A target without a memory of its own says so in its own words; here it is a response that nobody has."""
        if error.kind is Kind.UNSUPPORTED and error.path == "previous_response_id" and error.reply is None:
            error = self._word_unknown()
        return self._client.emit_error(error)

    def emit_stream_error(self, error: DragomanError) -> bytes:
        return self._client.emit_stream_error(error)

    def emit_token_count(self, count: int) -> WireReply:
        return self._client.emit_token_count(count)

    def emit_models(self, cards: list[ModelCard]) -> WireReply:
        return self._client.emit_models(cards)

    def emit_model(self, card: ModelCard) -> WireReply:
        return self._client.emit_model(card)

    def _as_asked(self, request: Request) -> Request:
        """What the answer repeats of the request: what it continues, and whether it is really kept."""
        extras = request.extras
        if self._conversation is not None:
            extras = {**(extras or {}), NAME: {**read_marks(extras), "conversation": self._conversation}}
        return msgspec.structs.replace(
            request, previous_response_id=self._previous_id, store=self._new_id is not None, extras=extras
        )

    def _word_unknown(self) -> DragomanError:
        if self._conversation is not None:
            return conversation_not_found(self._conversation, self._advice)
        return previous_not_found(self._previous_id or "", self._advice)

    def _note(self, body: bytes) -> None:
        self._record(self._items, body)


class _RecordingEmitter:
    """A stream that goes by its new name; the whole answer stands in its last event."""

    __slots__ = ("_emitter", "_new_id", "_note")

    def __init__(self, emitter: StreamEmitter, new_id: str, note: Callable[[bytes], None]) -> None:
        self._emitter = emitter
        self._new_id = new_id
        self._note = note

    def emit(self, events: list[StreamEvent]) -> bytes:
        for position, event in enumerate(events):
            if type(event) is StreamStart:
                events[position] = msgspec.structs.replace(event, id=self._new_id)
        emitted = self._emitter.emit(events)
        if events and type(events[-1]) is StreamEnd:
            last = SseDecoder(len(emitted) + 1).feed(emitted)[-1]
            self._note(read_terminal(last.data or b""))
        return emitted

    def fail(self, error: DragomanError) -> bytes:
        return self._emitter.fail(error)
