"""Embeddings at Bedrock: each maker's words, and answers that show whose they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.bedrock_converse.embeddings import EMBEDDING_PROVIDER
from dragoman.errors import DragomanError, Kind
from dragoman.model.embedding import EmbeddingResponse, ask_for_vectors
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request
from tests.unit.dialects.bedrock_converse.samples import codes

TITAN, COHERE = Profile(), Profile(embedding_form="cohere")


def emit(profile: Profile, *texts: str, losses: list[Loss] | None = None, **more: Any) -> tuple[str, Any]:
    request = ask_for_vectors("amazon.titan-embed-text-v2:0", list(texts), **more)
    wire = EMBEDDING_PROVIDER.emit_request(request, profile, [] if losses is None else losses)
    return wire.path, json.loads(wire.body)


def test_titan_takes_one_text() -> None:
    losses: list[Loss] = []
    path, body = emit(TITAN, "sea", losses=losses, dimensions=256, purpose="CLUSTERING", title="t")
    assert path == "/model/amazon.titan-embed-text-v2%3A0/invoke"
    assert body == {"inputText": "sea", "dimensions": 256}
    assert codes(losses) == [("dropped", "title"), ("dropped", "purpose")]
    with pytest.raises(DragomanError, match="one text a request") as caught:
        emit(TITAN, "sea", "sky")
    assert caught.value.kind is Kind.UNSUPPORTED


def test_cohere_takes_many_and_wants_their_purpose() -> None:
    losses: list[Loss] = []
    _, body = emit(COHERE, "sea", "sky", losses=losses, dimensions=256, purpose="RETRIEVAL_QUERY")
    assert body == {
        "texts": ["sea", "sky"],
        "input_type": "search_query",
        "embedding_types": ["float"],
        "output_dimension": 256,
    }
    assert losses == []
    assert emit(COHERE, "sea", losses=losses)[1]["input_type"] == "search_document"
    emit(COHERE, "sea", losses=losses, purpose="FACT_VERIFICATION")
    assert codes(losses) == [("defaulted", "purpose"), ("approximated", "purpose")]


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        ({"embedding": [1, 2.5], "inputTextTokenCount": 4}, 4),
        ({"embeddings": [[1, 2.5]]}, None),
        ({"embeddings": {"float": [[1, 2.5]]}, "response_type": "embeddings_by_type"}, None),
    ],
)
def test_an_answer_shows_whose_it_is(body: dict[str, Any], tokens: int | None) -> None:
    response = EMBEDDING_PROVIDER.parse_response(json.dumps(body).encode())
    assert isinstance(response, EmbeddingResponse)
    assert response.vectors == [[1.0, 2.5]]
    assert (response.usage.input if response.usage else None) == tokens


@pytest.mark.parametrize("body", [b"", b"{}", b'{"embeddings":3}', b'{"embedding":["x"]}', b'{"embeddings":{}}'])
def test_an_answer_without_vectors_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        EMBEDDING_PROVIDER.parse_response(body)
    assert caught.value.blame == "upstream"


def test_nothing_but_a_wish_for_vectors_comes_here() -> None:
    with pytest.raises(TypeError):
        EMBEDDING_PROVIDER.emit_request(Request("m", []), TITAN, [])
