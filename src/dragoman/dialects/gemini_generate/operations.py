"""Gemini's embeddings, one text or many at a time: passed to providers of the same dialect, translated for others.

Invariant: the body goes on as it came, but for the model where it is named once more inside: a batch names it in each
of its requests, and Google refuses one that is not the model of the path.
Spec: https://ai.google.dev/api/embeddings
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dragoman.dialects.base import Dialect, Envelope, Glance, WireReply, WireRequest
from dragoman.dialects.gemini_generate import embeddings
from dragoman.dialects.gemini_generate.dialect import GeminiClients, GeminiProviders
from dragoman.dialects.gemini_generate.emit_request import build_path
from dragoman.dialects.gemini_generate.errors import parse_error
from dragoman.dialects.gemini_generate.usage import parse_usage
from dragoman.dialects.gemini_generate.wire import NAME
from dragoman.errors import DragomanError, invalid, malformed_upstream
from dragoman.model.embedding import EmbeddingRequest
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.wire.json_document import JsonDocument, decode_value, encode_json, split_object

_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode

Rename = Callable[[JsonDocument, bytes], bytes]
"""A body in which the model goes by another name, given as JSON."""


class Form(msgspec.Struct, frozen=True):
    """What tells one operation from the other."""

    name: str
    verb: str
    field: str  # what every answer holds
    rename: Rename


class OperationClients(GeminiClients):
    """Clients who ask for one operation."""

    def __init__(self, form: Form) -> None:
        self.name = form.name

        self._is_batch = form.field == "embeddings"

    def parse_request(self, envelope: Envelope) -> Request:
        return embeddings.parse_request(envelope, is_batch=self._is_batch)

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        return embeddings.emit_response(response, is_batch=self._is_batch)


class OperationProviders(GeminiProviders):
    """Providers who do one operation."""

    def __init__(self, form: Form) -> None:
        self.name = form.name
        self._form = form

    def patch_request(self, envelope: Envelope, model: str, profile: Profile) -> WireRequest:
        body = envelope.document.body
        if model != envelope.model:
            resource = model if "/" in model else f"models/{model}"
            body = self._form.rename(envelope.document, encode_json(resource))
        return WireRequest(build_path(model, self._form.verb), body)

    def emit_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
        if not isinstance(request, EmbeddingRequest):
            raise TypeError("only a wish for vectors comes here")
        return embeddings.emit_request(request)

    def parse_response(self, body: bytes) -> Response:
        return embeddings.parse_response(body)

    def read_glance(self, body: bytes) -> Glance:
        try:
            fields = split_object(body)
        except DragomanError:
            raise malformed_upstream("The provider's answer is no JSON object.") from None
        if "error" in fields:
            raise parse_error(200, (), body)
        if self._form.field not in fields:
            raise malformed_upstream(f"The provider's answer holds no {self._form.field}.")
        reported = fields.get("usageMetadata")
        return Glance(parse_usage(None if reported is None else decode_value(bytes(reported))), None)


def _rename_one(document: JsonDocument, name: bytes) -> bytes:
    return document.patch({"model": name}) if "model" in document.fields else document.body


def _rename_each(document: JsonDocument, name: bytes) -> bytes:
    """Each request of a batch on its own, its other bytes as they came."""
    given = document.fields.get("requests")
    if given is None:
        return _rename_one(document, name)
    try:
        requests = _decode_list(given)
        renamed = [_rename_one(JsonDocument(bytes(request)), name) for request in requests]
    except msgspec.DecodeError:
        raise invalid("This must be a list of requests.", "requests") from None
    except DragomanError as error:
        raise error.under("requests") from None
    return JsonDocument(_rename_one(document, name)).patch({"requests": b"[%b]" % b",".join(renamed)})


FORMS = (
    Form("gemini_embeddings", "embedContent", "embedding", _rename_one),
    Form("gemini_batch_embeddings", "batchEmbedContents", "embeddings", _rename_each),
)
OPERATIONS = tuple(Dialect(form.name, OperationClients(form), OperationProviders(form), (NAME,)) for form in FORMS)
EMBEDDING_PROVIDER = OperationProviders(FORMS[1])
"""How providers are asked for vectors by clients of other dialects: many texts at a time."""
