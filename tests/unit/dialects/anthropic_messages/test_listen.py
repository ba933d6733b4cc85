"""The listener: every byte goes on, the meter hears what it needs, and nothing malformed passes."""

from __future__ import annotations

import pytest

from dragoman.dialects.anthropic_messages.listen import AnthropicStreamListener
from dragoman.errors import DragomanError, Kind
from tests.vector_files import load_vectors

STREAMS = {vector.name: vector.stream for vector in load_vectors("anthropic_messages") if vector.stream}
TEXT = STREAMS["text"]
FIRST_EVENT = TEXT.index(b"\n\n") + 2
GOOD = TEXT[:FIRST_EVENT]


def test_meaning_begins_with_the_first_thing_to_show() -> None:
    listener = AnthropicStreamListener()
    start = TEXT.index(b"event: content_block_delta")
    assert listener.feed(TEXT[:start]) == TEXT[:start]
    assert not listener.is_meaningful
    listener.feed(TEXT[start:])
    assert listener.is_meaningful


def test_the_meter_hears_usage_finish_and_id() -> None:
    listener = AnthropicStreamListener()
    listener.feed(GOOD)
    assert listener.response_id == "msg_01A"
    assert listener.usage is not None
    assert (listener.usage.input, listener.usage.output) == (10, 1)
    listener.feed(TEXT[FIRST_EVENT:])
    assert listener.finish() == b""
    assert listener.usage.output == 12
    assert listener.end is not None
    assert listener.end.wire == "end_turn"


def test_a_message_in_one_event_is_heard_too() -> None:
    listener = AnthropicStreamListener()
    data = STREAMS["message-in-one-event"]
    assert listener.feed(data) + listener.finish() == data
    assert listener.is_meaningful
    assert listener.usage is not None
    assert listener.usage.output == 12


def test_half_an_event_waits_for_its_other_half() -> None:
    listener = AnthropicStreamListener()
    assert listener.feed(TEXT[: FIRST_EVENT + 20]) == GOOD
    assert listener.feed(TEXT[FIRST_EVENT + 20 :]) == TEXT[FIRST_EVENT:]


def test_a_last_event_without_its_blank_line_is_completed() -> None:
    listener = AnthropicStreamListener()
    assert listener.feed(TEXT.rstrip()) + listener.finish() == TEXT


BAD = b'event: content_block_delta\ndata: {"type": "content_block_delta", SECRET\n\n'
ERROR = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'


@pytest.mark.parametrize(("bad", "kind"), [(BAD, Kind.UNAVAILABLE), (ERROR, Kind.OVERLOADED)])
def test_what_stands_before_a_bad_event_goes_on_and_the_event_does_not(bad: bytes, kind: Kind) -> None:
    listener = AnthropicStreamListener()
    assert listener.feed(GOOD + b": hello\n\n" + bad + TEXT[FIRST_EVENT:]) == GOOD + b": hello\n\n"
    with pytest.raises(DragomanError) as caught:
        listener.feed(TEXT)
    with pytest.raises(DragomanError) as again:
        listener.finish()
    assert caught.value.kind is again.value.kind is kind
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(("bad", "kind"), [(BAD, Kind.UNAVAILABLE), (ERROR, Kind.OVERLOADED)])
def test_a_bad_event_alone_is_raised_at_once(bad: bytes, kind: Kind) -> None:
    listener = AnthropicStreamListener()
    listener.feed(GOOD)
    with pytest.raises(DragomanError) as caught:
        listener.feed(bad)
    assert (caught.value.kind, caught.value.phase) == (kind, "stream")


@pytest.mark.parametrize(
    "data",
    [
        b"data: []\n\n",
        b"data: {}\n\n",
        b"data: \xff\n\n",
        b"data: [DONE]\n\n",
        b'data: {"type":"message_start","message":1}\n\n',
    ],
)
def test_json_that_is_no_event_is_refused(data: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        AnthropicStreamListener().feed(data)
    assert caught.value.kind is Kind.UNAVAILABLE


@pytest.mark.parametrize("data", [b"", GOOD, TEXT[: TEXT.index(b"event: message_stop")]])
def test_an_end_without_message_stop_is_a_cut(data: bytes) -> None:
    listener = AnthropicStreamListener()
    listener.feed(data)
    with pytest.raises(DragomanError, match="cut off"):
        listener.finish()


def test_an_end_without_a_reason_is_a_cut() -> None:
    listener = AnthropicStreamListener()
    assert listener.feed(GOOD + b'data: {"type":"message_stop"}\n\n') == GOOD
    with pytest.raises(DragomanError, match="cut off"):
        listener.finish()


def test_what_follows_the_end_goes_on_unheard() -> None:
    listener = AnthropicStreamListener()
    tail = b"data: [DONE]\n\n"
    assert listener.feed(TEXT + tail) == TEXT + tail
    assert listener.finish() == b""
