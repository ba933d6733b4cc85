"""A provider's stream as events."""

from __future__ import annotations

import pytest

from dragoman.dialects.assemble import assemble
from dragoman.dialects.gemini_generate.wire import MINTED, NAME
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Image, InlineData, Opaque, Reasoning, Text, ToolCall
from dragoman.model.response import Candidate
from dragoman.wire.json_document import encode_json
from tests.stream_grammar import check_events
from tests.unit.dialects.gemini_generate.samples import PROVIDER, Fields, find, read_stream


def frame(fields: Fields) -> bytes:
    return b"data: " + encode_json(fields) + b"\n\n"


def said(*parts: Fields, **more: object) -> bytes:
    return frame({"candidates": [{"content": {"parts": list(parts)}, **more}], "responseId": "R"})


def vector_events(name: str) -> list[s.StreamEvent]:
    stream = find(name).stream
    assert stream is not None
    events = read_stream(stream)
    check_events(events)
    return events


def only_candidate(events: list[s.StreamEvent]) -> Candidate:
    (candidate,) = assemble(events).candidates
    return candidate


def test_text_that_follows_text_is_one_part() -> None:
    kinds = [type(event).__name__ for event in vector_events("text")]
    assert kinds == [
        "StreamStart",
        "TextStart",
        "TextDelta",
        "TextDelta",
        "TextDelta",
        "UsageReport",
        "TextEnd",
        "CandidateEnd",
        "StreamEnd",
    ]


def test_text_in_the_chunk_of_the_finish_reason_is_kept() -> None:
    assert only_candidate(vector_events("text")).parts == [Text("Hello! How can I help you today?")]


@pytest.mark.parametrize(
    "name",
    ["tool-call", "parallel-tool-calls", "empty-arguments", "interleaved-text-and-tools", "reasoning", "logprobs"],
)
def test_a_stream_says_what_the_whole_answer_says(name: str) -> None:
    body = find(name).response
    assert body is not None
    whole = PROVIDER.parse_response(body)
    told = assemble(vector_events(name))
    assert told.candidates[0].parts == whole.candidates[0].parts
    assert told.candidates[0].finish.reason == whole.candidates[0].finish.reason
    assert (told.usage, told.id) == (whole.usage, whole.id)
    assert (told.candidates[0].logprobs or {}) == (whole.candidates[0].logprobs or {})


def test_signatures_end_the_part_that_they_sign() -> None:
    assert only_candidate(vector_events("signatures")).parts == [
        Reasoning("Doubling.", signature="CiQBVKhc7vT8Zm9vYmFyYmF6c2lnbmF0dXJlX29uZQ==", extras=MINTED),
        Text("24462.", signature="CiQBVKhc7vT8Zm9vYmFyYmF6c2lnbmF0dXJlX29uZQ=="),
        Text("", signature="CiQBVKhc7vT8Zm9vYmFyYmF6c2lnbmF0dXJlX3R3bw=="),
    ]


def test_arguments_that_come_in_pieces_are_one_call() -> None:
    first, second = only_candidate(vector_events("partial-arguments")).parts
    assert isinstance(first, ToolCall)
    assert first.arguments == '{"city":"Paris","days":3,"stops":[{"name":"Louvre"},{"name":"Orsay"}],"fast":true}'
    assert first.signature is not None
    assert isinstance(second, ToolCall)
    assert (second.name, second.arguments) == ("get_time", "{}")


def test_candidates_that_take_turns_are_told_apart() -> None:
    candidates = assemble(vector_events("several-candidates")).candidates
    assert [candidate.parts for candidate in candidates] == [[Text("Hello!")], [Text("Hi there!")]]


def test_a_finish_reason_amid_the_answer_does_not_end_it() -> None:
    candidate = only_candidate(vector_events("provider-tools"))
    kinds = [part.kind if isinstance(part, Opaque) else "text" for part in candidate.parts]
    assert kinds == ["text", "executableCode", "codeExecutionResult", "text"]
    assert candidate.finish.reason == "stop"


def test_media_come_in_one_piece() -> None:
    assert Image in [type(part) for part in only_candidate(vector_events("image-output")).parts]
    parser = PROVIDER.open_parser()
    events = parser.feed(said({"inlineData": {"mimeType": "image/png", "data": "AA"}}))
    assert events[1] == s.PartDone(0, Image(InlineData("image/png", "AA")))


def test_citations_hang_on_the_text_with_offsets_in_characters() -> None:
    (text,) = only_candidate(vector_events("citations")).parts
    assert isinstance(text, Text)
    assert [(citation.start, citation.end) for citation in text.citations or ()] == [(0, 20), (21, 36), (21, 36)]


