"""Both halves of the dialect, put together."""

from __future__ import annotations

from dragoman.dialects.base import (
    Dialect,
    Envelope,
    StreamEmitter,
    StreamListener,
    StreamParser,
    WireReply,
    WireRequest,
)
from dragoman.dialects.openai_chat.emit_request import asks_usage, emit_request, patch_request
from dragoman.dialects.openai_chat.emit_response import emit_response
from dragoman.dialects.openai_chat.errors import emit_error, emit_stream_error, parse_error
from dragoman.dialects.openai_chat.glance import read_glance
from dragoman.dialects.openai_chat.listen import ChatStreamListener
from dragoman.dialects.openai_chat.models import emit_model, emit_models
from dragoman.dialects.openai_chat.parse_request import open_envelope, parse_request
from dragoman.dialects.openai_chat.parse_response import parse_response
from dragoman.dialects.openai_chat.stream_emit import ChatStreamEmitter
from dragoman.dialects.openai_chat.stream_parse import ChatStreamParser
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.request import Request
from dragoman.wire.json_document import encode_json


class ChatClient:
    """Understands clients of Chat Completions and answers them."""

    name = NAME
    stream_content_type = b"text/event-stream; charset=utf-8"
    heartbeat: bytes | None = b": keep-alive\n\n"

    open_envelope = staticmethod(open_envelope)
    parse_request = staticmethod(parse_request)
    emit_response = staticmethod(emit_response)
    emit_models = staticmethod(emit_models)
    emit_model = staticmethod(emit_model)
    emit_error = staticmethod(emit_error)
    emit_stream_error = staticmethod(emit_stream_error)

    def open_emitter(self, request: Request, losses: list[Loss]) -> StreamEmitter:
        return ChatStreamEmitter(request, losses)

    def emit_token_count(self, count: int) -> WireReply:
        """Chat has no such operation; the object is modelled on that of Responses."""
        return WireReply(200, encode_json({"object": "chat.completion.input_tokens", "input_tokens": count}))


class ChatProvider:
    """Asks providers of Chat Completions and understands their answers."""

    name = NAME

    emit_request = staticmethod(emit_request)
    patch_request = staticmethod(patch_request)
    parse_response = staticmethod(parse_response)
    read_glance = staticmethod(read_glance)
    parse_error = staticmethod(parse_error)

    def open_parser(self, profile: Profile = DEFAULT_PROFILE) -> StreamParser:
        return ChatStreamParser(profile)

    def open_listener(self, envelope: Envelope, profile: Profile) -> StreamListener:
        return ChatStreamListener(profile, hides_usage=not asks_usage(envelope.document))

    def emit_count_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest | None:
        return None

    def parse_token_count(self, body: bytes) -> int:
        raise DragomanError(Kind.UNSUPPORTED, "Chat Completions cannot count tokens.")


DIALECT = Dialect(NAME, ChatClient(), ChatProvider())
