"""Gemini's embeddings: the body goes on, and the model is renamed wherever it is named."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.base import ClientSide, Dialect, ProviderSide
from dragoman.dialects.gemini_generate.operations import OPERATIONS
from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.wire.json_document import encode_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["model", "requests", "embedding", "embeddings", "error", "usageMetadata"])
ONE, MANY = OPERATIONS


def sides(operation: Dialect) -> tuple[ClientSide, ProviderSide]:
    assert operation.client is not None
    assert operation.provider is not None
    return operation.client, operation.provider


def patch(operation: Dialect, body: bytes, model: str = "e") -> tuple[str, bytes]:
    client, provider = sides(operation)
    wire = provider.patch_request(client.open_envelope(body, "r", False), model, DEFAULT_PROFILE)
    return wire.path, wire.body


def test_a_single_text_goes_on_with_the_model_renamed_where_it_stands() -> None:
    plain = b'{ "content" : {"parts":[{"text":"\\u00e9"}]}}'
    assert patch(ONE, plain) == ("/models/e:embedContent", plain)
    named = plain.replace(b"{ ", b'{ "model" : "models/r", ', 1)
    assert patch(ONE, named)[1] == named.replace(b"models/r", b"models/e")


def test_each_request_of_a_batch_is_renamed() -> None:
    sent = b'{"requests":[{ "model":"models/r", "content": {"parts": [1.50]}},{"content":{}}], "x": 1}'
    path, body = patch(MANY, sent)
    assert path == "/models/e:batchEmbedContents"
    assert body == sent.replace(b"models/r", b"models/e")


def test_where_the_name_stays_not_a_byte_changes() -> None:
    sent = b'{"requests": [ {"model":"models/r"} , {"model":"models/r"} ]}'
    assert patch(MANY, sent, "r")[1] == sent


def test_a_model_that_is_a_resource_of_its_own_keeps_its_collection() -> None:
    path, body = patch(ONE, b'{"model":"models/r"}', "tunedModels/e")
    assert path == "/tunedModels/e:embedContent"
    assert body == b'{"model":"tunedModels/e"}'


@pytest.mark.parametrize("body", [b'{"requests":3}', b'{"requests":[3]}', b'{"requests":{"model":"models/r"}}'])
def test_a_batch_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        patch(MANY, body)
    assert caught.value.kind is Kind.INVALID_REQUEST
    assert caught.value.path.startswith("requests")


def test_a_batch_without_requests_is_for_the_provider_to_refuse() -> None:
    assert patch(MANY, b"{}")[1] == b"{}"


def test_a_glance_takes_usage_where_it_is_told() -> None:
    _, provider = sides(ONE)
    assert provider.read_glance(b'{"embedding":{"values":[1]}}').usage is None
    told = provider.read_glance(b'{"embedding":{},"usageMetadata":{"promptTokenCount":4}}')
    assert told.usage is not None
    assert told.usage.input == 4


@pytest.mark.parametrize("body", [b"", b"[]", b'{"embedding":{}}', b'{"candidates":[]}'])
def test_what_is_no_answer_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        sides(MANY)[1].read_glance(body)
    assert caught.value.blame == "upstream"


def test_an_error_that_came_with_status_200_is_one() -> None:
    with pytest.raises(DragomanError) as caught:
        sides(ONE)[1].read_glance(b'{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED"}}')
    assert caught.value.kind is Kind.RATE_LIMIT


@given(st.sampled_from(OPERATIONS), st.dictionaries(FIELDS, VALUES))
def test_whatever_comes_nothing_else_is_raised(operation: Dialect, fields: dict[str, Any]) -> None:
    with contextlib.suppress(DragomanError):
        patch(operation, encode_json(fields))
    with contextlib.suppress(DragomanError):
        sides(operation)[1].read_glance(encode_json(fields))
