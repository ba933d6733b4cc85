"""Every vector of the dialect: identity through the model, any cut of a stream, the listener, and the maker's SDK."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.responses import Response as SdkResponse
from openai.types.responses.response_stream_event import ResponseStreamEvent
from pydantic import TypeAdapter

from dragoman.dialects.assemble import assemble
from dragoman.dialects.openai_responses.parse_response import look_closely
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.wire.json_document import decode_object
from tests.grammars.openai_responses import check_stream, read_events
from tests.reports import without_report
from tests.stream_grammar import check_events
from tests.unit.dialects.openai_responses.normal import (
    drop_nulls,
    meaning,
    normalise_request,
    normalise_response,
    normalise_streamed,
)
from tests.unit.dialects.openai_responses.samples import ANYONE, CLIENT, PROVIDER, VECTORS, hear, listen, parse
from tests.vector_files import Vector

REQUESTS = [vector for vector in VECTORS if vector.request]
ANSWERS = [vector for vector in VECTORS if vector.response and not vector.name.startswith("error-")]
STREAMS = [vector for vector in VECTORS if vector.stream]
WHOLE_STREAMS = [vector for vector in STREAMS if not vector.name.startswith("error-")]
FOREIGN_TO_THE_SDK = {"unknown-items", "unknown-events"}

SDK_EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def name_of(vector: Vector) -> str:
    return vector.name


def last_response(data: bytes) -> dict[str, Any]:
    """The answer that a stream ends with."""
    blocks = [block for block in data.decode().split("\n\n") if "data: {" in block]
    found: dict[str, Any] = decode_object(blocks[-1].split("data: ", 1)[1].encode())["response"]
    return found


def fit_for_sdk(response: dict[str, Any]) -> dict[str, Any]:
    """Two things that the provider itself says and its SDK's types do not know."""
    tools = [{**tool, "parameters": tool.get("parameters")} for tool in response["tools"]]
    return {**drop_nulls(response), "tools": drop_nulls(tools), "temperature": 1.0, "top_p": 1.0}


@pytest.mark.parametrize("vector", REQUESTS, ids=name_of)
def test_a_request_comes_out_as_it_went_in(vector: Vector) -> None:
    assert vector.request
    losses: list[Loss] = []
    request = CLIENT.parse_request(CLIENT.open_envelope(vector.request, None, None))
    emitted = decode_object(PROVIDER.emit_request(request, DEFAULT_PROFILE, losses).body)
    assert normalise_request(emitted) == normalise_request(decode_object(vector.request))
    assert losses == []


@pytest.mark.parametrize("vector", ANSWERS, ids=name_of)
def test_an_answer_comes_out_as_it_went_in(vector: Vector) -> None:
    assert vector.response
    losses: list[Loss] = []
    emitted = decode_object(CLIENT.emit_response(PROVIDER.parse_response(vector.response), ANYONE, losses).body)
    assert normalise_response(emitted) == normalise_response(decode_object(vector.response))
    assert losses == []


@pytest.mark.parametrize("vector", ANSWERS, ids=name_of)
def test_a_glance_sees_what_the_parser_sees(vector: Vector) -> None:
    assert vector.response
    response = PROVIDER.parse_response(vector.response)
    glance = PROVIDER.read_glance(vector.response)
    assert glance.usage == without_report(response.usage)
    assert glance.finish == response.candidates[0].finish
    assert (glance.id, glance.model) == (response.id, response.model)
    assert glance == look_closely(vector.response)


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_a_stream_tells_the_same_after_a_round_trip(vector: Vector) -> None:
    assert vector.stream
    losses: list[Loss] = []
    events, error = hear([vector.stream])
    assert error is None
    check_events(events)
    emitted = CLIENT.open_emitter(ANYONE, losses).emit(events)
    check_stream(emitted, is_failed=False)
    again, error = hear([emitted])
    assert error is None
    assert meaning(assemble(again)) == meaning(assemble(events))
    assert normalise_streamed(last_response(emitted)) == normalise_streamed(last_response(vector.stream))
    assert losses == []


