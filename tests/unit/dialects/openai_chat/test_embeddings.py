"""Embeddings in OpenAI's words, both ways."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest

from dragoman.dialects.base import Envelope
from dragoman.dialects.openai_chat import embeddings
from dragoman.dialects.openai_chat.operations import OPERATIONS
from dragoman.errors import DragomanError, Kind
from dragoman.model.embedding import EmbeddingRequest, EmbeddingResponse, ask_for_vectors
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.model.usage import Usage
from dragoman.wire.json_document import JsonDocument

OPERATION = OPERATIONS[0]


def open_envelope(**fields: Any) -> Envelope:
    body = json.dumps({"model": "m", **fields}).encode()
    return Envelope("m", False, JsonDocument(body))


def parse(**fields: Any) -> EmbeddingRequest:
    assert OPERATION.client is not None
    request = OPERATION.client.parse_request(open_envelope(**fields))
    assert isinstance(request, EmbeddingRequest)
    return request


def test_one_text_or_many_are_read() -> None:
    assert parse(input="sea").texts == ["sea"]
    request = parse(input=["sea", "sky"], dimensions=8)
    assert (request.texts, request.dimensions, request.model) == (["sea", "sky"], 8, "m")


@pytest.mark.parametrize("given", [None, [], 3, {"a": 1}, ["sea", 3], [None]])
def test_what_is_no_text_is_refused(given: Any) -> None:
    with pytest.raises(DragomanError) as caught:
        parse(input=given)
    assert caught.value.kind is Kind.INVALID_REQUEST


@pytest.mark.parametrize("given", [[1, 2], [[1, 2], [3]]])
def test_tokens_mean_nothing_to_others(given: Any) -> None:
    with pytest.raises(DragomanError, match="OpenAI's own models only") as caught:
        parse(input=given)
    assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, "input")


def test_vectors_are_packed_as_they_were_asked_for() -> None:
    response = EmbeddingResponse("", "", [], Usage(input=3), vectors=[[0.5, -2.0], [1.0, 0.0]])
    assert OPERATION.client is not None
    plain = json.loads(OPERATION.client.emit_response(response, parse(input="sea"), []).body)
    assert [entry["embedding"] for entry in plain["data"]] == [[0.5, -2.0], [1.0, 0.0]]
    assert (plain["model"], plain["usage"]) == ("m", {"prompt_tokens": 3, "total_tokens": 3})
    packed = json.loads(OPERATION.client.emit_response(response, parse(input="sea", encoding_format="base64"), []).body)
    assert struct.unpack("<2f", base64.b64decode(packed["data"][0]["embedding"])) == (0.5, -2.0)
    with pytest.raises(DragomanError, match="float or base64"):
        parse(input="sea", encoding_format="int8")


def test_a_provider_is_asked_for_plain_numbers_and_what_it_has_no_word_for_is_told() -> None:
    losses: list[Loss] = []
    request = ask_for_vectors("m", ["sea"], dimensions=8, purpose="CLUSTERING", title="t")
    assert OPERATION.provider is not None
    wire = OPERATION.provider.emit_request(request, Profile(), losses)
    assert (wire.path, json.loads(wire.body)) == (
        "/embeddings",
        {"model": "m", "input": ["sea"], "encoding_format": "float", "dimensions": 8},
    )
    assert [loss.path for loss in losses] == ["purpose", "title"]


def test_answers_are_read_in_the_order_of_the_texts() -> None:
    data = [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1.5]}]
    body = json.dumps({"data": data, "model": "x", "usage": {"prompt_tokens": 4, "total_tokens": 4}}).encode()
    assert OPERATION.provider is not None
    response = OPERATION.provider.parse_response(body)
    assert isinstance(response, EmbeddingResponse)
    assert (response.vectors, response.model) == ([[1.5], [2.0]], "x")
    assert response.usage is not None
    assert response.usage.input == 4


@pytest.mark.parametrize("body", [b"", b"{}x", b'{"data":[{}]}', b'{"data":[{"index":0,"embedding":"AAA"}]}'])
def test_an_answer_without_vectors_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        embeddings.parse_response(body)
    assert caught.value.blame == "upstream"


def test_nothing_but_a_wish_for_vectors_comes_here() -> None:
    assert OPERATION.provider is not None
    with pytest.raises(TypeError):
        OPERATION.provider.emit_request(Request("m", []), Profile(), [])
    with pytest.raises(TypeError):
        embeddings.emit_response(Response("", "", []), Request("m", []))
