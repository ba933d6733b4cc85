"""The dialect as clients speak it, in both versions that are about. No provider speaks it."""

from __future__ import annotations

from dragoman.dialects.ai_sdk_gateway import errors, models
from dragoman.dialects.ai_sdk_gateway.emit_response import emit_response
from dragoman.dialects.ai_sdk_gateway.parse_request import open_envelope, parse_request
from dragoman.dialects.ai_sdk_gateway.stream_emit import GatewayStreamEmitter
from dragoman.dialects.ai_sdk_gateway.wire import NAME, V3_NAME, Version
from dragoman.dialects.base import Dialect, StreamEmitter, WireReply
from dragoman.model.card import ModelCard
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.wire.json_document import encode_json


class GatewayClient:
    """Understands programs that use the AI SDK's gateway provider, and answers them."""

    stream_content_type = b"text/event-stream"
    heartbeat: bytes | None = b": keep-alive\n\n"

    open_envelope = staticmethod(open_envelope)
    parse_request = staticmethod(parse_request)
    emit_error = staticmethod(errors.emit_error)
    emit_stream_error = staticmethod(errors.emit_stream_error)

    def __init__(self, name: str, version: Version) -> None:
        self.name = name
        self._version = version

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        return emit_response(response, losses, self._version)

    def open_emitter(self, request: Request, losses: list[Loss]) -> StreamEmitter:
        return GatewayStreamEmitter(losses, self._version)

    def emit_token_count(self, count: int) -> WireReply:
        """The protocol has no such operation; the object is modelled on its usage."""
        return WireReply(200, encode_json({"inputTokens": {"total": count}}))

    def emit_models(self, cards: list[ModelCard]) -> WireReply:
        return models.emit_models(cards, self._version)

    def emit_model(self, card: ModelCard) -> WireReply:
        return models.emit_model(card, self._version)


DIALECT = Dialect(NAME, GatewayClient(NAME, 4), None)
V3_DIALECT = Dialect(V3_NAME, GatewayClient(V3_NAME, 3), None)
