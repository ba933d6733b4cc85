"""A provider's stream as a whole: its beginning, its end, and what may go wrong between."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.dialects.openai_chat.stream_parse import ChatStreamParser
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from tests.stream_grammar import check_events
from tests.unit.dialects.openai_chat.samples import DONE, read_all, vector_named, write_chunk

HELLO = write_chunk({"role": "assistant", "content": "Hello"})
END = write_chunk({}, "stop")


def read(data: bytes, profile: Profile = DEFAULT_PROFILE) -> list[s.StreamEvent]:
    parser = ChatStreamParser(profile)
    events = parser.feed(data)
    return events + parser.finish()


def failure_of(data: bytes) -> DragomanError:
    parser = ChatStreamParser(DEFAULT_PROFILE)
    with pytest.raises(DragomanError) as caught:
        parser.feed(data)
        parser.finish()
    return caught.value


def test_the_first_choice_begins_the_stream_with_what_came_before_it() -> None:
    stream = vector_named("content-filter").stream
    assert stream
    start = read(stream)[0]
    assert isinstance(start, s.StreamStart)
    assert (start.id, start.model, start.created_unix) == ("chatcmpl-B0hello", "gpt-4o-mini-2024-07-18", 1750000000)
    assert start.service_tier == "default"
    assert start.extras is not None
    assert start.extras["openai_chat"].keys() == {"prompt_filter_results", "system_fingerprint"}


def test_probabilities_are_lists_or_nothing() -> None:
    told = {"content": [{"token": "Hello"}], "refusal": None, "odd": 1}
    events = read(write_chunk({"content": "Hello"}, choice={"logprobs": told}) + END)
    assert [event.logprobs for event in events if isinstance(event, s.LogprobsDelta)] == [
        {"content": [{"token": "Hello"}], "refusal": None}
    ]
    assemble(events)


@pytest.mark.parametrize("tail", [DONE, b"", b"data: [DONE]", b"data:[DONE]\n\n", b": bye\n\n"])
def test_a_finish_is_an_end_with_or_without_done(tail: bytes) -> None:
    events = read(HELLO + END + tail)
    check_events(events)
    assert isinstance(events[-1], s.StreamEnd)


@pytest.mark.parametrize("data", [b"", DONE, HELLO, HELLO + DONE, b": ping\n\n", b'data: {"choices":[]}\n\n' + DONE])
def test_an_end_without_a_finish_is_a_cut(data: bytes) -> None:
    error = failure_of(data)
    assert (error.kind, error.blame, error.phase) == (Kind.UNAVAILABLE, "upstream", "stream")


def test_a_provider_may_be_known_to_end_with_done_alone() -> None:
    events = read(HELLO + DONE, Profile(done_without_finish=True))
    check_events(events)
    with pytest.raises(DragomanError):
        read(HELLO, Profile(done_without_finish=True))


def test_candidates_end_only_when_the_stream_does() -> None:
    parser = ChatStreamParser(DEFAULT_PROFILE)
    parser.feed(HELLO + END)
    late = parser.feed(write_chunk({"content": " there"}) + write_chunk({}, "stop"))
    assert [type(event).__name__ for event in late] == ["TextStart", "TextDelta", "TextEnd"]
    assert [type(event).__name__ for event in parser.feed(DONE)] == ["CandidateEnd", "StreamEnd"]
    assert parser.feed(HELLO) == []
    assert parser.finish() == []


def test_usage_is_told_whenever_the_provider_tells_it() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
    events = read(write_chunk({"content": "a"}, usage=usage) + write_chunk({}, "stop", x_groq={"usage": usage}) + DONE)
    reports = [event.usage for event in events if isinstance(event, s.UsageReport)]
    assert [(report.input, report.output) for report in reports] == [(3, 1), (3, 1)]


def test_what_a_server_tells_at_the_end_is_kept() -> None:
    stream = vector_named("citations-beside").stream
    assert stream
    end = read(stream)[-1]
    assert isinstance(end, s.StreamEnd)
    assert end.extras is not None
    assert end.extras["openai_chat"].keys() == {"search_results"}


def test_unknown_fields_of_the_last_choice_ride_with_the_finish() -> None:
    events = read(HELLO + write_chunk({}, "stop", choice={"native_finish_reason": "STOP", "message": {"content": "x"}}))
    (end,) = [event for event in events if isinstance(event, s.CandidateEnd)]
    assert end.finish.extras == {"openai_chat": {"native_finish_reason": "STOP"}}


ERRORS: list[tuple[bytes, Kind, int]] = [
    (b'data: {"error":{"message":"m","code":"rate_limit_exceeded"}}\n\n', Kind.RATE_LIMIT, 429),
    (b'data: {"error":{"message":"m","code":502},"choices":[{"delta":{}}]}\n\n', Kind.UNAVAILABLE, 502),
    (b'data: {"object":"error","message":"m","code":400}\n\n', Kind.INVALID_REQUEST, 400),
    (b'event: error\ndata: {"message":"m"}\n\n', Kind.UNAVAILABLE, 502),
]


@pytest.mark.parametrize(("data", "kind", "status"), ERRORS)
@pytest.mark.parametrize("before", [b"", HELLO])
def test_an_error_event_is_raised_as_what_it_is(before: bytes, data: bytes, kind: Kind, status: int) -> None:
    error = failure_of(before + data)
    assert (error.kind, error.status, error.phase) == (kind, status, "stream")
    assert error.reply is not None
    assert error.reply.body == data.split(b"data: ")[1].strip()


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"choices":[{"ind\n\n',
        b"data: 3\n\n",
        b'data: {"choices":[3]}\n\n',
        b"data: \xff\n\n",
        b'data: {"choices":[{"delta":{"tool_calls":3}}]}\n\n',
        b"data: " + b"[" * 5000 + b"\n\n",
    ],
)
def test_a_malformed_event_is_the_providers_fault_and_is_not_echoed(event: bytes) -> None:
    error = failure_of(HELLO + event)
    assert (error.kind, error.blame, error.phase, error.reply) == (Kind.UNAVAILABLE, "upstream", "stream", None)
    assert "ind" not in str(error).replace("index", "")


def test_what_was_good_is_returned_before_the_error_is_raised() -> None:
    parser = ChatStreamParser(DEFAULT_PROFILE)
    events = parser.feed(HELLO + b"data: {\n\n" + END)
    assert [type(event).__name__ for event in events] == ["StreamStart", "TextStart", "TextDelta"]
    for _ in range(2):
        with pytest.raises(DragomanError, match="not valid JSON"):
            parser.feed(END)
    with pytest.raises(DragomanError, match="not valid JSON"):
        parser.finish()


def test_comments_and_odd_events_mean_nothing() -> None:
    noise = b': OPENROUTER PROCESSING\n\nevent: ping\n\ndata: {"type":"ping"}\n\ndata:\n\n'
    assert read_all([noise + HELLO + noise + END + noise]) == read_all([HELLO + END])


def test_choices_may_be_odd() -> None:
    odd: list[dict[str, Any]] = [{"index": None}, {"index": "0"}, {"delta": None}, {"finish_reason": 3}]
    data = HELLO + b"".join([write_chunk({"content": "!"}, choice=choice) for choice in odd[:2]]) + END
    events, failure = read_all([data])
    assert not failure
    assert "".join([event.text for event in events if isinstance(event, s.TextDelta)]) == "Hello!!"
    assert "cut" not in read_all([HELLO + write_chunk({}, choice=odd[3]) + END])[1]
