"""The two halves, put together from the modules beside this one."""

from __future__ import annotations

from dragoman.dialects import base
from dragoman.dialects.base import Dialect, Envelope, Glance, WireReply, WireRequest
from dragoman.dialects.gemini_generate import (
    emit_request,
    emit_response,
    errors,
    models,
    parse_request,
    parse_response,
)
from dragoman.dialects.gemini_generate.listen import StreamListener
from dragoman.dialects.gemini_generate.stream_emit import ArrayEmitter, StreamEmitter
from dragoman.dialects.gemini_generate.stream_parse import StreamParser
from dragoman.dialects.gemini_generate.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model.card import ModelCard
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.wire.json_document import encode_json

ARRAY_NAME = "gemini_generate_array"


class GeminiClients:
    """Clients that call `/models/{model}:generateContent`; their streams are server-sent events."""

    name: str = NAME
    stream_content_type = b"text/event-stream"
    heartbeat: bytes | None = (
        b"\n"  # Google's SDKs take a comment for content; an empty line between events is nothing to anybody
    )

    def open_envelope(self, body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
        return parse_request.open_envelope(body, path_model, path_stream)

    def parse_request(self, envelope: Envelope) -> Request:
        return parse_request.parse_request(envelope)

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        return emit_response.emit_response(response, losses)

    def open_emitter(self, request: Request, losses: list[Loss]) -> base.StreamEmitter:
        return StreamEmitter(losses)

    def emit_error(self, error: DragomanError) -> WireReply:
        return errors.emit_error(error)

    def emit_stream_error(self, error: DragomanError) -> bytes:
        return errors.emit_stream_error(error)

    def emit_token_count(self, count: int) -> WireReply:
        return WireReply(200, encode_json({"totalTokens": count}))

    def emit_models(self, cards: list[ModelCard]) -> WireReply:
        return models.emit_models(cards)

    def emit_model(self, card: ModelCard) -> WireReply:
        return models.emit_model(card)


class GeminiArrayClients(GeminiClients):
    """Clients that stream without asking for `alt=sse`: they get one array of JSON, element by element.

    No provider answers in this form (we ask all of them for events), so an answer for these clients is always
    translated, also from a provider of Google's.
    """

    name = ARRAY_NAME
    stream_content_type = b"application/json"

    def open_emitter(self, request: Request, losses: list[Loss]) -> base.StreamEmitter:
        return ArrayEmitter(losses)

    def emit_stream_error(self, error: DragomanError) -> bytes:
        return ArrayEmitter([]).fail(error)


class GeminiProviders:
    """Providers whose base URL ends in `/v1beta` (Google) or in a location of Vertex AI."""

    name = NAME

    def emit_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
        return emit_request.emit_request(request, profile, losses)

    def patch_request(self, envelope: Envelope, model: str, profile: Profile) -> WireRequest:
        return emit_request.patch_request(envelope, model)

    def parse_response(self, body: bytes) -> Response:
        return parse_response.parse_response(body)

    def read_glance(self, body: bytes) -> Glance:
        return parse_response.read_glance(body)

    def open_parser(self) -> StreamParser:
        return StreamParser()

    def open_listener(self, envelope: Envelope, profile: Profile) -> StreamListener:
        return StreamListener()

    def parse_error(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> DragomanError:
        return errors.parse_error(status, headers, body)

    def emit_count_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
        return emit_request.emit_count_request(request, profile, losses)

    def parse_token_count(self, body: bytes) -> int:
        return parse_response.parse_token_count(body)


DIALECT = Dialect(NAME, GeminiClients(), GeminiProviders())
ARRAY_DIALECT = Dialect(ARRAY_NAME, GeminiArrayClients(), None)
