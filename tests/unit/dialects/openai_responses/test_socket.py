"""The WebSocket mode's messages: what a client may say, and how a stream, an error and a warm-up are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.responses import ResponseSteerFailedEvent
from openai.types.responses.responses_server_event import ResponseWsError

from dragoman.dialects.openai_responses import socket
from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import JsonDocument, encode_json

CREATED = b'event: response.created\ndata: {"type":"response.created","response":{"id":"r"}}\n\n'
DELTA = b'event: x\ndata: {"type":"response.output_text.delta","delta":"Hi"}\n\n'
COMPLETED = b'data: {"type":"response.completed","response":{"id":"r","previous_response_id":null}}\n\n'
STREAM = CREATED + b": keep-alive\n\n" + DELTA + COMPLETED + b"data: [DONE]\n\n"


def read(messages: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(message) for message in messages]


def test_a_request_is_told_with_its_kind_and_its_lane() -> None:
    event = socket.read_event(b'{"type":"response.create","stream_id":"a","model":"m"}')
    assert (event.kind, event.lane) == ("response.create", "a")
    assert socket.read_event(b'{"type":"x"}').lane is None


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"type":1}',
        b'{"type":"x","stream_id":7}',
        b'{"type":"x","stream_id":""}',
        b'{"type":"x","stream_id":"%b"}' % (b"x" * 65),
        b'{"type":"\xff"}',
    ],
)
def test_what_cannot_be_understood_is_refused(message: bytes) -> None:
    with pytest.raises(DragomanError) as refused:
        socket.read_event(message)
    assert refused.value.kind is Kind.INVALID_REQUEST


def test_a_body_is_what_would_have_been_posted_as_a_stream() -> None:
    document = JsonDocument(
        b'{"type":"response.create","stream_id":"a","model":"m","input" : "Hi","stream":false,"background":true,'
        b'"generate":true,"store":false}'
    )
    assert socket.build_body(document) == b'{"model":"m","input" : "Hi","stream":true,"store":false}'


@pytest.mark.parametrize(("generate", "expected"), [(False, True), (True, False), (None, False), ("x", False)])
def test_only_a_plain_no_asks_for_a_warm_up(generate: Any, expected: bool) -> None:
    assert socket.is_warm_up(JsonDocument(encode_json({"generate": generate}))) is expected


def test_the_events_of_a_stream_are_messages_as_they_are() -> None:
    reader = socket.AnswerReader(None, {})
    messages = reader.feed(STREAM) + reader.finish()
    assert messages == [part.partition(b"data: ")[2].strip() for part in (CREATED, DELTA, COMPLETED)]
    assert reader.ending == b'{"id":"r","previous_response_id":null}'


@pytest.mark.parametrize("place", range(1, len(STREAM), 7))
def test_a_stream_may_be_cut_anywhere(place: int) -> None:
    whole, cut = socket.AnswerReader("a", {}), socket.AnswerReader("a", {})
    assert cut.feed(STREAM[:place]) + cut.feed(STREAM[place:]) + cut.finish() == whole.feed(STREAM)


@pytest.mark.parametrize("last", [COMPLETED, b'data: {"type":"error","error":{"message":"No."}}\n\n'])
def test_nothing_is_told_after_the_end(last: bytes) -> None:
    reader = socket.AnswerReader(None, {})
    assert len(reader.feed(CREATED + last + DELTA)) == 2
    assert reader.feed(b'data: {"type":"response.failed","response":{}}\n\n') + reader.finish() == []


def test_messages_name_their_lane_and_what_they_go_on_from() -> None:
    reader = socket.AnswerReader("a", {"previous_response_id": b'"p"'})
    first, second, third = read(reader.feed(STREAM))
    assert [message["stream_id"] for message in (first, second, third)] == ["a", "a", "a"]
    assert first["response"]["previous_response_id"] == third["response"]["previous_response_id"] == "p"
    assert "response" not in second


def test_only_the_first_message_carries_what_headers_would() -> None:
    reader = socket.AnswerReader(None, {})
    reader.headers = {"x-dragoman-exchange": "ex_1"}
    messages = read(reader.feed(STREAM))
    assert [message.get("headers") for message in messages] == [{"x-dragoman-exchange": "ex_1"}, None, None]


def test_an_error_within_a_stream_has_its_fields_in_an_object() -> None:
    flat = b'data: {"type":"error","code":"c","message":"No.","param":null,"sequence_number":4}\n\n'
    (message,) = read(socket.AnswerReader(None, {}).feed(flat))
    error = ResponseWsError.model_validate(message)
    assert (error.error.code, error.error.message, error.sequence_number) == ("c", "No.", 4)
    nested = b'{"type":"error","error":{"message":"No."}}'
    assert socket.AnswerReader(None, {}).feed(b"data: " + nested + b"\n\n") == [nested]


def test_an_event_without_the_answer_that_it_should_hold_is_told_as_it_is() -> None:
    odd = b'{"type":"response.completed"}'
    for changes in ({"x": b"1"}, {}):
        reader = socket.AnswerReader(None, {**changes})
        assert (reader.feed(b"data: " + odd + b"\n\n"), reader.ending) == ([odd], None)


def test_an_error_answer_is_a_message_with_its_status_and_its_headers() -> None:
    body = b'{"error":{"message":"No.","type":"t","param":null,"code":"c"}}'
    told = json.loads(socket.emit_failure(429, body, {"retry-after": "3"}, "a"))
    error = ResponseWsError.model_validate(told)
    assert (error.status, error.stream_id, error.error.code) == (429, "a", "c")
    assert error.error.headers == told["headers"] == {"retry-after": "3"}
    assert "stream_id" not in json.loads(socket.emit_failure(400, body, {}, None))


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"error":"No."}'])
def test_an_error_answer_that_is_none_is_still_an_error(body: bytes) -> None:
    ResponseWsError.model_validate_json(socket.emit_failure(502, body, {}, None))


def test_a_warm_up_is_an_answer_without_anything_said() -> None:
    messages, answer = socket.emit_warm_up(CREATED, "a")
    created, completed = read(messages)
    assert (created["type"], completed["type"]) == ("response.created", "response.completed")
    assert (completed["stream_id"], completed["sequence_number"]) == ("a", 1)
    assert completed["response"] == json.loads(answer)
    assert (completed["response"]["status"], completed["response"]["store"]) == ("completed", False)
    assert completed["response"]["usage"]["total_tokens"] == 0


def test_steering_is_refused_with_the_input_given_back() -> None:
    document = JsonDocument(b'{"type":"response.steer","previous_response_id":"r","input":"Left!"}')
    told = ResponseSteerFailedEvent.model_validate_json(socket.emit_steer_refusal(document))
    assert (told.error.code, told.steer.input) == ("steering_not_supported", "Left!")


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (socket.connection_too_old(60), "websocket_connection_limit_reached"),
        (socket.too_many_lanes(32), "websocket_stream_limit_reached"),
        (socket.too_many_waiting(64), "websocket_queue_full"),
        (socket.unknown_event("x"), "unknown_event_type"),
        (socket.no_text(), "invalid_message"),
    ],
)
def test_refusals_have_the_codes_that_clients_act_on(refusal: DragomanError, code: str) -> None:
    assert refusal.code == code
