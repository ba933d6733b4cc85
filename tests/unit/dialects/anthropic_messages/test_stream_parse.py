"""Streams of providers, well and badly formed."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.stream_parse import AnthropicStreamParser
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.wire.json_document import encode_json
from dragoman.wire.sse import emit_sse
from tests.stream_grammar import check_events


def wire(*events: dict[str, Any]) -> bytes:
    return b"".join(emit_sse(encode_json(event), event["type"].encode()) for event in events)


START = {
    "type": "message_start",
    "message": {"id": "i", "model": "m", "usage": {"input_tokens": 5, "output_tokens": 1}},
}
TEXT = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}
STOP = {"type": "content_block_stop", "index": 0}
FINISH = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}
END = {"type": "message_stop"}
PING = {"type": "ping"}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def read(data: bytes) -> list[s.StreamEvent]:
    parser = AnthropicStreamParser()
    return parser.feed(data) + parser.finish()


def failure(data: bytes) -> DragomanError:
    with pytest.raises(DragomanError) as caught:
        read(data)
    return caught.value


def test_a_stream_is_told_in_events() -> None:
    events = read(wire(START, TEXT, PING, DELTA, STOP, FINISH, END))
    check_events(events)
    assert [type(event).__name__ for event in events] == [
        "StreamStart", "TextStart", "TextDelta", "TextEnd", "UsageReport", "CandidateEnd", "StreamEnd",
    ]  # fmt: skip


def test_usage_at_the_end_completes_that_of_the_start() -> None:
    reports = [event for event in read(wire(START, FINISH, END)) if isinstance(event, s.UsageReport)]
    assert [(report.usage.input, report.usage.output) for report in reports] == [(5, 7)]


def test_a_null_at_the_end_takes_nothing_away() -> None:
    finish = {**FINISH, "usage": {"input_tokens": None, "output_tokens": 7}}
    events = read(wire(START, finish, END))
    assert isinstance(events[1], s.UsageReport)
    assert events[1].usage.input == 5


def test_blocks_that_overlap_are_kept_apart_by_their_index() -> None:
    second = {**TEXT, "index": 1}
    more = {**DELTA, "index": 1}
    events = read(wire(START, TEXT, second, more, DELTA, STOP, {**STOP, "index": 1}, FINISH, END))
    check_events(events)
    assert [event.part for event in events if isinstance(event, s.TextDelta)] == [1, 0]


def test_a_block_that_was_never_stopped_ends_with_the_message() -> None:
    check_events(read(wire(START, TEXT, DELTA, FINISH, END)))


def test_what_follows_the_end_is_ignored() -> None:
    whole = wire(START, FINISH, END)
    assert read(whole + wire(PING, TEXT, OVERLOADED) + b"data: [DONE]\n\n") == read(whole)


def test_the_last_blank_line_may_be_missing() -> None:
    whole = wire(START, FINISH, END)
    assert read(whole.rstrip()) == read(whole)


def test_events_without_a_name_are_known_by_their_type() -> None:
    nameless = b"".join(b"data:" + encode_json(event) + b"\n\n" for event in (START, FINISH, END))
    assert read(nameless) == read(wire(START, FINISH, END))


def test_what_the_end_tells_is_kept() -> None:
    finish = {**FINISH, "delta": {"stop_reason": "refusal", "stop_details": {"a": 1}, "container": {"id": "c"}}}
    end = {**END, "amazon-bedrock-invocationMetrics": {"inputTokenCount": 5}}
    events = read(wire(START, finish, end))
    assert isinstance(events[-2], s.CandidateEnd)
    assert events[-2].finish.extras == {"anthropic_messages": {"stop_details": {"a": 1}}}
    assert isinstance(events[-1], s.StreamEnd)
    assert events[-1].extras == {
        "anthropic_messages": {"container": {"id": "c"}, "amazon-bedrock-invocationMetrics": {"inputTokenCount": 5}}
    }


def test_an_event_that_is_new_is_passed_on_once_the_message_has_begun() -> None:
    new = {"type": "weather_report", "wind": 3}
    events = read(wire(new, START, new, FINISH, END))
    assert sum(isinstance(event, s.OpaqueEvent) for event in events) == 1


def test_what_stands_before_an_error_is_returned_before_it_is_raised() -> None:
    parser = AnthropicStreamParser()
    events = parser.feed(wire(START, TEXT, DELTA, OVERLOADED))
    assert isinstance(events[-1], s.TextDelta)
    with pytest.raises(DragomanError) as caught:
        parser.feed(wire(DELTA))
    with pytest.raises(DragomanError) as again:
        parser.finish()
    assert caught.value.kind is again.value.kind is Kind.OVERLOADED


def test_an_error_event_carries_its_own_bytes() -> None:
    data = b'{"type": "error",  "error": {"type": "rate_limit_error", "message": "slow down"}}'
    error = failure(b"event: error\ndata: " + data + b"\n\n")
    assert (error.kind, error.blame, error.phase) == (Kind.RATE_LIMIT, "upstream", "stream")
    assert error.reply is not None
    assert (error.reply.body, error.reply.status) == (data, 429)


@pytest.mark.parametrize(
    "data",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        b"data: {}\n\n",
        b"data: [DONE]\n\n",
        b'data: {"type": []}\n\n',
        b'data: {"type": "message_start"}\n\n',
        b"data: \xff\n\n",
        b"data: " + b"[" * 5000 + b"\n\n",
        wire(DELTA),
        wire(FINISH),
        wire(END),
        wire(TEXT),
        wire(START, START),
        wire(START, DELTA),
        wire(START, STOP),
        wire(START, TEXT, TEXT),
        wire(START, {"type": "message"}),
        wire(START, {**TEXT, "content_block": {}}),
        wire(START, {**TEXT, "index": "0"}),
        wire(START, TEXT, {**DELTA, "delta": {"type": "text_delta", "text": 1}}),
        wire(START, TEXT, {**DELTA, "delta": {"type": "text_delta"}}),
        wire(START, TEXT, {**DELTA, "delta": "Hi"}),
        wire(
            START,
            {**TEXT, "content_block": {"type": "new"}},
            {**DELTA, "delta": {"type": "input_json_delta", "partial_json": "{"}},
            STOP,
        ),
        wire(START, {**FINISH, "delta": {"stop_reason": 1}}),
    ],
)
def test_an_event_that_makes_no_sense_is_the_providers_fault(data: bytes) -> None:
    error = failure(data + wire(FINISH, END))
    assert (error.kind, error.blame, error.phase) == (Kind.UNAVAILABLE, "upstream", "stream")
    assert "makes no sense" in error.message


@pytest.mark.parametrize(
    "data", [b"", wire(PING), wire(START), wire(START, TEXT, DELTA, STOP, FINISH), wire(START, END)]
)
def test_an_end_that_is_not_the_proper_one_is_a_cut(data: bytes) -> None:
    assert "cut off" in failure(data).message
