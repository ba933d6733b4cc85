"""Both halves of the dialect under one name."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.base import Dialect, Envelope, Glance, WireReply, WireRequest
from dragoman.dialects.openai_responses import errors, models, parse_response
from dragoman.dialects.openai_responses.emit_request import emit_request_fields
from dragoman.dialects.openai_responses.emit_response import emit_body
from dragoman.dialects.openai_responses.listen import ResponsesListener
from dragoman.dialects.openai_responses.output_items import is_made_here
from dragoman.dialects.openai_responses.parse_request import parse_request_fields
from dragoman.dialects.openai_responses.stream_emit import ResponsesEmitter
from dragoman.dialects.openai_responses.stream_parse import ResponsesParser
from dragoman.dialects.openai_responses.tokens import PREFIX, unwrap_token
from dragoman.dialects.openai_responses.usual_request import read_usual
from dragoman.dialects.openai_responses.wire import COUNT_FIELDS, COUNT_PATH, GENERATE_PATH, NAME
from dragoman.errors import DragomanError, invalid, malformed_upstream
from dragoman.model.card import ModelCard
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.wire.json_document import JsonDocument, decode_object, encode_json
from dragoman.wire.sse import emit_comment

_TOKEN_MARK = b'"encrypted_content"'  # the longer word is found much faster, and mostly it is not there
_ENVELOPE_MARK = f'"{PREFIX}'.encode()


def read_envelope(document: JsonDocument) -> Envelope:
    """Model and stream flag; here both stand in the body."""
    model, stream = document.read_head()
    if type(model) is not str or not model:
        raise invalid("This field is required and must be a string.", "model")
    if stream is not None and type(stream) is not bool:
        raise invalid("This field must be true or false.", "stream")
    return Envelope(model, stream or False, document)


class ResponsesClient:
    """Understands clients of the Responses API."""

    name = NAME
    stream_content_type = b"text/event-stream"
    heartbeat: bytes | None = emit_comment(b"keep-alive")

    def open_envelope(self, body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
        return read_envelope(JsonDocument(body))

    def parse_request(self, envelope: Envelope) -> Request:
        document = envelope.document
        usual = read_usual(document)
        return usual or parse_request_fields(document.decode(), envelope.model, stream=envelope.stream)

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        return WireReply(200, encode_json(emit_body(response, request, losses)))

    def open_emitter(self, request: Request, losses: list[Loss]) -> ResponsesEmitter:
        return ResponsesEmitter(request, losses)

    def emit_error(self, error: DragomanError) -> WireReply:
        return errors.emit_error(error)

    def emit_stream_error(self, error: DragomanError) -> bytes:
        return ResponsesEmitter(Request(model="", turns=[]), []).fail(error)

    def emit_token_count(self, count: int) -> WireReply:
        return WireReply(200, encode_json({"object": "response.input_tokens", "input_tokens": count}))

    def emit_models(self, cards: list[ModelCard]) -> WireReply:
        return models.emit_models(cards)

    def emit_model(self, card: ModelCard) -> WireReply:
        return models.emit_model(card)


class ResponsesProvider:
    """Asks providers that serve the Responses API."""

    name = NAME

    def emit_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
        return WireRequest(GENERATE_PATH, encode_json(emit_request_fields(request, profile, losses)))

    def patch_request(self, envelope: Envelope, model: str, profile: Profile) -> WireRequest:
        """Only the model changes; and thinking of others, which this provider would refuse, goes."""
        document = envelope.document
        if envelope.is_recalled or _may_hold_envelopes(document.body):
            items = document.read("input")
            if type(items) is list and any(map(_is_foreign, items)):
                kept = encode_json([item for item in items if not _is_foreign(item)])
                return WireRequest(GENERATE_PATH, document.patch({"model": encode_json(model), "input": kept}))
        return WireRequest(GENERATE_PATH, document.put("model", model))

    def parse_response(self, body: bytes) -> Response:
        return parse_response.parse_response(body)

    def read_glance(self, body: bytes) -> Glance:
        return parse_response.read_glance(body)

    def open_parser(self) -> ResponsesParser:
        return ResponsesParser()

    def open_listener(self, envelope: Envelope, profile: Profile) -> ResponsesListener:
        return ResponsesListener()

    def parse_error(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> DragomanError:
        return errors.parse_error(status, headers, body)

    def emit_count_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest | None:
        fields = emit_request_fields(request, profile, losses)
        return WireRequest(COUNT_PATH, encode_json({name: fields[name] for name in fields if name in COUNT_FIELDS}))

    def parse_token_count(self, body: bytes) -> int:
        try:
            count = decode_object(body).get("input_tokens")
        except DragomanError:
            count = None
        if type(count) is not int or count < 0:
            raise malformed_upstream("The provider's token count is not one.")
        return count


def _may_hold_envelopes(body: bytes) -> bool:
    return body.find(_TOKEN_MARK) >= 0 and body.find(_ENVELOPE_MARK) >= 0


def _is_foreign(item: Any) -> bool:
    """Thinking in an envelope of ours, or under no name but one that we gave."""
    if type(item) is not dict:
        return False
    token = item.get("encrypted_content")
    if type(token) is str and token:
        return unwrap_token(token) is not None
    return item.get("type") == "reasoning" and is_made_here(item.get("id"))


DIALECT = Dialect(NAME, ResponsesClient(), ResponsesProvider())
