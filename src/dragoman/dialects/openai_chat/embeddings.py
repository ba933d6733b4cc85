"""Embeddings in OpenAI's words, where a client or a provider of another dialect is on the other side.

Spec: https://platform.openai.com/docs/api-reference/embeddings. Lists of tokens are refused: they mean something to the
models of one maker only. OpenAI's own libraries ask for Base64 unless they are told otherwise.
"""

from __future__ import annotations

import base64
import struct
from typing import Any

import msgspec

from dragoman.dialects.base import Envelope, WireReply, WireRequest
from dragoman.dialects.openai_chat.operations_usage import read_usage
from dragoman.errors import DragomanError, Kind, invalid, malformed_upstream
from dragoman.model.embedding import EmbeddingRequest, EmbeddingResponse, ask_for_vectors
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.model.usage import Usage
from dragoman.wire.json_document import decode_object, encode_json
from dragoman.wire.json_read import Fields, read_optional, read_whole

NAME = "openai_chat"
PATH = "/embeddings"


# -- clients ---------------------------------------------------------------------------------------------------------


def parse_request(envelope: Envelope) -> EmbeddingRequest:
    """What a client asks."""
    fields = envelope.document.decode()
    packing = read_optional(fields, "encoding_format", str) or "float"
    if packing not in {"float", "base64"}:
        raise invalid("Use float or base64.", "encoding_format")
    request = ask_for_vectors(envelope.model, _read_texts(fields), dimensions=read_whole(fields, "dimensions"))
    return msgspec.structs.replace(request, extras={NAME: {"_packing": packing}})


def _read_texts(fields: Fields) -> list[str]:
    given = fields.get("input")
    texts = [given] if type(given) is str else given
    if type(texts) is not list or not texts:
        raise invalid("This field is required and must be a string or a list of strings.", "input")
    if all(type(item) is int or type(item) is list for item in texts):
        raise DragomanError(
            Kind.UNSUPPORTED, "Tokens mean something to OpenAI's own models only; send the text.", path="input"
        )
    for index, text in enumerate(texts):
        if type(text) is not str:
            raise invalid("A string is expected here.", f"input[{index}]")
    return texts


def emit_response(response: Response, request: Request) -> WireReply:
    """The vectors, packed as they were asked for."""
    if not isinstance(response, EmbeddingResponse):
        raise TypeError("an answer to a wish for vectors has vectors")
    packs = (request.extras or {}).get(NAME, {}).get("_packing") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": pack(vector) if packs else vector}
        for index, vector in enumerate(response.vectors)
    ]
    tokens = response.usage.input if response.usage is not None else 0
    body = {
        "object": "list",
        "data": data,
        "model": response.model or request.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
    return WireReply(200, encode_json(body))


def pack(vector: list[float]) -> str:
    """A vector as OpenAI packs it: 32-bit numbers, lowest byte first, in Base64."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


# -- providers -------------------------------------------------------------------------------------------------------


def emit_request(request: EmbeddingRequest, losses: list[Loss]) -> WireRequest:
    """The request to a provider."""
    body: Fields = {"model": request.model, "input": request.texts, "encoding_format": "float"}
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    foreign = [name for name in ("purpose", "title") if getattr(request, name) is not None]
    losses += [Loss("dropped", name, "vectors have no purpose here") for name in foreign]
    return WireRequest(PATH, encode_json(body))


def parse_response(body: bytes) -> EmbeddingResponse:
    """What a provider answers, in the order in which it was asked."""
    try:
        fields = decode_object(body)
        entries: list[Any] = read_optional(fields, "data", list) or []
        entries = sorted(entries, key=lambda entry: entry["index"])
        vectors = [[float(number) for number in entry["embedding"]] for entry in entries]
    except (DragomanError, KeyError, TypeError, ValueError):
        raise malformed_upstream("The provider's answer holds no vectors.") from None
    model = fields.get("model")
    usage: Usage | None = read_usage(fields.get("usage"))
    return EmbeddingResponse("", model if type(model) is str else "", [], usage, vectors=vectors)
