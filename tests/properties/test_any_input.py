"""Whatever comes in, in any dialect and on the way to any other, nothing but a `DragomanError` comes out."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.assemble import assemble
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.request import Request
from dragoman.model.stream import StreamEvent
from tests.grammars import ai_sdk_gateway, anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.matrix.crossing import PROFILES, PROVIDERS, client_of, provider_of, read_stream
from tests.properties.mutants import VALUES, change_body, change_stream
from tests.stream_grammar import check_events
from tests.trials import trials
from tests.vector_files import Vector, load_vectors

CLIENTS = tuple(name for name, dialect in DIALECTS.items() if dialect.client)
SPOKEN = tuple(name for name in CLIENTS if name in {*PROVIDERS, "ai_sdk_gateway"})
Read = Callable[[str, bytes], object]

ANYONE = Request("a-model", [], stream=True, stream_usage=True)
ODD_PROFILES = {
    "openai_chat": (
        Profile(tool_call_id="alphanumeric_9", reasoning_request="thinking", sampling_with_reasoning=False),
        Profile(developer_role=True, replay_reasoning=True, cache_control=True),
    ),
    "gemini_generate": (Profile(json_schema="openapi", media_in_tool_results=False, dummy_signature="dummy"),),
}
PIECE_BYTES = 61
BEGINNINGS = (
    b"",
    b'[{"candidates":[',
    b'{"prompt":[',
    b"data: ",
    b'data: {"choices":[',
    b'data: {"candidates":[',
    b'data: {"type":"',
)
GRAMMARS: dict[str, Callable[[bytes], object]] = {
    "openai_chat": openai_chat.check_stream,
    "openai_responses": openai_responses.check_stream,
    "anthropic_messages": anthropic_messages.check_stream,
    "gemini_generate": gemini_generate.check_stream,
    "ai_sdk_gateway": ai_sdk_gateway.check_stream,
}


def read_request(name: str, body: bytes) -> None:
    """As the client's dialect reads it; then to every provider."""
    client = client_of(name)
    envelope = client.open_envelope(body, *(("m", False) if name.startswith(("gemini", "ai_sdk")) else (None, None)))
    if name in PROVIDERS:
        with suppress(DragomanError):
            provider_of(name).patch_request(envelope, "other", DEFAULT_PROFILE)
        with suppress(DragomanError):
            provider_of(name).open_listener(envelope, DEFAULT_PROFILE)
    request = client.parse_request(envelope)
    for target in PROVIDERS:
        for profile in (DEFAULT_PROFILE, PROFILES[target], *ODD_PROFILES.get(target, ())):
            with suppress(DragomanError):
                provider_of(target).emit_request(request, profile, [])
            with suppress(DragomanError):
                provider_of(target).emit_count_request(request, profile, [])


def read_answer(name: str, body: bytes) -> None:
    """As it is passed on, and as every client gets it."""
    with suppress(DragomanError):
        provider_of(name).read_glance(body)
    with suppress(DragomanError):
        provider_of(name).parse_token_count(body)
    response = provider_of(name).parse_response(body)
    for client in CLIENTS:
        with suppress(DragomanError):
            client_of(client).emit_response(response, ANYONE, [])


def read_whole_stream(name: str, data: bytes) -> None:
    """What comes of it is a legal stream of events, and a legal stream for every client."""
    events = read_stream(name, data)
    check_events(events)
    assemble(events)
    for client in CLIENTS:
        with suppress(DragomanError):
            emitted = client_of(client).open_emitter(ANYONE, []).emit(list(events))
            if client != name and client in GRAMMARS:
                GRAMMARS[client](emitted)


def read_piecemeal(name: str, data: bytes) -> None:
    """However it is cut, and up to where it breaks, a stream's events are legal."""
    parser = provider_of(name).open_parser()
    events: list[StreamEvent] = []
    try:
        for place in range(0, len(data), PIECE_BYTES):
            events += parser.feed(data[place : place + PIECE_BYTES])
    finally:
        if events:
            check_events(events, is_cut=True)


