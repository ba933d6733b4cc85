"""Whatever comes in, nothing but a `DragomanError` comes out: raw bytes, and vectors with parts replaced."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.dialects.anthropic_messages.dialect import AnthropicClientSide, AnthropicProviderSide
from dragoman.dialects.assemble import assemble
from dragoman.errors import DragomanError
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.model.request import Request
from dragoman.wire.json_document import decode_object, decode_value, encode_json
from dragoman.wire.sse import emit_sse
from tests.grammars.anthropic_messages import check_stream, read_events
from tests.stream_grammar import check_events
from tests.vector_files import load_vectors

CLIENT = AnthropicClientSide()
PROVIDER = AnthropicProviderSide()
ANYONE = Request("claude", [])
VECTORS = load_vectors("anthropic_messages")
REQUESTS = [decode_object(vector.request) for vector in VECTORS if vector.request]
ANSWERS = [decode_object(vector.response) for vector in VECTORS if vector.response]
STREAMS = [read_events(vector.stream) for vector in VECTORS if vector.stream]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "text", "tool_use", "user", "ephemeral", "a\n\nb", "\u2028", "{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "text", "id", "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def replace_somewhere(value: Any, new: Any, chance: random.Random) -> Any:
    """The value with one node, chosen by chance, replaced."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        name = chance.choice(sorted(value))
        return {**value, name: replace_somewhere(value[name], new, chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        return [*value[:place], replace_somewhere(value[place], new, chance), *value[place + 1 :]]
    return new


def only_ours(call: Callable[[], Any]) -> Any:
    """The result, or None for an error of ours; anything else fails the test."""
    try:
        return call()
    except DragomanError:
        return None


def send(body: bytes) -> None:
    envelope = CLIENT.open_envelope(body, None, None)
    PROVIDER.patch_request(envelope, "other", DEFAULT_PROFILE)
    request = CLIENT.parse_request(envelope)
    decode_value(PROVIDER.emit_request(request, DEFAULT_PROFILE, []).body)
    assert PROVIDER.emit_count_request(request, DEFAULT_PROFILE, []) is not None


def receive(body: bytes) -> None:
    only_ours(lambda: PROVIDER.read_glance(body))
    only_ours(lambda: PROVIDER.parse_token_count(body))
    response = PROVIDER.parse_response(body)
    decode_value(CLIENT.emit_response(response, ANYONE, []).body)


def stream(data: bytes) -> None:
    listener = PROVIDER.open_listener(CLIENT.open_envelope(b'{"model":"m"}', None, True), DEFAULT_PROFILE)
    only_ours(lambda: listener.feed(data) + listener.finish())
    parser = PROVIDER.open_parser()
    events = parser.feed(data)
    check_events(events, is_cut=True)
    events += parser.finish()
    check_events(events)
    assemble(events)
    emitted = CLIENT.open_emitter(ANYONE, []).emit(events)
    assert emitted.endswith(b"\n\n")


def fail(status: int, body: bytes) -> None:
    error = PROVIDER.parse_error(status, [(b"retry-after", body[:8])], body)
    assert CLIENT.emit_error(error).status >= 300
    check_stream(CLIENT.emit_stream_error(error))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    only_ours(lambda: send(data))
    only_ours(lambda: receive(data))
    only_ours(lambda: stream(data))
    only_ours(lambda: stream(b"data: " + data + b"\n\n"))
    fail(400, data)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(REQUESTS), JSON, st.randoms(use_true_random=False))
def test_a_request_with_anything_in_it_is_read_or_refused(request: Any, new: Any, chance: random.Random) -> None:
    only_ours(lambda: send(encode_json(replace_somewhere(request, new, chance))))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ANSWERS), JSON, st.randoms(use_true_random=False))
def test_an_answer_with_anything_in_it_is_read_or_refused(answer: Any, new: Any, chance: random.Random) -> None:
    body = encode_json(replace_somewhere(answer, new, chance))
    only_ours(lambda: receive(body))
    fail(chance.randrange(400, 600), body)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(STREAMS), JSON, st.randoms(use_true_random=False))
def test_a_stream_with_anything_in_it_is_read_or_refused(events: Any, new: Any, chance: random.Random) -> None:
    mutated = replace_somewhere(events, new, chance)
    if isinstance(mutated, list):
        only_ours(lambda: stream(b"".join(emit_sse(encode_json(event)) for event in mutated)))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(STREAMS), st.randoms(use_true_random=False))
def test_a_stream_in_any_order_is_read_or_refused(events: Any, chance: random.Random) -> None:
    shuffled = chance.sample(events, len(events))
    only_ours(lambda: stream(b"".join(emit_sse(encode_json(event)) for event in shuffled)))


def test_the_check_of_this_file_sees_a_foreign_error() -> None:
    with pytest.raises(ZeroDivisionError):
        only_ours(lambda: 1 // 0)
