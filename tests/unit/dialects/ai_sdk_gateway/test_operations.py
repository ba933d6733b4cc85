"""Vectors and pictures, as AI SDK programs ask their gateway for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.operations import EmbeddingClient, ImageClient
from dragoman.dialects.registry import OPERATIONS
from dragoman.errors import DragomanError, Kind
from dragoman.model.embedding import EmbeddingRequest, EmbeddingResponse
from dragoman.model.image import ImageRequest, ImageResponse
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.model.usage import Usage

EMBEDDINGS, IMAGES = EmbeddingClient(), ImageClient()


def parse(client: EmbeddingClient | ImageClient, **fields: Any) -> Request:
    return client.parse_request(client.open_envelope(json.dumps(fields).encode(), "acme/m", None))


def test_texts_are_read_with_what_is_said_to_their_makers() -> None:
    request = parse(EMBEDDINGS, values=["sea", "sky"], dimensions=8, providerOptions={"google": {"taskType": "X"}})
    assert isinstance(request, EmbeddingRequest)
    assert (request.model, request.texts, request.dimensions, request.purpose) == ("acme/m", ["sea", "sky"], 8, "X")
    for options in ({"google": {"outputDimensionality": 4}}, {"openai": {"dimensions": 4}}):
        request = parse(EMBEDDINGS, values=["sea"], providerOptions=options)
        assert isinstance(request, EmbeddingRequest)
        assert request.dimensions == 4


@pytest.mark.parametrize("values", [None, "sea", [3]])
def test_what_is_no_list_of_texts_is_refused(values: Any) -> None:
    with pytest.raises(DragomanError) as caught:
        parse(EMBEDDINGS, values=values)
    assert caught.value.kind is Kind.INVALID_REQUEST


def test_vectors_are_told_with_tokens_and_warnings() -> None:
    response = EmbeddingResponse("", "", [], Usage(input=3), vectors=[[0.5]])
    losses = [Loss("dropped", "purpose", "none here")]
    body = json.loads(EMBEDDINGS.emit_response(response, Request("m", []), losses).body)
    assert (body["embeddings"], body["usage"]) == ([[0.5]], {"tokens": 3})
    assert body["warnings"][0]["feature"] == "purpose"
    silent = EmbeddingResponse("", "", [], vectors=[])
    assert "usage" not in json.loads(EMBEDDINGS.emit_response(silent, Request("m", []), []).body)


def test_a_picture_is_asked_for() -> None:
    request = parse(IMAGES, prompt="a cat", n=2, size="1x1", aspectRatio="1:1", seed=7)
    assert isinstance(request, ImageRequest)
    assert (request.prompt, request.count, request.size, request.ratio) == ("a cat", 2, "1x1", "1:1")
    assert request.sampling.seed == 7
    for name in ("files", "mask"):
        with pytest.raises(DragomanError) as caught:
            parse(IMAGES, prompt="a cat", n=1, **{name: [{"type": "file"}]})
        assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, name)


def test_pictures_are_told_with_tokens() -> None:
    response = ImageResponse("", "", [], Usage(input=5, output_image=100), images=["AA=="])
    body = json.loads(IMAGES.emit_response(response, Request("m", []), []).body)
    assert body == {
        "images": ["AA=="],
        "warnings": [],
        "usage": {"inputTokens": 5, "outputTokens": 100, "totalTokens": 105},
    }


def test_only_the_right_answer_is_told() -> None:
    for client in (EMBEDDINGS, IMAGES):
        with pytest.raises(TypeError):
            client.emit_response(Response("", "", []), Request("m", []), [])


def test_there_are_ways_to_providers_of_other_dialects() -> None:
    assert {"openai_chat", "gemini_generate", "bedrock_converse"} <= OPERATIONS["ai_sdk_embeddings"].crossings.keys()
    assert OPERATIONS["ai_sdk_images"].crossings.keys() == {"openai_chat"}
