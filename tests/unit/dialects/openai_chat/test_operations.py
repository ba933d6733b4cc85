"""Operations beside chat: only the model is touched, answers are looked at and nothing more."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.base import ClientSide, ProviderSide
from dragoman.dialects.openai_chat.operations import FORMS, OPERATIONS
from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.wire.json_document import encode_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["data", "choices", "results", "error", "usage", "type", "object"])
BY_NAME = {operation.name: operation for operation in OPERATIONS}


def sides(name: str) -> tuple[ClientSide, ProviderSide]:
    client, provider = BY_NAME[name].client, BY_NAME[name].provider
    assert client is not None
    assert provider is not None
    return client, provider


def patch(name: str, body: bytes, model: str = "m") -> tuple[str, bytes]:
    client, provider = sides(name)
    wire = provider.patch_request(client.open_envelope(body, None, None), model, DEFAULT_PROFILE)
    return wire.path, wire.body


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_each_byte_but_the_models_goes_on(form: Any) -> None:
    sent = b'{ "model" : "r", "input": "\\u00e9", "documents":[1.50], "prompt": "p"}'
    assert patch(form.name, sent) == (form.path, sent.replace(b'"r"', b'"m"'))


def test_only_a_streamed_completion_is_made_to_tell_its_usage() -> None:
    sent = b'{"model":"m","prompt":"p","stream":true}'
    assert json.loads(patch("openai_completions", sent)[1])["stream_options"] == {"include_usage": True}
    assert patch("openai_images", sent)[1] == sent


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_only_what_can_stream_is_taken_for_a_stream(form: Any) -> None:
    envelope = sides(form.name)[0].open_envelope(b'{"model":"m","stream":true}', None, None)
    assert envelope.stream is form.streams
    assert form.streams is (form.name in {"openai_completions", "openai_images"})


def test_a_moderation_without_a_model_gets_the_makers_own() -> None:
    client, _ = sides("openai_moderations")
    assert client.open_envelope(b'{"input":"x"}', None, None).model == "omni-moderation-latest"
    with pytest.raises(DragomanError, match="model"):
        sides("openai_embeddings")[0].open_envelope(b'{"input":"x"}', None, None)


def test_there_are_no_words_for_a_provider_of_another_dialect() -> None:
    client, _ = sides("openai_moderations")
    with pytest.raises(DragomanError) as caught:
        client.parse_request(client.open_envelope(b'{"model":"m"}', None, None))
    assert caught.value.kind is Kind.UNSUPPORTED


def test_a_glance_finds_usage_and_finish() -> None:
    glance = sides("openai_completions")[1].read_glance(
        b'{"choices":[{"text":"a","finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}'
    )
    assert glance.usage is not None
    assert glance.finish is not None
    assert (glance.usage.input, glance.usage.output, glance.finish.reason) == (3, 2, "length")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"object":"list"}', b'{"data":{}}'])
def test_what_is_no_answer_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        sides("openai_embeddings")[1].read_glance(body)
    assert (caught.value.kind, caught.value.blame) == (Kind.UNAVAILABLE, "upstream")


def test_an_error_that_came_with_status_200_is_one() -> None:
    body = b'{"error":{"message":"no","type":"rate_limit_error","code":"rate_limit_exceeded"}}'
    with pytest.raises(DragomanError) as caught:
        sides("openai_embeddings")[1].read_glance(body)
    assert caught.value.kind is Kind.RATE_LIMIT


def test_speech_is_anything_but_nothing() -> None:
    _, provider = sides("openai_speech")
    assert provider.read_glance(b"\xff\xfb").is_json is False
    with pytest.raises(DragomanError, match="empty"):
        provider.read_glance(b"")


@given(st.sampled_from(list(BY_NAME)), st.dictionaries(FIELDS, VALUES))
def test_whatever_is_answered_nothing_else_is_raised(name: str, answer: dict[str, Any]) -> None:
    client, provider = sides(name)
    body = encode_json(answer)
    with contextlib.suppress(DragomanError):
        provider.read_glance(body)
    listener = provider.open_listener(client.open_envelope(b'{"model":"m"}', None, None), DEFAULT_PROFILE)
    with contextlib.suppress(DragomanError):
        listener.feed(b"data: %b\n\n" % body)
        listener.finish()