def listen(name: str, data: bytes) -> None:
    """Bytes that are passed on are those that came."""
    listener = provider_of(name).open_listener(client_of_any(name), DEFAULT_PROFILE)
    passed = listener.feed(data) + listener.finish()
    assert len(passed) <= len(data) + 2


def read_error(name: str, body: bytes) -> None:
    """An error, whatever it says, and every client is told of it."""
    for status in (400, 429, 503):
        error = provider_of(name).parse_error(status, [(b"retry-after", body[:8])], body)
        assert error.status >= 400
        for client in CLIENTS:
            assert client_of(client).emit_error(error).status >= 300
            if client != name and client in GRAMMARS:
                GRAMMARS[client](client_of(client).emit_stream_error(error))


def client_of_any(name: str) -> Any:
    """An envelope of that dialect; any will do where it has no clients."""
    return client_of(name if name in CLIENTS else "openai_chat").open_envelope(b'{"model":"m"}', "m", True)


ANSWER_READERS = (read_answer, read_error)
STREAM_READERS = (read_whole_stream, read_piecemeal, listen)
READERS: list[tuple[str, Read]] = [
    *((name, read_request) for name in SPOKEN),
    *((name, read) for name in PROVIDERS for read in (*ANSWER_READERS, *STREAM_READERS)),
]


def attempt(read: Read, name: str, data: bytes) -> None:
    """An error of ours is an answer; it has words."""
    try:
        read(name, data)
    except DragomanError as error:
        str(error)


@cache
def find_vectors(name: str, form: str) -> list[Vector]:
    return [vector for vector in load_vectors(name) if getattr(vector, form) is not None]


@pytest.mark.parametrize(("name", "read"), READERS, ids=lambda value: getattr(value, "__name__", value))
@given(beginning=st.sampled_from(BEGINNINGS), tail=st.binary(max_size=200))
@trials(100)
def test_any_bytes_are_read_or_refused(name: str, read: Read, beginning: bytes, tail: bytes) -> None:
    attempt(read, name, beginning + tail)


@pytest.mark.parametrize("name", SPOKEN)
@given(source=st.data(), seed=st.integers(0, 2**32), value=VALUES)
@trials(400)
def test_a_request_with_anything_in_it_is_read_or_refused(
    name: str, source: st.DataObject, seed: int, value: Any
) -> None:
    vector = source.draw(st.sampled_from(find_vectors(name, "request")))
    attempt(read_request, name, change_body(vector.request or b"", value, random.Random(seed)))


@pytest.mark.parametrize("name", PROVIDERS)
@given(source=st.data(), seed=st.integers(0, 2**32), value=VALUES)
@trials(300)
def test_an_answer_with_anything_in_it_is_read_or_refused(
    name: str, source: st.DataObject, seed: int, value: Any
) -> None:
    vector = source.draw(st.sampled_from(find_vectors(name, "response")))
    body = change_body(vector.response or b"", value, random.Random(seed))
    for read in ANSWER_READERS:
        attempt(read, name, body)


@pytest.mark.parametrize("name", PROVIDERS)
@given(source=st.data(), seed=st.integers(0, 2**32), value=VALUES)
@trials(400)
def test_a_stream_with_anything_in_it_is_read_or_refused(
    name: str, source: st.DataObject, seed: int, value: Any
) -> None:
    vector = source.draw(st.sampled_from(find_vectors(name, "stream")))
    data = change_stream(vector, value, random.Random(seed))
    for read in STREAM_READERS:
        attempt(read, name, data)


def test_the_check_of_this_file_sees_a_foreign_error() -> None:
    with pytest.raises(UnicodeDecodeError):
        attempt(lambda name, data: str(data, "ascii"), "openai_chat", b"\xff")
