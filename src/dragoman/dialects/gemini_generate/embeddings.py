"""Embeddings in Gemini's words, where a client or a provider of another dialect is on the other side.

Spec: https://ai.google.dev/api/embeddings. Providers are always asked for a batch, clients ask for one text or for many.
Google tells no usage.
"""

from __future__ import annotations

from dragoman.dialects.base import Envelope, WireReply, WireRequest
from dragoman.dialects.gemini_generate.emit_request import build_path
from dragoman.dialects.gemini_generate.usage import parse_usage
from dragoman.errors import DragomanError, Kind, invalid, malformed_upstream
from dragoman.model.embedding import EmbeddingRequest, EmbeddingResponse, ask_for_vectors
from dragoman.model.response import Response
from dragoman.wire.json_document import decode_object, encode_json
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required, read_whole

_SETTINGS = ("taskType", "title", "outputDimensionality")


# -- clients ---------------------------------------------------------------------------------------------------------


def parse_request(envelope: Envelope, *, is_batch: bool) -> EmbeddingRequest:
    """What a client asks: one text, or many under the same settings."""
    fields = envelope.document.decode()
    asked = read_required(fields, "requests", list) if is_batch else [fields]
    if not asked:
        raise invalid("At least one request is expected here.", "requests")
    texts = read_each(asked, "requests", _read_text) if is_batch else [_read_text(fields)]
    first: Fields = asked[0]
    if any(other.get(name) != first.get(name) for other in asked for name in _SETTINGS):
        raise DragomanError(
            Kind.UNSUPPORTED,
            "Only Gemini's own models embed texts under several settings at once; send them one by one.",
            path="requests",
        )
    return ask_for_vectors(
        envelope.model,
        texts,
        dimensions=read_whole(first, "outputDimensionality"),
        purpose=read_optional(first, "taskType", str),
        title=read_optional(first, "title", str),
    )


def _read_text(fields: Fields) -> str:
    content = read_required(fields, "content", dict)
    parts = read_required(content, "parts", list)
    return "\n".join(read_each(parts, "content.parts", _read_part))


def _read_part(part: Fields) -> str:
    if "text" not in part:
        raise DragomanError(Kind.UNSUPPORTED, "Only text can be embedded by models of other makers.")
    return read_required(part, "text", str)


def emit_response(response: Response, *, is_batch: bool) -> WireReply:
    """The vectors, or the only one."""
    if not isinstance(response, EmbeddingResponse):
        raise TypeError("an answer to a wish for vectors has vectors")
    entries = [{"values": vector} for vector in response.vectors]
    if is_batch:
        return WireReply(200, encode_json({"embeddings": entries}))
    return WireReply(200, encode_json({"embedding": entries[0] if entries else {"values": []}}))


# -- providers -------------------------------------------------------------------------------------------------------


def emit_request(request: EmbeddingRequest) -> WireRequest:
    """The request to a provider."""
    resource = request.model if "/" in request.model else f"models/{request.model}"
    settings = (request.purpose, request.title, request.dimensions)
    told = {name: value for name, value in zip(_SETTINGS, settings, strict=True) if value is not None}
    requests = [{"model": resource, "content": {"parts": [{"text": text}]}, **told} for text in request.texts]
    return WireRequest(build_path(request.model, "batchEmbedContents"), encode_json({"requests": requests}))


def parse_response(body: bytes) -> EmbeddingResponse:
    """What a provider answers."""
    try:
        fields = decode_object(body)
        entries = read_required(fields, "embeddings", list)
        vectors = [[float(number) for number in entry["values"]] for entry in entries]
    except (DragomanError, KeyError, TypeError, ValueError):
        raise malformed_upstream("The provider's answer holds no vectors.") from None
    return EmbeddingResponse("", "", [], parse_usage(fields.get("usageMetadata")), vectors=vectors)
