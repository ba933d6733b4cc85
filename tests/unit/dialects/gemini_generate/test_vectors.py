"""Every vector of this dialect, both ways: what goes in comes out."""

from __future__ import annotations

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.dialects.gemini_generate.dialect import GeminiArrayClients
from dragoman.dialects.gemini_generate.parse_response import look_closely
from dragoman.model.loss import Loss
from dragoman.wire.json_document import decode_object
from tests.grammars.gemini_generate import check_array, check_stream
from tests.reports import without_report
from tests.stream_grammar import check_events
from tests.unit.dialects.gemini_generate.normal import normalise_request, normalise_response, without_timing
from tests.unit.dialects.gemini_generate.samples import (
    ANSWERS,
    ANYONE,
    CLIENT,
    PROVIDER,
    REQUESTS,
    STREAMS,
    emit,
    parse,
    read_stream,
)
from tests.vector_files import Vector


@pytest.mark.parametrize("vector", REQUESTS, ids=repr)
def test_a_request_comes_out_as_it_went_in(vector: Vector) -> None:
    assert vector.request is not None
    losses: list[Loss] = []
    emitted = emit(parse(vector.request), losses)
    assert normalise_request(emitted) == normalise_request(decode_object(vector.request))
    assert losses == []


@pytest.mark.parametrize("vector", ANSWERS, ids=repr)
def test_an_answer_comes_out_as_it_went_in(vector: Vector) -> None:
    assert vector.response is not None
    losses: list[Loss] = []
    reply = CLIENT.emit_response(PROVIDER.parse_response(vector.response), ANYONE, losses)
    assert reply.status == 200
    assert normalise_response(decode_object(reply.body)) == normalise_response(decode_object(vector.response))
    assert losses == []


@pytest.mark.parametrize("vector", ANSWERS, ids=repr)
def test_a_glance_sees_what_the_whole_reading_sees(vector: Vector) -> None:
    assert vector.response is not None
    response = PROVIDER.parse_response(vector.response)
    glance = PROVIDER.read_glance(vector.response)
    assert glance.usage == without_report(response.usage)
    assert (glance.id, glance.model) == (response.id, response.model)
    assert glance == look_closely(vector.response)
    assert glance.finish is not None
    assert (glance.finish.reason, glance.finish.wire) == (
        response.candidates[0].finish.reason,
        response.candidates[0].finish.wire,
    )


@pytest.mark.parametrize("vector", STREAMS, ids=repr)
def test_a_stream_tells_the_same_after_a_round_trip(vector: Vector) -> None:
    assert vector.stream is not None
    events = read_stream(vector.stream)
    check_events(events)
    losses: list[Loss] = []
    emitted = CLIENT.open_emitter(ANYONE, losses).emit(events)
    check_stream(emitted)
    again = read_stream(emitted)
    check_events(again)
    assert without_timing(assemble(again)) == without_timing(assemble(events))
    assert losses == []


@pytest.mark.parametrize("vector", STREAMS, ids=repr)
def test_a_stream_as_an_array_tells_the_same(vector: Vector) -> None:
    assert vector.stream is not None
    events = read_stream(vector.stream)
    emitter = GeminiArrayClients().open_emitter(ANYONE, [])
    emitted = b"".join(emitter.emit([event]) for event in events)
    check_array(emitted)
    assert without_timing(assemble(read_stream(emitted))) == without_timing(assemble(events))