def test_a_blocked_prompt_is_an_answer() -> None:
    response = assemble(vector_events("blocked-prompt"))
    assert response.candidates[0].finish.reason == "content_filter"
    assert response.usage is not None
    assert (response.extras or {})[NAME] == {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}


def test_usage_is_told_once_for_all_that_comes_together() -> None:
    stream = find("text").stream
    assert stream is not None
    reports = [event for event in read_stream(stream) if isinstance(event, s.UsageReport)]
    assert [report.usage.output for report in reports] == [12]
    parser = PROVIDER.open_parser()
    events = [event for line in stream.splitlines(keepends=True) for event in parser.feed(line)]
    assert [event.usage.output for event in events if isinstance(event, s.UsageReport)] == [3, 8, 12]


# -- what can go wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["text", "parallel-tool-calls", "several-candidates", "reasoning", "partial-arguments"]
)
def test_a_stream_that_is_cut_is_truncated_wherever_it_is_cut(name: str) -> None:
    stream = find(name).stream
    assert stream is not None
    events = stream.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]
    for count in range(len(events)):
        parser = PROVIDER.open_parser()
        told = [event for data in events[:count] for event in parser.feed(data + b"\n\n")]
        check_events(told, is_cut=True)
        with pytest.raises(DragomanError, match="cut off") as caught:
            parser.finish()
        assert (caught.value.kind, caught.value.blame, caught.value.phase) == (Kind.UNAVAILABLE, "upstream", "stream")


def test_an_error_behind_good_events_is_raised_by_the_next_call() -> None:
    stream = find("error-in-stream").stream
    assert stream is not None
    parser = PROVIDER.open_parser()
    events = parser.feed(stream)
    assert [event.text for event in events if isinstance(event, s.TextDelta)] == ["Hel", "lo"]
    with pytest.raises(DragomanError):
        parser.feed(b"")
    with pytest.raises(DragomanError) as caught:
        parser.finish()
    assert (caught.value.kind, caught.value.phase) == (Kind.OVERLOADED, "stream")
    assert caught.value.reply is not None
    assert caught.value.reply.status == 503


def test_an_error_at_the_start_is_raised_before_anything_is_said() -> None:
    stream = find("error-at-start").stream
    assert stream is not None
    with pytest.raises(DragomanError) as caught:
        PROVIDER.open_parser().feed(stream)
    assert (caught.value.kind, caught.value.retry_after_seconds) == (Kind.RATE_LIMIT, 34.4)


def test_an_error_in_an_array_is_raised_too() -> None:
    body = find("error-in-array").response
    assert body is not None
    with pytest.raises(DragomanError) as caught:
        PROVIDER.open_parser().feed(body)
    assert caught.value.kind is Kind.OVERLOADED


def test_an_error_beside_candidates_counts() -> None:
    parser = PROVIDER.open_parser()
    parser.feed(said({"text": "a"}))
    with pytest.raises(DragomanError) as caught:
        parser.feed(frame({"error": {"code": 503, "status": "UNAVAILABLE"}, "candidates": [{}]}))
    assert caught.value.kind is Kind.OVERLOADED


@pytest.mark.parametrize(
    "bad",
    [
        b"data: {secret broken\n\n",
        b"data: [1]\n\n",
        frame({"candidates": [1]}),
        frame({"candidates": [{"index": "x"}]}),
        frame({"candidates": [{"index": -1}]}),
        said({"text": 5, "secret": 1}),
        said({"functionCall": "secret"}),
        frame({"candidates": [{"content": {"parts": ["secret"]}}]}),
        said({"functionCall": {"name": "f", "partialArgs": [{"jsonPath": "secret"}]}}),
    ],
)
def test_a_chunk_that_makes_no_sense_is_an_error_without_its_bytes(bad: bytes) -> None:
    parser = PROVIDER.open_parser()
    parser.feed(said({"text": "a"}))
    with pytest.raises(DragomanError) as caught:
        parser.feed(bad)
        parser.finish()
    assert (caught.value.kind, caught.value.blame, caught.value.phase) == (Kind.UNAVAILABLE, "upstream", "stream")
    assert "secret" not in str(caught.value)


def test_answers_without_any_id_still_have_different_calls() -> None:
    ids = set()
    for name in ("f", "g"):
        chunk = {"candidates": [{"content": {"parts": [{"functionCall": {"name": name}}]}, "finishReason": "STOP"}]}
        ids |= {event.id for event in read_stream(frame(chunk)) if isinstance(event, s.ToolCallStart)}
    assert len(ids) == 2


@pytest.mark.parametrize("call", [{"args": {"a": 1}}, {"name": "", "args": {}}, {"args": {}, "willContinue": True}])
def test_a_call_without_a_name_is_no_answer(call: Fields) -> None:
    with pytest.raises(DragomanError, match="no name") as caught:
        read_stream(said({"functionCall": call}))
    assert caught.value.blame == "upstream"
