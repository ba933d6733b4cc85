"""The two halves of the dialect, put together out of the modules beside this one.

The base URL of a provider has no `/v1`, as in `ANTHROPIC_BASE_URL`. Beta headers go through at the edge.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.emit_request import emit_body
from dragoman.dialects.anthropic_messages.emit_response import emit_message
from dragoman.dialects.anthropic_messages.errors import emit_error, emit_stream_error, parse_error
from dragoman.dialects.anthropic_messages.hosting import HOSTED_COUNT_PATH, address_request
from dragoman.dialects.anthropic_messages.listen import AnthropicStreamListener
from dragoman.dialects.anthropic_messages.parse_request import parse_request
from dragoman.dialects.anthropic_messages.parse_response import parse_answer, parse_token_count, read_glance
from dragoman.dialects.anthropic_messages.stream_emit import AnthropicStreamEmitter
from dragoman.dialects.anthropic_messages.stream_parse import AnthropicStreamParser
from dragoman.dialects.anthropic_messages.usual_request import read_usual
from dragoman.dialects.base import (
    Dialect,
    Envelope,
    Glance,
    StreamEmitter,
    StreamListener,
    StreamParser,
    WireReply,
    WireRequest,
)
from dragoman.errors import DragomanError, invalid
from dragoman.model.card import ModelCard
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.wire.json_document import JsonDocument, encode_json
from dragoman.wire.json_read import Fields


class AnthropicClientSide:
    """What clients see; see `ClientSide`."""

    __slots__ = ()

    name = wire.NAME
    stream_content_type = b"text/event-stream; charset=utf-8"
    heartbeat: bytes | None = b'event: ping\ndata: {"type": "ping"}\n\n'

    def open_envelope(self, body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
        document = JsonDocument(body)
        model, stream = document.read_head()
        if model is None:
            model = path_model
        if type(model) is not str or not model:
            raise invalid("This field is required and must be a string.", "model")
        if stream is None:
            stream = bool(path_stream)
        if type(stream) is not bool:
            raise invalid("This field must be true or false.", "stream")
        return Envelope(model, stream, document)

    def parse_request(self, envelope: Envelope) -> Request:
        usual = read_usual(envelope)
        return usual or parse_request(envelope.document.decode(), envelope.model, envelope.stream)

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        return WireReply(200, encode_json(emit_message(response, losses)))

    def open_emitter(self, request: Request, losses: list[Loss]) -> StreamEmitter:
        return AnthropicStreamEmitter(losses)

    def emit_error(self, error: DragomanError) -> WireReply:
        return emit_error(error)

    def emit_stream_error(self, error: DragomanError) -> bytes:
        return emit_stream_error(error)

    def emit_token_count(self, count: int) -> WireReply:
        return WireReply(200, encode_json({"input_tokens": count}))

    def emit_models(self, cards: list[ModelCard]) -> WireReply:
        models = [_emit_card(card) for card in cards]
        page = {
            "data": models,
            "has_more": False,
            "first_id": models[0]["id"] if models else None,
            "last_id": models[-1]["id"] if models else None,
        }
        return WireReply(200, encode_json(page))

    def emit_model(self, card: ModelCard) -> WireReply:
        return WireReply(200, encode_json(_emit_card(card)))


class AnthropicProviderSide:
    """What providers see; see `ProviderSide`."""

    __slots__ = ()

    name = wire.NAME

    def emit_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
        fields = emit_body(request, profile, losses)
        body = encode_json(fields)
        if profile.auto_cache and body.find(wire.CACHE_MARK) < 0:
            body = encode_json({**fields, "cache_control": wire.AUTO_CACHE})
        return address_request(body, profile, request.model, is_stream=request.stream)

    def patch_request(self, envelope: Envelope, model: str, profile: Profile) -> WireRequest:
        document = envelope.document
        if profile.auto_cache and document.body.find(wire.CACHE_MARK) < 0:
            body = document.patch({"model": encode_json(model), "cache_control": encode_json(wire.AUTO_CACHE)})
        else:
            body = document.put("model", model)
        return address_request(body, profile, model, is_stream=envelope.stream)

    def parse_response(self, body: bytes) -> Response:
        return parse_answer(body)

    def read_glance(self, body: bytes) -> Glance:
        return read_glance(body)

    def open_parser(self) -> StreamParser:
        return AnthropicStreamParser()

    def open_listener(self, envelope: Envelope, profile: Profile) -> StreamListener:
        return AnthropicStreamListener()

    def parse_error(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> DragomanError:
        return parse_error(status, headers, body)

    def emit_count_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest | None:
        """What only an answer needs (a token limit, sampling) is no loss in a count."""
        noted: list[Loss] = []
        body = emit_body(request, profile, noted)
        losses += [loss for loss in noted if loss.path.startswith(("turns", "tools"))]
        counted = {name: value for name, value in body.items() if name in wire.COUNT_FIELDS}
        path = wire.COUNT_PATH if profile.anthropic_version is None else HOSTED_COUNT_PATH
        return WireRequest(path, encode_json(counted), wire.VERSION_HEADER)

    def parse_token_count(self, body: bytes) -> int:
        return parse_token_count(body)


def _emit_card(card: ModelCard) -> Fields:
    created = datetime.fromtimestamp(card.created_unix, UTC)
    return {
        "type": "model",
        "id": card.id,
        "display_name": card.display_name or card.id,
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "max_input_tokens": card.context_window,
        "max_tokens": card.max_output_tokens,
    }


DIALECT = Dialect(wire.NAME, AnthropicClientSide(), AnthropicProviderSide())
