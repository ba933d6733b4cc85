"""The listener: whole events pass untouched, the meter hears what it needs, errors do not pass."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.listen import ResponsesListener
from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import encode_json
from tests.unit.dialects.openai_responses.samples import listen, read

CREATED = b'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1"}}\n\n'


def frame(kind: str, **fields: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), encode_json({"type": kind, **fields}))


@pytest.mark.parametrize(
    ("event", "is_meaningful"),
    [
        (CREATED, False),
        (frame("response.in_progress"), False),
        (frame("keepalive"), False),
        (b": ping\n\n", False),
        (frame("response.output_item.added", item={"type": "message"}), False),
        (frame("response.output_item.added", item={"type": "reasoning"}), False),
        (frame("response.content_part.added", part={"type": "output_text"}), False),
        (frame("response.output_item.added", item={"type": "function_call"}), True),
        (frame("response.output_text.delta", delta="A"), True),
        (frame("response.reasoning_summary_text.delta", delta="A"), True),
        (frame("response.hologram.beaming"), True),
        (frame("response.completed", response={"status": "completed"}), True),
    ],
)
def test_only_what_a_client_would_show_is_meaningful(event: bytes, is_meaningful: bool) -> None:
    listener = ResponsesListener()
    assert listener.feed(event) == event
    assert listener.is_meaningful is is_meaningful


def test_the_meter_hears_usage_finish_and_id() -> None:
    passed, error, listener = listen([read("parallel-tool-calls", "stream")])
    assert passed == read("parallel-tool-calls", "stream")
    assert error is None
    assert listener.usage.output == 10
    assert listener.end.reason == "tool_calls"
    assert listener.response_id == "resp_0123456789abcdef"
    assert listen([read("refusal", "stream")])[2].end.reason == "refusal"


def test_half_an_event_waits_for_its_other_half() -> None:
    listener = ResponsesListener()
    assert listener.feed(CREATED[:-1]) == b""
    assert listener.feed(CREATED[-1:] + b"data: {") == CREATED


@pytest.mark.parametrize(
    "bad", [b"data: {\n\n", frame("error", message="Gone."), b'data: {"error":{"message":"x"}}\n\n']
)
def test_what_stands_before_an_error_passes_and_the_error_does_not(bad: bytes) -> None:
    listener = ResponsesListener()
    assert listener.feed(CREATED + bad + CREATED) == CREATED
    with pytest.raises(DragomanError) as raised:
        listener.feed(b"")
    assert raised.value.phase == "stream"
    with pytest.raises(DragomanError):
        listener.finish()
    alone = ResponsesListener()
    with pytest.raises(DragomanError):
        alone.feed(bad)


def test_the_usage_of_a_failed_answer_is_heard() -> None:
    passed, error, listener = listen([read("error-with-usage", "stream")])
    assert error is not None
    assert error.kind is Kind.UNAVAILABLE
    assert listener.usage.output == 4
    assert b"response.failed" not in passed


def test_an_end_without_its_last_line_is_an_end() -> None:
    data = read("text", "stream")
    passed, error, _ = listen([data[:-2]])
    assert error is None
    assert passed == data
    _, error, _ = listen([data[: data.rindex(b"event:")] + b'event: error\ndata: {"type":"error","message":"x"}'])
    assert error is not None


def test_too_large_an_event_is_the_providers_fault() -> None:
    listener = ResponsesListener()
    listener._decoder._max_event_bytes = 10
    with pytest.raises(DragomanError) as raised:
        listener.feed(b"data: " + b"x" * 20)
    assert (raised.value.blame, raised.value.phase) == ("upstream", "stream")


def test_what_comes_behind_the_end_passes_unread() -> None:
    data = read("bare-data", "stream")
    assert listen([data])[0] == data