@pytest.mark.parametrize("vector", [vector for vector in WHOLE_STREAMS if vector.response], ids=name_of)
def test_a_stream_tells_the_same_as_the_plain_answer(vector: Vector) -> None:
    assert vector.stream
    assert vector.response
    response = assemble(hear([vector.stream])[0])
    streamed = decode_object(CLIENT.emit_response(response, ANYONE, []).body)
    assert normalise_streamed(streamed) == normalise_streamed(decode_object(vector.response))


@pytest.mark.parametrize("vector", STREAMS, ids=name_of)
def test_the_listener_hears_what_the_parser_hears(vector: Vector) -> None:
    assert vector.stream
    events, failure = hear([vector.stream])
    _, error, listener = listen([vector.stream])
    assert repr(error) == repr(failure)
    if events:
        heard = assemble(events)
        assert listener.usage == heard.usage
        assert listener.response_id == heard.id
        assert failure or listener.end == heard.candidates[0].finish


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_a_stream_that_stops_early_is_an_error_at_every_place(vector: Vector) -> None:
    data = vector.stream
    assert data
    ends = [place for place in range(len(data)) if data.startswith(b"\n\n", place)]
    last = data.rindex(b'"type":"response.')
    for end in (end for end in ends if end < last):
        events, failure = hear([data[: end + 2]])
        assert failure is not None
        assert failure.phase == "stream"
        assert failure.blame == "upstream"
        check_events(events or hear([data])[0][:1], is_cut=True)
        assert listen([data[: end + 2]])[1] is not None


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_a_stream_that_failed_never_looks_finished(vector: Vector) -> None:
    assert vector.stream
    events, _ = hear([vector.stream])
    for count in range(len(events)):
        emitter = CLIENT.open_emitter(ANYONE, [])
        emitted = emitter.emit(events[:count])
        failed = emitted + emitter.fail(DragomanError(Kind.UNAVAILABLE, "cut", blame="upstream"))
        check_stream(failed, is_failed=True)


@pytest.mark.parametrize("vector", ANSWERS, ids=name_of)
def test_the_sdk_takes_every_answer(vector: Vector) -> None:
    assert vector.response
    if vector.name in FOREIGN_TO_THE_SDK:
        pytest.skip("the SDK's types know no such item")
    response = PROVIDER.parse_response(vector.response)
    SdkResponse.model_validate(fit_for_sdk(decode_object(CLIENT.emit_response(response, ANYONE, []).body)))


@pytest.mark.parametrize("vector", ANSWERS, ids=name_of)
def test_the_sdk_takes_every_answer_of_another_dialect(vector: Vector) -> None:
    assert vector.response
    if vector.name in FOREIGN_TO_THE_SDK:
        pytest.skip("the SDK's types know no such item")
    request = parse(input="Hi.")
    if vector.request:
        request = CLIENT.parse_request(CLIENT.open_envelope(vector.request, None, None))
    foreign = meaning(PROVIDER.parse_response(vector.response))
    emitted = decode_object(CLIENT.emit_response(foreign, request, []).body)
    seen = SdkResponse.model_validate(fit_for_sdk(emitted))
    assert seen.output_text == SdkResponse.construct(**decode_object(vector.response)).output_text


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_the_sdk_takes_every_event_of_a_stream(vector: Vector) -> None:
    assert vector.stream
    if vector.name in FOREIGN_TO_THE_SDK:
        pytest.skip("the SDK's types know no such item or event")
    events, _ = hear([vector.stream])
    for event in read_events(CLIENT.open_emitter(ANYONE, []).emit(events)):
        if "response" in event:
            event["response"] = fit_for_sdk(event["response"])
        if event["type"] != "response.output_item.added" or event["item"]["type"] != "web_search_call":
            SDK_EVENT.validate_python(event)
