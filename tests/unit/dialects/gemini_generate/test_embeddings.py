"""Embeddings in Gemini's words, both ways."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.base import Envelope
from dragoman.dialects.gemini_generate import embeddings
from dragoman.dialects.gemini_generate.operations import EMBEDDING_PROVIDER, OPERATIONS
from dragoman.errors import DragomanError, Kind
from dragoman.model.embedding import EmbeddingRequest, EmbeddingResponse, ask_for_vectors
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.wire.json_document import JsonDocument

SINGLE, BATCH = OPERATIONS


def parse(fields: dict[str, Any], *, is_batch: bool = False) -> EmbeddingRequest:
    client = (BATCH if is_batch else SINGLE).client
    assert client is not None
    request = client.parse_request(Envelope("m", False, JsonDocument(json.dumps(fields).encode())))
    assert isinstance(request, EmbeddingRequest)
    return request


def content(*texts: str, **more: Any) -> dict[str, Any]:
    return {"content": {"parts": [{"text": text} for text in texts]}, **more}


def test_one_text_is_read_with_its_settings() -> None:
    request = parse(content("sea", "sky", taskType="CLUSTERING", title="t", outputDimensionality=8))
    assert (request.texts, request.purpose, request.title, request.dimensions) == (["sea\nsky"], "CLUSTERING", "t", 8)


def test_a_batch_is_read_if_its_settings_are_the_same() -> None:
    request = parse({"requests": [content("sea", taskType="X"), content("sky", taskType="X")]}, is_batch=True)
    assert (request.texts, request.purpose) == (["sea", "sky"], "X")
    with pytest.raises(DragomanError, match="one by one") as caught:
        parse({"requests": [content("sea", taskType="X"), content("sky")]}, is_batch=True)
    assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, "requests")


@pytest.mark.parametrize("fields", [{}, {"requests": []}, {"requests": [3]}, {"requests": [{"content": {}}]}])
def test_a_batch_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(DragomanError) as caught:
        parse(fields, is_batch=True)
    assert caught.value.blame == "client"


def test_only_text_is_for_others() -> None:
    with pytest.raises(DragomanError, match="Only text") as caught:
        parse({"content": {"parts": [{"inlineData": {}}]}})
    assert caught.value.kind is Kind.UNSUPPORTED


def test_vectors_are_told_in_the_form_that_was_asked_for() -> None:
    response = EmbeddingResponse("", "", [], vectors=[[1.0], [2.0]])
    request = ask_for_vectors("m", ["a"])
    assert SINGLE.client is not None
    assert BATCH.client is not None
    single = json.loads(SINGLE.client.emit_response(response, request, []).body)
    assert single == {"embedding": {"values": [1.0]}}
    batch = json.loads(BATCH.client.emit_response(response, request, []).body)
    assert batch == {"embeddings": [{"values": [1.0]}, {"values": [2.0]}]}


def test_a_provider_is_always_asked_for_a_batch() -> None:
    request = ask_for_vectors("embed-1", ["sea", "sky"], dimensions=8, purpose="CLUSTERING")
    wire = EMBEDDING_PROVIDER.emit_request(request, Profile(), [])
    assert wire.path == "/models/embed-1:batchEmbedContents"
    assert json.loads(wire.body)["requests"][1] == {
        "model": "models/embed-1",
        "content": {"parts": [{"text": "sky"}]},
        "taskType": "CLUSTERING",
        "outputDimensionality": 8,
    }


def test_an_answer_is_read_and_one_without_vectors_is_the_providers_fault() -> None:
    response = EMBEDDING_PROVIDER.parse_response(b'{"embeddings":[{"values":[1,2.5]}]}')
    assert isinstance(response, EmbeddingResponse)
    assert response.vectors == [[1.0, 2.5]]
    for body in (b"", b"{}", b'{"embeddings":[{}]}', b'{"embeddings":[{"values":["x"]}]}'):
        with pytest.raises(DragomanError) as caught:
            EMBEDDING_PROVIDER.parse_response(body)
        assert caught.value.blame == "upstream"


def test_nothing_but_a_wish_for_vectors_comes_here() -> None:
    with pytest.raises(TypeError):
        EMBEDDING_PROVIDER.emit_request(Request("m", []), Profile(), [])
    with pytest.raises(TypeError):
        embeddings.emit_response(Response("", "", []), is_batch=False)
