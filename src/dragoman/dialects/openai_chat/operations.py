"""What else clients of OpenAI's API ask: embeddings, legacy completions, moderations, images, speech, and reranking as
Jina, vLLM and Together have it beside. It is passed to providers of the same API; only embeddings are translated, too.

Invariant: of a request only the model changes, and what makes a completion's stream tell its usage; of an answer
nothing does. Speech is the one answer that is no JSON; it goes out whole under its provider's content type.
Spec: https://platform.openai.com/docs/api-reference
"""

from __future__ import annotations

import msgspec

from dragoman.dialects.base import Dialect, Envelope, Glance, StreamListener, WireReply, WireRequest
from dragoman.dialects.openai_chat import embeddings, images
from dragoman.dialects.openai_chat.dialect import ChatClient, ChatProvider
from dragoman.dialects.openai_chat.emit_request import asks_usage, patch_request
from dragoman.dialects.openai_chat.errors import parse_inline_error
from dragoman.dialects.openai_chat.hosting import build_path
from dragoman.dialects.openai_chat.operations_listen import OperationStreamListener
from dragoman.dialects.openai_chat.operations_usage import find_finish, read_usage
from dragoman.dialects.openai_chat.parse_request import open_envelope
from dragoman.errors import DragomanError, Kind, malformed_upstream
from dragoman.model.embedding import EmbeddingRequest
from dragoman.model.image import ImageRequest
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.wire.json_document import JsonDocument, decode_value, split_object

CARRIERS = ("openai_chat", "openai_responses")

_READ = ("error", "usage", "choices")


class Form(msgspec.Struct, frozen=True):
    """What tells one operation from another. `stream_options`: usage in its stream has to be asked for."""

    name: str
    path: str
    field: str = ""  # what every answer holds; empty where answers are no JSON
    streams: bool = False
    stream_options: bool = False
    default_model: str | None = None  # what the API takes where the request names none


FORMS = (
    Form("openai_embeddings", "/embeddings", "data"),
    Form("openai_completions", "/completions", "choices", streams=True, stream_options=True),
    Form("openai_moderations", "/moderations", "results", default_model="omni-moderation-latest"),
    Form("openai_images", "/images/generations", "data", streams=True),
    Form("openai_rerank", "/rerank", "results"),
    Form("openai_speech", "/audio/speech"),
)


class OperationClient(ChatClient):
    """Clients who ask for one operation; errors are told as to those of Chat Completions."""

    def __init__(self, form: Form) -> None:
        self.name = form.name
        self._form = form

    def open_envelope(self, body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
        default = self._form.default_model
        if default is not None and path_model is None and JsonDocument(body).read("model") is None:
            path_model = default
        envelope = open_envelope(body, path_model, path_stream)
        return envelope if self._form.streams else msgspec.structs.replace(envelope, stream=False)

    def parse_request(self, envelope: Envelope) -> Request:
        """For a provider of another dialect there are no words for it."""
        raise DragomanError(
            Kind.UNSUPPORTED, f"{self.name} is only passed to providers that speak {' or '.join(CARRIERS)}."
        )


class OperationProvider(ChatProvider):
    """Providers who do one operation."""

    def __init__(self, form: Form) -> None:
        self.name = form.name
        self._form = form

    def patch_request(self, envelope: Envelope, model: str, profile: Profile) -> WireRequest:
        if not self._form.stream_options:
            envelope = msgspec.structs.replace(envelope, stream=False)
        path = build_path(self._form.path, model, profile)
        return msgspec.structs.replace(patch_request(envelope, model, profile), path=path)

    def read_glance(self, body: bytes) -> Glance:
        if not self._form.field:
            return _glance_at_bytes(body)
        raw = _split_answer(body)
        told = {name: decode_value(bytes(raw[name])) for name in _READ if name in raw}
        if told.get("error"):
            raise parse_inline_error(told, body)
        if bytes(raw.get(self._form.field, b""))[:1] != b"[":
            raise malformed_upstream(f"The provider's answer holds no {self._form.field}.")
        return Glance(read_usage(told.get("usage")), find_finish(told))

    def open_listener(self, envelope: Envelope, profile: Profile) -> StreamListener:
        return OperationStreamListener(hides_usage=self._form.stream_options and not asks_usage(envelope.document))


def _split_answer(body: bytes) -> dict[str, msgspec.Raw]:
    """The answer's fields, unread: a batch of embeddings has tens of megabytes of numbers."""
    try:
        return split_object(body)
    except DragomanError:
        raise malformed_upstream("The provider's answer is no JSON object.") from None


def _glance_at_bytes(body: bytes) -> Glance:
    if not body:
        raise malformed_upstream("The provider's answer is empty.")
    return Glance(None, None, is_json=False)


class EmbeddingClient(OperationClient):
    """Clients who ask for vectors, which providers of other dialects have as well."""

    def parse_request(self, envelope: Envelope) -> Request:
        return embeddings.parse_request(envelope)

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        return embeddings.emit_response(response, request)


class EmbeddingProvider(OperationProvider):
    """Providers who are asked for vectors by clients of any dialect."""

    def emit_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
        if not isinstance(request, EmbeddingRequest):
            raise TypeError("only a wish for vectors comes here")
        path = build_path(self._form.path, request.model, profile)
        return msgspec.structs.replace(embeddings.emit_request(request, losses), path=path)

    def parse_response(self, body: bytes) -> Response:
        return embeddings.parse_response(body)


class ImageProvider(OperationProvider):
    """Providers who are asked for pictures by clients of another dialect."""

    def emit_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
        if not isinstance(request, ImageRequest):
            raise TypeError("only a wish for pictures comes here")
        path = build_path(self._form.path, request.model, profile)
        return msgspec.structs.replace(images.emit_request(request, losses), path=path)

    def parse_response(self, body: bytes) -> Response:
        return images.parse_response(body)


EMBEDDING_PROVIDER = EmbeddingProvider(FORMS[0])
IMAGE_PROVIDER = ImageProvider(FORMS[3])

OPERATIONS = (
    Dialect(FORMS[0].name, EmbeddingClient(FORMS[0]), EMBEDDING_PROVIDER, CARRIERS),
    *(Dialect(form.name, OperationClient(form), OperationProvider(form), CARRIERS) for form in FORMS[1:]),
)
