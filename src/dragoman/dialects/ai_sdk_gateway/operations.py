"""What AI SDK programs ask of their gateway beside answers: vectors and pictures. No provider speaks this protocol, so
both are always translated.

The model stands in a header, as with answers. Losses are told as warnings.
"""

from __future__ import annotations

from msgspec.structs import replace

from dragoman.dialects.ai_sdk_gateway.dialect import GatewayClient
from dragoman.dialects.ai_sdk_gateway.warnings import emit_warnings
from dragoman.dialects.base import Dialect, Envelope, WireReply
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.model.embedding import EmbeddingResponse, ask_for_vectors
from dragoman.model.image import ImageResponse, ask_for_images
from dragoman.model.loss import Loss
from dragoman.model.request import Request, Sampling
from dragoman.model.response import Response
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields, read_optional, read_required, read_whole

EMBEDDINGS_NAME = "ai_sdk_embeddings"
IMAGES_NAME = "ai_sdk_images"


class EmbeddingClient(GatewayClient):
    """Programs that call `embed` and `embedMany`."""

    def __init__(self) -> None:
        super().__init__(EMBEDDINGS_NAME, 4)

    def parse_request(self, envelope: Envelope) -> Request:
        fields = envelope.document.decode()
        texts = read_required(fields, "values", list)
        for index, text in enumerate(texts):
            if type(text) is not str:
                raise invalid("A string is expected here.", f"values[{index}]")
        google = _read_options(fields, "google")
        dimensions = read_whole(fields, "dimensions") or read_whole(_read_options(fields, "openai"), "dimensions")
        return ask_for_vectors(
            envelope.model,
            texts,
            dimensions=dimensions or read_whole(google, "outputDimensionality"),
            purpose=read_optional(google, "taskType", str),
        )

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        if not isinstance(response, EmbeddingResponse):
            raise TypeError("an answer to a wish for vectors has vectors")
        body: Fields = {"embeddings": response.vectors, "warnings": emit_warnings(losses)}
        if response.usage is not None:
            body["usage"] = {"tokens": response.usage.input}
        return WireReply(200, encode_json(body))


class ImageClient(GatewayClient):
    """Programs that call `generateImage`."""

    def __init__(self) -> None:
        super().__init__(IMAGES_NAME, 4)

    def parse_request(self, envelope: Envelope) -> Request:
        fields = envelope.document.decode()
        for name in ("files", "mask"):
            if fields.get(name):
                raise DragomanError(
                    Kind.UNSUPPORTED, "Pictures are drawn after a text alone; leave this out.", path=name
                )
        return replace(
            ask_for_images(envelope.model, read_required(fields, "prompt", str)),
            count=read_whole(fields, "n"),
            size=read_optional(fields, "size", str),
            ratio=read_optional(fields, "aspectRatio", str),
            sampling=Sampling(seed=read_whole(fields, "seed")),
        )

    def emit_response(self, response: Response, request: Request, losses: list[Loss]) -> WireReply:
        if not isinstance(response, ImageResponse):
            raise TypeError("an answer to a wish for pictures has pictures")
        body: Fields = {"images": response.images, "warnings": emit_warnings(losses)}
        usage = response.usage
        if usage is not None:
            given, made = usage.input + usage.input_image, usage.output_image
            body["usage"] = {"inputTokens": given, "outputTokens": made, "totalTokens": given + made}
        return WireReply(200, encode_json(body))


def _read_options(fields: Fields, provider: str) -> Fields:
    """What a program says to one maker's models only."""
    options = read_optional(fields, "providerOptions", dict) or {}
    return read_optional(options, provider, dict) or {}


OPERATIONS = tuple(Dialect(client.name, client, None) for client in (EmbeddingClient(), ImageClient()))
