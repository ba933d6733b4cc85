"""Embeddings at Bedrock, by `InvokeModel`: every maker has words of its own. Clients of other dialects ask for them.

Spec: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html and …-embed.html (Cohere).
The profile tells which words; an answer shows them itself. Titan takes one text a request.
"""

from __future__ import annotations

from typing import Any

from dragoman.dialects.base import WireRequest
from dragoman.dialects.bedrock_converse.dialect import ConverseProviders
from dragoman.dialects.bedrock_converse.emit_request import build_path
from dragoman.errors import DragomanError, Kind, malformed_upstream
from dragoman.model.embedding import EmbeddingRequest, EmbeddingResponse
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.model.usage import Usage
from dragoman.wire.json_document import decode_object, encode_json
from dragoman.wire.json_read import Fields

NAME = "bedrock_embeddings"

_PURPOSES = {
    "RETRIEVAL_QUERY": "search_query",
    "RETRIEVAL_DOCUMENT": "search_document",
    "CLASSIFICATION": "classification",
    "CLUSTERING": "clustering",
}


class EmbeddingProviders(ConverseProviders):
    """Models that make vectors."""

    name = NAME

    def emit_request(self, request: Request, profile: Profile, losses: list[Loss]) -> WireRequest:
        if not isinstance(request, EmbeddingRequest):
            raise TypeError("only a wish for vectors comes here")
        if request.title is not None:
            losses.append(Loss("dropped", "title", "texts have no titles here"))
        emit = _emit_cohere if profile.embedding_form == "cohere" else _emit_titan
        return WireRequest(build_path(request.model, "invoke"), encode_json(emit(request, losses)))

    def parse_response(self, body: bytes) -> Response:
        return _parse_response(body)


def _emit_titan(request: EmbeddingRequest, losses: list[Loss]) -> Fields:
    if len(request.texts) != 1:
        raise DragomanError(
            Kind.UNSUPPORTED, "This model embeds one text a request; send them one by one.", path="texts"
        )
    if request.purpose is not None:
        losses.append(Loss("dropped", "purpose", "vectors have no purpose here"))
    body: Fields = {"inputText": request.texts[0]}
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    return body


def _emit_cohere(request: EmbeddingRequest, losses: list[Loss]) -> Fields:
    """The purpose has to be told; where nobody told it, texts are taken for documents."""
    purpose = _PURPOSES.get(request.purpose or "")
    if purpose is None:
        code: Any = "approximated" if request.purpose else "defaulted"
        losses.append(Loss(code, "purpose", "the texts are taken for documents"))
    body: Fields = {"texts": request.texts, "input_type": purpose or "search_document", "embedding_types": ["float"]}
    if request.dimensions is not None:
        body["output_dimension"] = request.dimensions
    return body


def _parse_response(body: bytes) -> EmbeddingResponse:
    """Titan's single vector, or Cohere's list, which may stand under the type of its numbers."""
    try:
        fields = decode_object(body)
        found = fields["embeddings"] if "embeddings" in fields else [fields["embedding"]]
        listed = found["float"] if type(found) is dict else found
        vectors = [[float(number) for number in vector] for vector in listed]
    except (DragomanError, KeyError, TypeError, ValueError):
        raise malformed_upstream("The provider's answer holds no vectors.") from None
    tokens = fields.get("inputTextTokenCount")
    usage = Usage(input=tokens) if type(tokens) is int and tokens > 0 else None
    return EmbeddingResponse("", "", [], usage, vectors=vectors)


EMBEDDING_PROVIDER = EmbeddingProviders()
