"""Every vector of the dialect: identity through the model, any cut of a stream, and the listener."""

from __future__ import annotations

import pytest

from dragoman.dialects.anthropic_messages.dialect import AnthropicClientSide, AnthropicProviderSide
from dragoman.dialects.assemble import assemble
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.model.request import Request
from dragoman.model.stream import StreamEvent
from dragoman.wire.json_document import decode_object
from tests.grammars.anthropic_messages import check_stream
from tests.stream_grammar import check_events
from tests.unit.dialects.anthropic_messages.normal import normalise, normalise_request, profile_for
from tests.vector_files import Vector, load_vectors

CLIENT = AnthropicClientSide()
PROVIDER = AnthropicProviderSide()
ANYONE = Request(model="claude", turns=[])
VECTORS = load_vectors("anthropic_messages")
REQUESTS = [vector for vector in VECTORS if vector.request]
ANSWERS = [vector for vector in VECTORS if vector.response and not vector.name.startswith("error-")]
STREAMS = [vector for vector in VECTORS if vector.stream]
WHOLE_STREAMS = [vector for vector in STREAMS if not vector.name.startswith("error-")]


def name_of(vector: Vector) -> str:
    return vector.name


def read_all(chunks: list[bytes]) -> tuple[list[StreamEvent], str]:
    """The events of a stream, and how it failed."""
    parser = PROVIDER.open_parser()
    events: list[StreamEvent] = []
    try:
        for chunk in chunks:
            events += parser.feed(chunk)
        events += parser.finish()
    except DragomanError as error:
        return events, repr(error)
    return events, ""


def pass_all(chunks: list[bytes]) -> tuple[bytes, str]:
    """What a listener lets through, and how the stream failed."""
    envelope = CLIENT.open_envelope(b'{"model":"claude"}', None, True)
    listener = PROVIDER.open_listener(envelope, DEFAULT_PROFILE)
    passed = b""
    try:
        for chunk in chunks:
            passed += listener.feed(chunk)
        passed += listener.finish()
    except DragomanError as error:
        return passed, repr(error)
    return passed, ""


@pytest.mark.parametrize("vector", REQUESTS, ids=name_of)
def test_a_request_comes_out_as_it_went_in(vector: Vector) -> None:
    assert vector.request
    losses: list[Loss] = []
    fields = decode_object(vector.request)
    request = CLIENT.parse_request(CLIENT.open_envelope(vector.request, None, None))
    emitted = decode_object(PROVIDER.emit_request(request, profile_for(fields), losses).body)
    assert normalise_request(emitted) == normalise_request(fields)
    assert losses == []


@pytest.mark.parametrize("vector", ANSWERS, ids=name_of)
def test_an_answer_comes_out_as_it_went_in(vector: Vector) -> None:
    assert vector.response
    losses: list[Loss] = []
    response = PROVIDER.parse_response(vector.response)
    emitted = decode_object(CLIENT.emit_response(response, ANYONE, losses).body)
    assert normalise(emitted) == normalise(decode_object(vector.response))
    assert losses == []


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_a_stream_tells_the_same_after_a_round_trip(vector: Vector) -> None:
    assert vector.stream
    losses: list[Loss] = []
    events, _ = read_all([vector.stream])
    check_events(events)
    emitted = CLIENT.open_emitter(ANYONE, losses).emit(events)
    check_stream(emitted)
    again, failure = read_all([emitted])
    assert not failure
    assert assemble(again) == assemble(events)
    assert losses == []


@pytest.mark.parametrize("vector", [vector for vector in WHOLE_STREAMS if vector.response], ids=name_of)
def test_a_stream_tells_the_same_as_the_plain_answer(vector: Vector) -> None:
    assert vector.stream
    assert vector.response
    streamed = decode_object(CLIENT.emit_response(assemble(read_all([vector.stream])[0]), ANYONE, []).body)
    assert normalise(streamed) == normalise(decode_object(vector.response))


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_a_stream_that_stops_early_is_an_error_at_every_place(vector: Vector) -> None:
    data = vector.stream
    assert data
    ends = [place for place in range(len(data)) if data.startswith(b"\n\n", place)]
    for end in ends[:-1]:
        events, failure = read_all([data[: end + 2]])
        assert "cut off" in failure
        check_events(events, is_cut=True)
        assert "cut off" in pass_all([data[: end + 2]])[1]


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_a_stream_that_failed_never_looks_finished(vector: Vector) -> None:
    data = vector.stream
    assert data
    events, _ = read_all([data])
    for count in range(1, len(events)):
        emitter = CLIENT.open_emitter(ANYONE, [])
        emitted = emitter.emit(events[:count])
        assert b"message_stop" not in emitted
        failed = emitted + emitter.fail(DragomanError(Kind.UNAVAILABLE, "cut", blame="upstream"))
        check_stream(failed)
