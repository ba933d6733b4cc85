"""A stream passed on as it is, while the meter listens."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.listen import ChatStreamListener
from dragoman.errors import DragomanError, Kind
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.usage import Usage
from dragoman.wire.json_document import encode_json
from tests.unit.dialects.openai_chat.samples import (
    DONE,
    WHOLE_STREAMS,
    name_of,
    pass_all,
    read_all,
    vector_named,
    write_chunk,
)
from tests.vector_files import Vector

ROLE = write_chunk({"role": "assistant", "content": ""})
HELLO = write_chunk({"content": "Hello"})
END = write_chunk({}, "stop")
COUNTS = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
USAGE = b"data: " + encode_json({"id": "c1", "choices": [], "usage": COUNTS}) + b"\n\n"


def listen(*, hides_usage: bool = False, profile: Profile = DEFAULT_PROFILE) -> ChatStreamListener:
    return ChatStreamListener(profile, hides_usage=hides_usage)


def test_the_meter_hears_usage_finish_and_id() -> None:
    listener = listen()
    assert listener.feed(ROLE + HELLO + END + USAGE + DONE) == ROLE + HELLO + END + USAGE + DONE
    assert listener.finish() == b""
    assert listener.response_id == "c1"
    assert listener.usage == Usage(input=3, output=1, reported=COUNTS)
    assert listener.end is not None
    assert (listener.end.reason, listener.end.wire) == ("stop", "stop")


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        ({"role": "assistant", "content": ""}, False),
        ({"content": None, "tool_calls": [], "refusal": None}, False),
        ({"content": "a"}, True),
        ({"content": [{"type": "text"}]}, True),
        ({"reasoning": "a"}, True),
        ({"reasoning_content": "a"}, True),
        ({"reasoning_details": [{}]}, True),
        ({"refusal": "a"}, True),
        ({"tool_calls": [{}]}, True),
        ({"function_call": {"name": "f"}}, True),
        ({"audio": {"id": "a"}}, True),
        ({"images": [{}]}, True),
    ],
)
def test_only_what_a_client_would_show_or_act_on_is_meaningful(delta: dict[str, Any], expected: bool) -> None:
    listener = listen()
    listener.feed(write_chunk(delta))
    assert listener.is_meaningful is expected


def test_usage_that_the_client_did_not_ask_for_is_heard_and_held_back() -> None:
    listener = listen(hides_usage=True)
    assert listener.feed(ROLE + HELLO + END + USAGE + DONE) == ROLE + HELLO + END + DONE
    assert listener.usage is not None


def test_usage_in_a_chunk_that_says_more_goes_on() -> None:
    full = write_chunk({"content": "a"}, "stop", usage=COUNTS)
    listener = listen(hides_usage=True)
    assert listener.feed(full) == full
    assert listener.usage is not None


def test_an_empty_first_chunk_is_no_usage() -> None:
    stream = vector_named("content-filter").stream
    assert stream
    assert pass_all([stream], asks_usage=False)[0].startswith(stream[:200])


@pytest.mark.parametrize("vector", WHOLE_STREAMS, ids=name_of)
def test_held_back_usage_is_the_only_difference_however_the_bytes_are_cut(vector: Vector) -> None:
    data = vector.stream
    assert data
    events = [event + b"\n\n" for event in data.split(b"\n\n")[:-1]]
    expected = b"".join([event for event in events if b'"choices":[],"usage":{' not in event])
    for size in (1, 7, 64, len(data)):
        passed = pass_all([data[at : at + size] for at in range(0, len(data), size)], asks_usage=False)
        assert passed == (expected, "")


def test_a_call_makes_a_stop_a_truer_word_even_when_it_comes_late() -> None:
    listener = listen()
    listener.feed(HELLO + HELLO + write_chunk({"tool_calls": [{"index": 0}]}) + END)
    assert listener.end is not None
    assert (listener.end.reason, listener.end.wire) == ("tool_calls", "stop")


def test_a_refusal_makes_a_stop_a_truer_word() -> None:
    listener = listen()
    listener.feed(ROLE + write_chunk({"refusal": "No."}) + END)
    assert listener.end is not None
    assert listener.end.reason == "refusal"


def test_good_events_go_on_before_an_error_is_raised() -> None:
    listener = listen()
    bad = b'data: {"choices":[{"del\n\n'
    assert listener.feed(ROLE + HELLO + bad + END + DONE) == ROLE + HELLO
    for _ in range(2):
        with pytest.raises(DragomanError, match="not valid JSON"):
            listener.feed(END)
    with pytest.raises(DragomanError, match="not valid JSON"):
        listener.finish()


@pytest.mark.parametrize(
    "bad",
    [
        b"data: {\n\n",
        b"data: 3\n\n",
        b"data: \xff\n\n",
        b'data: {"error":{"message":"m"}}\n\n',
        b'event: error\ndata: {"message":"m"}\n\n',
        b'data: {"object":"error","message":"m"}\n\n',
        DONE,
    ],
)
def test_an_error_with_nothing_good_before_it_is_raised_at_once(bad: bytes) -> None:
    listener = listen()
    listener.feed(HELLO)
    with pytest.raises(DragomanError) as caught:
        listener.feed(bad)
    assert (caught.value.blame, caught.value.phase) == ("upstream", "stream")


def test_an_event_of_odd_shape_goes_on() -> None:
    odd = write_chunk({"content": "a"}, choice={"index": "zero"})
    assert pass_all([ROLE + odd + END + DONE]) == (ROLE + odd + END + DONE, "")


def test_a_cut_is_heard_where_the_parser_hears_it() -> None:
    for data in (b"", ROLE, ROLE + HELLO, ROLE + write_chunk({}, choice={"index": 1}) + END, b": ping\n\n"):
        assert pass_all([data])[1] == read_all([data])[1] != ""


def test_a_provider_may_be_known_to_end_with_done_alone() -> None:
    profile = Profile(done_without_finish=True)
    assert pass_all([HELLO + DONE], profile=profile) == (HELLO + DONE, "")
    assert pass_all([HELLO], profile=profile)[1] != ""


def test_an_event_without_its_blank_line_is_completed_at_the_end() -> None:
    assert pass_all([HELLO + END.rstrip(b"\n")]) == (HELLO + END, "")


def test_an_event_that_never_ends_is_refused() -> None:
    listener = listen()
    with pytest.raises(DragomanError) as caught:
        for _ in range(20):
            listener.feed(b"data: " + b"x" * (1024 * 1024))
    assert caught.value.kind is Kind.UNAVAILABLE
    with pytest.raises(DragomanError):
        listener.finish()


@pytest.mark.parametrize("end_of_line", [b"\n", b"\r\n", b"\r"])
def test_events_are_cut_out_whatever_ends_a_line(end_of_line: bytes) -> None:
    data = (b": hi\n\n" + ROLE + HELLO + END + USAGE + b"\n\n: bye\n\n" + DONE).replace(b"\n", end_of_line)
    hidden = USAGE.replace(b"\n", end_of_line)
    listener = listen(hides_usage=True)
    assert listener.feed(data) + listener.finish() == data.replace(hidden, b"")
