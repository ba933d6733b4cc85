"""Answers on their way: what they say of themselves is changed, everything else stays as it is."""

from __future__ import annotations

import json

import pytest

from dragoman.dialects.openai_responses.answers import ENDINGS, AnswerMarker, read_type

CHANGES: dict[str, bytes | None] = {"conversation": b'{"id":"conv_1"}'}
CREATED = b'event: response.created\ndata: {"type":"response.created","response":{"id":"r","output":[]}}\n\n'
DELTA = (
    b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"\\"response\\" : {}"}\n\n'
)
COMPLETED = b'data: {"type":"response.completed","response":{"id":"r","status":"completed"},"sequence_number":3}\n\n'
COMMENT = b": keep-alive\n\n"
STREAM = CREATED + COMMENT + DELTA + COMPLETED


def pass_through(*chunks: bytes) -> tuple[bytes, bytes | None]:
    marker = AnswerMarker(CHANGES)
    passed = b"".join([marker.feed(chunk) for chunk in chunks]) + marker.finish()
    return passed, marker.ending


def test_a_whole_answer_is_changed_and_is_its_own_end() -> None:
    marker = AnswerMarker(CHANGES | {"previous_response_id": None})
    marked = marker.mark(b'{"id": "r",  "previous_response_id": "p", "x": 1}')
    assert json.loads(marked) == {"id": "r", "x": 1, "conversation": {"id": "conv_1"}}
    assert marker.ending == marked


def test_what_is_no_answer_is_let_through() -> None:
    marker = AnswerMarker(CHANGES)
    assert marker.mark(b"<html>") == b"<html>"
    assert marker.ending is None


def test_in_a_stream_only_events_with_a_whole_answer_are_changed() -> None:
    passed, ending = pass_through(STREAM)
    assert passed.count(b'"conversation":{"id":"conv_1"}') == 2
    assert passed.replace(b',"conversation":{"id":"conv_1"}', b"") == STREAM
    assert ending == b'{"id":"r","status":"completed","conversation":{"id":"conv_1"}}'


@pytest.mark.parametrize("place", range(1, len(STREAM)))
def test_a_stream_may_be_cut_anywhere(place: int) -> None:
    assert pass_through(STREAM[:place], STREAM[place:]) == pass_through(STREAM)


def test_a_stream_has_no_end_before_its_last_event() -> None:
    assert pass_through(CREATED + DELTA)[1] is None


@pytest.mark.parametrize("kind", sorted(ENDINGS))
def test_each_kind_of_end_is_one(kind: str) -> None:
    assert pass_through(b'data: {"type":"%b","response":{}}\n\n' % kind.encode())[1] is not None


@pytest.mark.parametrize(
    "odd",
    [
        b'data: {"type":"response.completed","response":7}\n\n',
        b'data: {"type":"response.completed","x":"response"}\n\n',
        b'data: ["response"]\n\n',
        b'data: {"type":7,"response":{}}\n\n',
        b'data: "response\n\n',
        b"data: [DONE]\n\n",
        b"retry: 5\n\n",
    ],
)
def test_odd_events_are_let_through_as_they_are(odd: bytes) -> None:
    assert pass_through(odd) == (odd, None)


def test_the_kind_of_an_event_is_read_and_of_nothing_else() -> None:
    assert read_type(b'{"type":"response.created"}') == "response.created"
    assert [read_type(odd) for odd in (b"", b"[]", b"{}", b'{"type":1}', b"{")] == [""] * 5
