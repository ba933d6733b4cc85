"""The two halves: envelopes, patches, counts, model lists."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.dialects.anthropic_messages.dialect import DIALECT, AnthropicClientSide, AnthropicProviderSide
from dragoman.errors import DragomanError, Kind
from dragoman.model.card import ModelCard
from dragoman.model.content import Opaque, Text
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.model.request import FunctionTool, ReasoningRequest, Request, Sampling, Turn
from dragoman.model.stream import StreamStart
from dragoman.wire.json_document import decode_object

CLIENT = AnthropicClientSide()
PROVIDER = AnthropicProviderSide()


def test_both_halves_carry_the_name() -> None:
    assert DIALECT.client is not None
    assert DIALECT.provider is not None
    assert {DIALECT.name, DIALECT.client.name, DIALECT.provider.name} == {"anthropic_messages"}


@pytest.mark.parametrize(
    ("body", "path_model", "path_stream", "expected"),
    [
        (b'{"model": "a"}', None, None, ("a", False)),
        (b'{"model": "a", "stream": true}', "b", False, ("a", True)),
        (b'{"messages": []}', "b", True, ("b", True)),
        (b'{"model": null, "stream": null}', "b", None, ("b", False)),
    ],
)
def test_the_body_wins_over_the_url(body: bytes, path_model: Any, path_stream: Any, expected: Any) -> None:
    envelope = CLIENT.open_envelope(body, path_model, path_stream)
    assert (envelope.model, envelope.stream) == expected


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{}", "model"),
        (b'{"model": 1}', "model"),
        (b'{"model": ""}', "model"),
        (b'{"model": "a", "stream": 1}', "stream"),
    ],
)
def test_an_envelope_that_cannot_be_read_is_refused(body: bytes, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        CLIENT.open_envelope(body, None, None)
    assert (caught.value.kind, caught.value.path) == (Kind.INVALID_REQUEST, path)


def test_a_patch_changes_the_model_and_no_other_byte() -> None:
    body = b'{ "model" : "alias",\n  "messages": [ {"role":"user","content":"\\u00e9 1.0"} ], "x": 1e2 }'
    request = PROVIDER.patch_request(CLIENT.open_envelope(body, None, None), "claude-opus-4-7", DEFAULT_PROFILE)
    assert request.body == body.replace(b'"alias"', b'"claude-opus-4-7"')
    assert request.path == "/v1/messages"
    assert request.headers == ((b"anthropic-version", b"2023-06-01"),)


def test_a_request_goes_to_the_messages_endpoint() -> None:
    request = PROVIDER.emit_request(Request("claude", []), DEFAULT_PROFILE, [])
    assert request.path == "/v1/messages"
    assert request.headers == ((b"anthropic-version", b"2023-06-01"),)


def test_a_count_asks_only_what_the_count_endpoint_knows() -> None:
    losses: list[Loss] = []
    request = Request(
        "claude",
        [Turn("user", [Text("Hi"), Opaque("gemini_generate", "x", {})])],
        tools=[FunctionTool("f")],
        sampling=Sampling(seed=1),
        reasoning=ReasoningRequest("on", budget_tokens=2048),
        stop=["a"],
        stream=True,
        user="u",
        extras={"anthropic_messages": {"container": "c", "speed": "fast"}},
    )
    counted = PROVIDER.emit_count_request(request, DEFAULT_PROFILE, losses)
    assert counted is not None
    assert counted.path == "/v1/messages/count_tokens"
    assert decode_object(counted.body).keys() == {"model", "messages", "tools", "thinking", "speed"}
    assert [loss.path for loss in losses] == ["turns[0].parts[1]"]


def test_a_count_is_told_and_read_in_the_same_words() -> None:
    reply = CLIENT.emit_token_count(2095)
    assert decode_object(reply.body) == {"input_tokens": 2095}
    assert PROVIDER.parse_token_count(reply.body) == 2095


def test_a_count_request_of_a_client_needs_no_token_limit() -> None:
    envelope = CLIENT.open_envelope(b'{"model":"a","messages":[{"role":"user","content":"Hi"}]}', None, None)
    assert CLIENT.parse_request(envelope).max_output_tokens is None


def test_models_are_listed_on_one_page() -> None:
    cards = [
        ModelCard("claude-a", "anthropic", "Claude A", 200_000, 64_000, created_unix=1_750_000_000),
        ModelCard("gpt", "openai"),
    ]
    page = decode_object(CLIENT.emit_models(cards).body)
    assert page["data"][0] == {
        "type": "model",
        "id": "claude-a",
        "display_name": "Claude A",
        "created_at": "2025-06-15T15:06:40Z",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
    }
    assert page["data"][1]["display_name"] == "gpt"
    assert (page["has_more"], page["first_id"], page["last_id"]) == (False, "claude-a", "gpt")
    assert decode_object(CLIENT.emit_model(cards[0]).body) == page["data"][0]


def test_no_models_are_an_empty_page() -> None:
    page = decode_object(CLIENT.emit_models([]).body)
    assert page == {"data": [], "has_more": False, "first_id": None, "last_id": None}


def test_an_error_after_the_headers_is_the_same_from_anywhere() -> None:
    error = DragomanError(Kind.TIMEOUT, "Too slow.", blame="upstream")
    emitter = CLIENT.open_emitter(Request("m", []), [])
    emitter.emit([StreamStart("i", "m")])
    assert emitter.fail(error) == CLIENT.emit_stream_error(error)


def test_a_heartbeat_is_a_ping() -> None:
    assert CLIENT.heartbeat == b'event: ping\ndata: {"type": "ping"}\n\n'


AUTO = msgspec.structs.replace(DEFAULT_PROFILE, auto_cache=True)
PLAIN_BODY = b'{"model":"a","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}'


def test_where_it_is_wanted_the_provider_sets_the_breakpoint_that_a_request_has_not() -> None:
    envelope = CLIENT.open_envelope(PLAIN_BODY, None, None)
    assert b"cache_control" not in PROVIDER.patch_request(envelope, "m", DEFAULT_PROFILE).body
    patched = decode_object(PROVIDER.patch_request(envelope, "m", AUTO).body)
    assert patched["cache_control"] == {"type": "ephemeral"}
    request = CLIENT.parse_request(envelope)
    emitted = decode_object(PROVIDER.emit_request(request, AUTO, []).body)
    assert emitted["cache_control"] == {"type": "ephemeral"}
    assert b"cache_control" not in PROVIDER.emit_request(request, DEFAULT_PROFILE, []).body


def test_a_request_with_breakpoints_of_its_own_gets_no_other() -> None:
    body = PLAIN_BODY.replace(b'"Hi"', b'[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral","ttl":"1h"}}]')
    envelope = CLIENT.open_envelope(body, None, None)
    assert PROVIDER.patch_request(envelope, "m", AUTO).body.count(b"cache_control") == 1
    assert PROVIDER.emit_request(CLIENT.parse_request(envelope), AUTO, []).body.count(b"cache_control") == 1
