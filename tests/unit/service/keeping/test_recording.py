"""A client side that notes what it says: the name it gives, what it repeats, and when it says nothing of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.base import Envelope
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Text
from dragoman.model.response import Candidate, Finish, Response
from dragoman.service.keeping.recording import ForgettingClient, Recalled, RecordingClient
from dragoman.wire.json_document import JsonDocument
from tests.unit.service.desk import client_side

NEW = "resp_dragoman_" + "0" * 24
ANSWER = Response("msg_1", "m", [Candidate([Text("Hello!")], Finish("stop"))])
EVENTS: list[s.StreamEvent] = [
    s.StreamStart("msg_1", "m"),
    s.TextStart(0),
    s.TextDelta(0, "Hello!"),
    s.TextEnd(0),
    s.CandidateEnd(Finish("stop")),
    s.StreamEnd(),
]


class Notes:
    """A recording client over the real one, and what it has recorded."""

    def __init__(self, body: dict[str, Any], new_id: str | None = NEW, recalled: Recalled | None = None) -> None:
        self.recorded: list[tuple[Any, Any]] = []
        self.client = RecordingClient(client_side("openai_responses"), new_id, self._record, recalled, " Why.")
        self.envelope: Envelope = self.client.open_envelope(json.dumps({"model": "m"} | body).encode(), None, None)
        self.request = self.client.parse_request(self.envelope)

    def _record(self, items: bytes, body: bytes) -> None:
        self.recorded.append((json.loads(items), json.loads(body)))

    def answer(self) -> Any:
        return json.loads(self.client.emit_response(ANSWER, self.request, []).body)

    def stream(self, *cuts: int) -> bytes:
        emitter = self.client.open_emitter(self.request, [])
        ends = [*cuts, len(EVENTS)]
        return b"".join(emitter.emit(EVENTS[start:end]) for start, end in zip([0, *cuts], ends, strict=True))


def test_an_answer_is_recorded_as_it_is_sent() -> None:
    notes = Notes({"input": "Hi"})
    body = notes.answer()
    assert notes.recorded == [([{"role": "user", "content": "Hi"}], body)]
    assert (body["id"], body["store"], body["previous_response_id"]) == (NEW, True, None)
    assert body["output"][0]["id"] == "msg_dragoman_" + "0" * 24 + "_0"


@pytest.mark.parametrize("cuts", [(), (1,), (5,), (1, 2, 3, 4, 5)])
def test_a_stream_is_recorded_as_its_last_event_has_it(cuts: tuple[int, ...]) -> None:
    notes = Notes({"input": [{"role": "user", "content": "Hi"}], "stream": True})
    events = [json.loads(line[6:]) for line in notes.stream(*cuts).splitlines() if line.startswith(b"data: ")]
    assert {event["response"]["id"] for event in events if "response" in event} == {NEW}
    assert notes.recorded == [([{"role": "user", "content": "Hi"}], events[-1]["response"])]


def test_a_stream_that_fails_is_not_recorded() -> None:
    notes = Notes({"input": "Hi"})
    emitter = notes.client.open_emitter(notes.request, [])
    emitter.emit(EVENTS[:3])
    assert b"response.failed" in emitter.fail(DragomanError(Kind.UNAVAILABLE, "cut"))
    assert notes.recorded == []


@pytest.mark.parametrize(("body", "new_id"), [({"store": False}, NEW), ({"store": True}, None), ({}, None)])
def test_what_is_not_kept_keeps_its_name_and_says_so(body: dict[str, Any], new_id: str | None) -> None:
    notes = Notes({"input": "Hi"} | body, new_id)
    answer = notes.answer()
    assert (answer["id"], answer["store"]) == ("resp_msg_1", False)
    assert b'"store":false' in notes.stream()
    assert notes.recorded == []


@pytest.mark.parametrize(("new_id", "asked"), [(NEW, None), (None, True)])
def test_a_provider_is_asked_to_keep_only_what_is_not_kept_here(new_id: str | None, asked: bool | None) -> None:
    assert Notes({"input": "Hi", "store": True}, new_id).request.store is asked


def test_what_was_recalled_is_told_but_not_recorded_again() -> None:
    notes = Notes({"input": [{"role": "user", "content": "before"}]}, recalled=Recalled("resp_1", b'["now"]'))
    assert notes.answer()["previous_response_id"] == "resp_1"
    assert notes.recorded[0][0] == ["now"]


def test_a_target_without_memory_is_told_of_as_an_unknown_response() -> None:
    notes = Notes({"input": "Hi", "previous_response_id": "resp_1"})
    error = DragomanError(Kind.UNSUPPORTED, "Keeps nothing.", path="previous_response_id")
    fields = json.loads(notes.client.emit_error(error).body)["error"]
    assert fields["message"] == "Previous response with id 'resp_1' not found. Why."
    other = DragomanError(Kind.UNSUPPORTED, "No.", path="tools[0]")
    assert json.loads(notes.client.emit_error(other).body)["error"]["message"] == "tools[0]: No."


def test_all_else_is_said_by_the_real_client() -> None:
    real, client = client_side("openai_responses"), Notes({"input": "Hi"}).client
    error = DragomanError(Kind.TIMEOUT, "late")
    assert client.emit_stream_error(error) == real.emit_stream_error(error)
    assert client.emit_token_count(3) == real.emit_token_count(3)
    assert client.emit_models([]) == real.emit_models([])
    assert (client.name, client.heartbeat) == (real.name, real.heartbeat)
    assert client.name in DIALECTS


def test_an_answer_repeats_the_conversation_that_it_is_a_turn_of() -> None:
    recalled = Recalled(None, b'[{"role":"user","content":"Hi"}]', "conv_1")
    notes = Notes({"input": []}, recalled=recalled)
    body = notes.answer()
    assert (body["conversation"], body["previous_response_id"]) == ({"id": "conv_1"}, None)
    assert notes.recorded == [([{"role": "user", "content": "Hi"}], body)]


def test_a_conversation_that_nobody_knows_is_told_to_be_one() -> None:
    notes = Notes({"input": "Hi", "conversation": "conv_1"})
    error = DragomanError(Kind.UNSUPPORTED, "It keeps nothing.", path="previous_response_id")
    reply = notes.client.emit_error(error)
    assert (reply.status, b"Conversation with id 'conv_1' not found. Why." in reply.body) == (404, True)


def test_an_answer_that_is_not_kept_says_so_whole_and_as_a_stream() -> None:
    body = b'{"model":"m","input":"Hi","store":true}'
    client = ForgettingClient(JsonDocument(body))
    request = client.parse_request(client.open_envelope(body, None, None))
    assert request.store is True
    assert json.loads(client.emit_response(ANSWER, request, []).body)["store"] is False
    lines = client.open_emitter(request, []).emit(EVENTS).splitlines()
    answers = [json.loads(line[6:]) for line in lines if line.startswith(b"data: ")]
    assert {event["response"]["store"] for event in answers if "response" in event} == {False}


def test_a_body_that_was_changed_on_the_way_is_opened_itself() -> None:
    client = ForgettingClient(JsonDocument(b'{"model":"m"}'))
    assert client.open_envelope(b'{"model":"n"}', None, None).model == "n"
