"""A stream that is passed on while the meter listens."""

from __future__ import annotations

import pytest

from dragoman.dialects.gemini_generate.listen import StreamListener
from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import encode_json
from tests.unit.dialects.gemini_generate.samples import Fields, find


def frame(fields: Fields) -> bytes:
    return b"data: " + encode_json(fields) + b"\r\n\r\n"


def said(*parts: Fields, **more: object) -> bytes:
    return frame({"candidates": [{"content": {"parts": list(parts)}, **more}]})


def test_meaning_is_text_calls_and_endings_but_not_empty_text_or_usage() -> None:
    for data, is_meaningful in (
        (frame({"usageMetadata": {"promptTokenCount": 1}}), False),
        (said({"text": ""}), False),
        (said({"text": "x"}), True),
        (said({"text": "x", "thought": True}), True),
        (said({"functionCall": {"name": "f"}}), True),
        (said({"inlineData": {}}), True),
        (said(finishReason="STOP"), True),
    ):
        listener = StreamListener()
        assert listener.feed(data) == data
        assert listener.is_meaningful is is_meaningful, data


def test_the_last_usage_counts_and_an_empty_one_does_not() -> None:
    listener = StreamListener()
    listener.feed(frame({"usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1}, "responseId": "R"}))
    listener.feed(frame({"usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 9}, "responseId": "S"}))
    listener.feed(frame({"usageMetadata": {"trafficType": "ON_DEMAND"}}))
    assert listener.usage is not None
    assert (listener.usage.output, listener.response_id) == (9, "R")


def test_stop_after_a_call_means_that_tools_are_wanted() -> None:
    listener = StreamListener()
    listener.feed(said({"functionCall": {"name": "f"}}) + said({"text": ""}, finishReason="STOP"))
    assert listener.end is not None
    assert listener.end.reason == "tool_calls"


@pytest.mark.parametrize(
    "bad", [b"data: {broken\r\n\r\n", b"data: []\r\n\r\n", b'data: {"candidates":[{"index":"x"}]}\r\n\r\n']
)
def test_what_was_good_before_a_bad_chunk_is_passed_on_first(bad: bytes) -> None:
    good = said({"text": "a"}) + said({"text": "b"})
    listener = StreamListener()
    assert listener.feed(good + bad + said({"text": "c"})) == good
    for _ in range(2):
        with pytest.raises(DragomanError) as caught:
            listener.feed(said({"text": "d"}))
        assert (caught.value.kind, caught.value.phase) == (Kind.UNAVAILABLE, "stream")
    with pytest.raises(DragomanError):
        listener.finish()


def test_a_bad_chunk_alone_is_raised_at_once() -> None:
    with pytest.raises(DragomanError):
        StreamListener().feed(b"data: {broken\n\n")
    last = StreamListener()
    assert last.feed(said({"text": "a"}) + b"data: {broken") == said({"text": "a"})
    with pytest.raises(DragomanError):
        last.finish()


def test_an_error_in_the_stream_is_raised_with_its_bytes_and_never_passed_on() -> None:
    stream = find("error-in-stream").stream
    assert stream is not None
    listener = StreamListener()
    passed = listener.feed(stream)
    assert b"error" not in passed
    with pytest.raises(DragomanError) as caught:
        listener.finish()
    assert (caught.value.kind, caught.value.phase) == (Kind.OVERLOADED, "stream")
    assert caught.value.reply is not None
    assert caught.value.reply.body.startswith(b'{"error":')
    assert listener.usage is None


def test_a_stream_that_is_cut_is_truncated_wherever_it_is_cut() -> None:
    stream = find("several-candidates").stream
    assert stream is not None
    events = stream.split(b"\r\n\r\n")[:-1]
    for count in range(len(events)):
        listener = StreamListener()
        for event in events[:count]:
            listener.feed(event + b"\r\n\r\n")
        with pytest.raises(DragomanError, match="cut off") as caught:
            listener.finish()
        assert caught.value.phase == "stream"


def test_a_blocked_prompt_is_a_proper_end() -> None:
    stream = find("blocked-prompt").stream
    assert stream is not None
    listener = StreamListener()
    assert listener.feed(stream) + listener.finish() == stream
    assert listener.end is not None
    assert listener.end.reason == "content_filter"


def test_good_chunks_that_cannot_be_told_from_the_bad_are_held_back_with_them() -> None:
    split = b'data: {"candidates":\ndata: []}\n\n'
    with pytest.raises(DragomanError):
        StreamListener().feed(split + b"data: {broken\n\n")
