"""Every vector of the dialect: identity through the model, any cut of a stream, and the listener."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.wire.json_document import decode_object
from tests.grammars.openai_chat import check_stream
from tests.reports import without_report
from tests.stream_grammar import check_events
from tests.unit.dialects.openai_chat.normal import essence, normalise_request, normalise_response
from tests.unit.dialects.openai_chat.samples import (
    ANSWERS,
    ANYONE,
    CLIENT,
    FAITHFUL,
    PROVIDER,
    REQUESTS,
    STREAMS,
    WHOLE_STREAMS,
    name_of,
    open_body,
    pass_all,
    read_all,
)
from tests.vector_files import Vector

ASKS_USAGE = Request("a-model", [], stream=True, stream_usage=True)


@pytest.mark.parametrize("vector", REQUESTS, ids=name_of)
def test_a_request_comes_out_as_it_went_in(vector: Vector) -> None:
    assert vector.request
    losses: list[Loss] = []
    emitted = PROVIDER.emit_request(CLIENT.parse_request(open_body(vector.request)), FAITHFUL, losses)
    assert normalise_request(decode_object(emitted.body)) == normalise_request(decode_object(vector.request))
    assert losses == []
    assert emitted.path == "/chat/completions"


@pytest.mark.parametrize("vector", REQUESTS, ids=name_of)
def test_a_patched_request_differs_by_its_model_alone(vector: Vector) -> None:
    assert vector.request
    patched = PROVIDER.patch_request(open_body(vector.request), "other", FAITHFUL)
    model = decode_object(vector.request)["model"].encode()
    assert patched.body == vector.request.replace(b'"model": "%b"' % model, b'"model": "other"', 1)


@pytest.mark.parametrize("vector", ANSWERS, ids=name_of)
def test_an_answer_comes_out_as_it_went_in(vector: Vector) -> None:
    assert vector.response
    losses: list[Loss] = []
    response = PROVIDER.parse_response(vector.response)
    emitted = decode_object(CLIENT.emit_response(response, ANYONE, losses).body)
    assert normalise_response(emitted) == normalise_response(decode_object(vector.response))
    assert losses == []


@pytest.mark.parametrize("vector", ANSWERS, ids=name_of)
def test_a_glance_sees_what_the_parser_sees(vector: Vector) -> None:
    assert vector.response
    response = PROVIDER.parse_response(vector.response)
    glance = PROVIDER.read_glance(vector.response)
    assert (glance.id, glance.model) == (response.id, response.model)
    assert glance.usage == without_report(response.usage)
    assert glance.finish is not None
    assert glance.finish.wire == response.candidates[0].finish.wire


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_a_stream_tells_the_same_after_a_round_trip(vector: Vector) -> None:
    assert vector.stream
    losses: list[Loss] = []
    events, failure = read_all([vector.stream])
    assert not failure
    check_events(events)
    emitted = CLIENT.open_emitter(ASKS_USAGE, losses).emit(events)
    check_stream(emitted)
    again, failure = read_all([emitted])
    assert not failure
    assert essence(assemble(again)) == essence(assemble(events))
    assert losses == []


@pytest.mark.parametrize("vector", [vector for vector in WHOLE_STREAMS if vector.response], ids=name_of)
def test_a_stream_tells_the_same_as_the_plain_answer(vector: Vector) -> None:
    assert vector.stream
    assert vector.response
    streamed = assemble(read_all([vector.stream])[0])
    plain = PROVIDER.parse_response(vector.response)
    assert [_told(candidate.parts) for candidate in streamed.candidates] == [
        _told(candidate.parts) for candidate in plain.candidates
    ]
    assert [candidate.finish.reason for candidate in streamed.candidates] == [
        candidate.finish.reason for candidate in plain.candidates
    ]
    assert streamed.usage == plain.usage


def _told(parts: Sequence[object]) -> list[object]:
    """What the parts say; ids of legacy calls are made up from where they stood."""
    names = ("text", "arguments", "name", "signature", "encrypted", "transcript", "citations")
    return [(type(part), *(getattr(part, name, None) for name in names)) for part in parts]


@pytest.mark.parametrize("vector", STREAMS, ids=name_of)
def test_line_ends_of_any_kind_make_no_difference(vector: Vector) -> None:
    assert vector.stream
    assert read_all([vector.stream.replace(b"\n", b"\r\n")]) == read_all([vector.stream])
    assert read_all([vector.stream.replace(b"\n", b"\r")]) == read_all([vector.stream])


@pytest.mark.parametrize("vector", [vector for vector in STREAMS if vector.name.startswith("error-")], ids=name_of)
def test_the_listener_and_the_parser_agree_on_what_is_an_error(vector: Vector) -> None:
    assert vector.stream
    passed, failure = pass_all([vector.stream])
    assert failure
    assert failure == read_all([vector.stream])[1]
    assert vector.stream.startswith(passed)
    assert b"[DONE]" not in passed


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_a_stream_that_stops_early_is_an_error_until_every_candidate_has_finished(vector: Vector) -> None:
    data = vector.stream
    assert data
    ends = [place + 2 for place in range(len(data)) if data.startswith(b"\n\n", place)]
    has_several = b'"index":1,"delta"' in data  # some servers tell the finish of the only one twice
    last_finish = (data.rindex if has_several else data.index)(b'"finish_reason":"')
    for end in ends:
        events, failure = read_all([data[:end]])
        assert bool(failure) == (end <= last_finish), f"cut at {end}"
        assert bool(pass_all([data[:end]])[1]) == (end <= last_finish)
        if events:
            check_events(events, is_cut=bool(failure))


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_a_stream_that_failed_never_looks_finished(vector: Vector) -> None:
    data = vector.stream
    assert data
    events, _ = read_all([data])
    for count in range(1, len(events)):
        emitter = CLIENT.open_emitter(ASKS_USAGE, [])
        emitted = emitter.emit(events[:count])
        assert b"[DONE]" not in emitted
        assert b'"finish_reason":"' not in emitted
        failed = emitted + emitter.fail(DragomanError(Kind.UNAVAILABLE, "cut", blame="upstream"))
        check_stream(failed)
        assert emitter.emit(events[count:]) == b""
