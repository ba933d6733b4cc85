"""Whatever comes, nothing but a `DragomanError` is raised."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.dialects.gemini_generate.dialect import GeminiArrayClients
from dragoman.errors import DragomanError
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.wire.json_document import decode_value, encode_json
from tests.stream_grammar import check_events
from tests.unit.dialects.gemini_generate.samples import (
    ANSWERS,
    ANYONE,
    CLIENT,
    ERRORS,
    PROVIDER,
    REQUESTS,
    STREAMS,
    open_body,
)

OPENAPI = Profile(json_schema="openapi", media_in_tool_results=False, dummy_signature="dummy")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def read_request(body: bytes) -> None:
    request = CLIENT.parse_request(open_body(body))
    for profile in (DEFAULT_PROFILE, OPENAPI):
        PROVIDER.emit_request(request, profile, [])
        PROVIDER.emit_count_request(request, profile, [])


def read_answer(body: bytes) -> None:
    CLIENT.emit_response(PROVIDER.parse_response(body), ANYONE, [])


def read_whole_stream(data: bytes) -> None:
    parser = PROVIDER.open_parser()
    events = parser.feed(data) + parser.finish()
    check_events(events)
    CLIENT.open_emitter(ANYONE, []).emit(events)
    GeminiArrayClients().open_emitter(ANYONE, []).emit(events)


def listen(data: bytes) -> None:
    listener = PROVIDER.open_listener(open_body(b"{}"), DEFAULT_PROFILE)
    listener.feed(data)
    listener.finish()


def read_error(body: bytes) -> None:
    error = PROVIDER.parse_error(400, [(b"retry-after", body[:8])], body)
    assert error.status >= 400
    CLIENT.emit_error(error)
    CLIENT.emit_stream_error(error)


READERS: list[Callable[[bytes], object]] = [
    read_request,
    read_answer,
    PROVIDER.read_glance,
    PROVIDER.parse_token_count,
    read_whole_stream,
    listen,
    read_error,
]


def attempt(read: Callable[[bytes], object], data: bytes) -> None:
    try:
        read(data)
    except DragomanError as error:
        str(error)


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(data=st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b'data: {"candidates":[' + tail))
@settings(max_examples=100, deadline=None)
def test_any_bytes_raise_nothing_else(read: Callable[[bytes], object], data: bytes) -> None:
    attempt(read, data)


@given(source=st.data(), seed=st.integers(0, 2**32), value=VALUES)
@settings(max_examples=400, deadline=None)
def test_requests_with_a_wrong_node_raise_nothing_else(source: st.DataObject, seed: int, value: Any) -> None:
    vector = source.draw(st.sampled_from(REQUESTS))
    assert vector.request is not None
    attempt(read_request, encode_json(replace_node(decode_value(vector.request), value, random.Random(seed))))


@given(source=st.data(), seed=st.integers(0, 2**32), value=VALUES)
@settings(max_examples=400, deadline=None)
def test_answers_with_a_wrong_node_raise_nothing_else(source: st.DataObject, seed: int, value: Any) -> None:
    vector = source.draw(st.sampled_from(ANSWERS + ERRORS))
    assert vector.response is not None
    body = encode_json(replace_node(decode_value(vector.response), value, random.Random(seed)))
    for read in (read_answer, PROVIDER.read_glance, read_error):
        attempt(read, body)


@given(source=st.data(), seed=st.integers(0, 2**32), value=VALUES)
@settings(max_examples=400, deadline=None)
def test_streams_with_a_wrong_node_raise_nothing_else(source: st.DataObject, seed: int, value: Any) -> None:
    vector = source.draw(st.sampled_from(STREAMS))
    assert vector.stream is not None
    chunks = [decode_value(line[6:].strip()) for line in vector.stream.split(b"\n") if line.startswith(b"data: ")]
    broken = replace_node(chunks, value, random.Random(seed))
    frames = broken if isinstance(broken, list) else [broken]
    for read in (read_whole_stream, listen):
        attempt(read, b"".join(b"data: " + encode_json(frame) + b"\n\n" for frame in frames))
        attempt(read, encode_json(frames))


def replace_node(tree: Any, value: Any, choice: random.Random) -> Any:
    """The tree with one node, anywhere in it, replaced."""
    children = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    if not children or choice.random() < 0.1:
        return value
    name, child = choice.choice(children)
    tree[name] = replace_node(child, value, choice)
    return tree
