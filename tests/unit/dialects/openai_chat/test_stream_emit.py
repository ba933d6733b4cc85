"""Events of any dialect as chunks."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.stream_emit import ChatStreamEmitter
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Audio, Citation, Extras, Image, InlineData, Opaque, StoredFile, Text
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.wire.json_document import decode_object
from tests.grammars.openai_chat import check_stream

START = s.StreamStart("msg_1", "claude", 5, Usage(input=3), "standard")
STOP: list[s.StreamEvent] = [s.CandidateEnd(Finish("stop", wire="end_turn")), s.StreamEnd()]


def emit(*events: s.StreamEvent, stream_usage: bool = True) -> tuple[list[Any], list[Loss]]:
    """The chunks, and the losses."""
    losses: list[Loss] = []
    emitter = ChatStreamEmitter(Request("asked", [], stream=True, stream_usage=stream_usage), losses)
    data = emitter.emit([START, *events])
    if any(isinstance(event, s.StreamEnd) for event in events):
        check_stream(data)
    lines = [line[6:] for line in data.split(b"\n") if line.startswith(b"data: ")]
    return [decode_object(line) if line != b"[DONE]" else "[DONE]" for line in lines], losses


def deltas(chunks: list[Any]) -> list[Any]:
    return [chunk["choices"][0]["delta"] for chunk in chunks if chunk != "[DONE]" and chunk["choices"]]


def test_every_chunk_has_all_that_clients_expect() -> None:
    chunks, losses = emit(s.TextStart(0), s.TextDelta(0, 'a"b\u2028'), s.TextEnd(0), *STOP)
    common = {
        "id": "msg_1",
        "object": "chat.completion.chunk",
        "created": 5,
        "model": "claude",
        "service_tier": "default",
    }
    choice = {"index": 0, "logprobs": None, "finish_reason": None}
    assert chunks[0] == {
        **common,
        "choices": [{**choice, "delta": {"role": "assistant", "content": "", "refusal": None}}],
        "usage": None,
    }
    assert chunks[1] == {**common, "choices": [{**choice, "delta": {"content": 'a"b\u2028'}}], "usage": None}
    assert chunks[2] == {**common, "choices": [{**choice, "delta": {}, "finish_reason": "stop"}], "usage": None}
    assert chunks[3]["choices"] == []
    assert chunks[3]["usage"]["prompt_tokens"] == 3
    assert chunks[4] == "[DONE]"
    assert losses == []


def test_usage_is_told_only_to_who_asked_for_it() -> None:
    chunks, _ = emit(s.TextStart(0), s.TextDelta(0, "a"), s.TextEnd(0), *STOP, stream_usage=False)
    assert all("usage" not in chunk for chunk in chunks if chunk != "[DONE]")
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"


def test_the_last_usage_counts() -> None:
    chunks, _ = emit(s.UsageReport(Usage(input=3, output=1)), s.UsageReport(Usage(input=3, output=9)), *STOP)
    assert chunks[-2]["usage"]["completion_tokens"] == 9


def test_nothing_looks_finished_before_the_stream_is() -> None:
    chunks, _ = emit(s.TextStart(0), s.TextEnd(0), STOP[0])
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None]


def test_a_failure_is_the_last_word() -> None:
    emitter = ChatStreamEmitter(Request("m", []), [])
    begun = emitter.emit([START, s.TextStart(0), s.TextDelta(0, "a")])
    failed = emitter.fail(DragomanError(Kind.OVERLOADED, "Too much.", blame="upstream"))
    check_stream(begun + failed)
    assert emitter.emit([s.TextDelta(0, "b"), s.TextEnd(0), *STOP]) == b""


def test_thinking_and_its_paragraphs() -> None:
    chunks, losses = emit(
        s.ReasoningStart(0, is_summary=True),
        s.ReasoningDelta(0, "a"),
        s.ReasoningDelta(0, "b", section=1),
        s.ReasoningEnd(0, signature="sig"),
        s.ReasoningStart(1, redacted="r"),
        s.ReasoningEnd(1),
        *STOP,
    )
    assert deltas(chunks)[1:3] == [{"reasoning_content": "a"}, {"reasoning_content": "\n\nb"}]
    assert [(loss.code, loss.path) for loss in losses] == [
        ("stripped_token", "candidates[0].parts[0]"),
        ("stripped_token", "candidates[0].parts[1]"),
    ]


def test_calls_are_numbered_for_each_candidate() -> None:
    chunks, losses = emit(
        s.ToolCallStart(0, "1", "f"),
        s.ToolCallStart(1, "2", "g", candidate=1),
        s.ToolCallStart(2, "3", "c", kind="custom"),
        s.ToolCallDelta(2, "x"),
        s.ToolCallDelta(0, "{}"),
        s.ToolCallEnd(0),
        s.ToolCallEnd(1),
        s.ToolCallEnd(2),
        s.CandidateEnd(Finish("tool_calls"), 0),
        s.CandidateEnd(Finish("length"), 1),
        s.StreamEnd(),
    )
    pieces = [
        (chunk["choices"][0]["index"], call)
        for chunk in chunks[:-2]
        for call in chunk["choices"][0]["delta"].get("tool_calls", [])
    ]
    assert pieces == [
        (0, {"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": ""}}),
        (1, {"index": 0, "id": "2", "type": "function", "function": {"name": "g", "arguments": ""}}),
        (0, {"index": 1, "id": "3", "type": "custom", "custom": {"name": "c", "input": ""}}),
        (0, {"index": 1, "custom": {"input": "x"}}),
        (0, {"index": 0, "function": {"arguments": "{}"}}),
    ]
    assert losses == []


@pytest.mark.parametrize(("reason", "expected"), [("tool_calls", "{}"), ("length", "")])
def test_no_arguments_are_an_empty_object_unless_the_answer_was_cut(reason: Any, expected: str) -> None:
    chunks, _ = emit(s.ToolCallStart(0, "1", "f"), s.ToolCallEnd(0), s.CandidateEnd(Finish(reason)), s.StreamEnd())
    arguments = [call["function"]["arguments"] for delta in deltas(chunks) for call in delta.get("tool_calls", [])]
    assert "".join(arguments) == expected


def test_googles_signature_stands_where_its_own_chat_endpoint_puts_it() -> None:
    chunks, losses = emit(s.ToolCallStart(0, "1", "f", signature="sig"), s.ToolCallEnd(0), *STOP)
    assert deltas(chunks)[1]["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "sig"}}
    assert losses == []


def test_a_source_that_comes_before_its_text_covers_all_of_it() -> None:
    source = s.TextCitation(0, Citation("url", "https://a", "A"))
    chunks, losses = emit(s.TextStart(0), source, s.TextDelta(0, "Paris."), s.TextEnd(0), *STOP)
    assert [list(delta) for delta in deltas(chunks)[1:3]] == [["content"], ["annotations"]]
    (annotation,) = deltas(chunks)[2]["annotations"]
    assert (annotation["url_citation"]["start_index"], annotation["url_citation"]["end_index"]) == (0, 6)
    assert losses == []


def test_citations_count_from_the_beginning_of_all_text() -> None:
    chunks, losses = emit(
        s.TextStart(0),
        s.TextDelta(0, "The sky is "),
        s.TextEnd(0, signature="sig"),
        s.TextStart(1),
        s.TextDelta(1, "blue"),
        s.TextCitation(1, Citation("url", "https://a", start=0, end=4)),
        s.TextCitation(1, Citation("document_char")),
        s.TextCitation(1, Citation("document_char")),
        s.TextEnd(1),
        *STOP,
    )
    (annotation,) = deltas(chunks)[3]["annotations"]
    assert (annotation["url_citation"]["start_index"], annotation["url_citation"]["end_index"]) == (11, 15)
    assert [(loss.code, loss.path) for loss in losses] == [
        ("stripped_token", "candidates[0].parts[0].signature"),
        ("dropped", "candidates[0].parts[1].citations"),
        ("dropped", "candidates[0].parts[1].citations"),
    ]


def test_a_refusal_in_its_own_words_ends_as_a_stop() -> None:
    refused = s.CandidateEnd(Finish("refusal"))
    chunks, _ = emit(s.RefusalStart(0), s.RefusalDelta(0, "No."), s.RefusalEnd(0), refused, s.StreamEnd())
    assert deltas(chunks)[1] == {"refusal": "No."}
    assert chunks[-3]["choices"][0]["finish_reason"] == "stop"
    chunks, _ = emit(refused, s.StreamEnd())
    assert chunks[-3]["choices"][0]["finish_reason"] == "content_filter"


def test_whole_parts_have_a_place_or_are_lost() -> None:
    foreign = Opaque("anthropic_messages", "server_tool_use", {})
    chunks, losses = emit(
        s.PartDone(0, Image(InlineData("image/png", "AA"))),
        s.PartDone(1, Audio(InlineData("audio/wav", "BB"), "Hello")),
        s.PartDone(2, Opaque("openai_chat", "reference", {"type": "reference"})),
        s.PartDone(3, foreign),
        s.PartDone(4, foreign),
        s.PartDone(5, Image(StoredFile("f"))),
        s.PartDone(6, Text("a")),
        s.OpaqueEvent(Opaque("gemini_generate", "grounding", {})),
        *STOP,
    )
    assert deltas(chunks)[1:4] == [
        {"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]},
        {"audio": {"id": "", "data": "BB", "expires_at": 0, "transcript": "Hello"}},
        {"content": [{"type": "reference"}]},
    ]
    assert [loss.path for loss in losses] == [
        "candidates[0].parts[1].source.media_type",
        "candidates[0].parts[3]",
        "candidates[0].parts[4]",
        "candidates[0].parts[5]",
        "candidates[0].parts[6]",
        "events.grounding",
    ]


def test_foreign_fields_of_parts_are_lost_where_they_stand() -> None:
    foreign: Extras = {"anthropic_messages": {"caller": {}, "minted": True}}
    _, losses = emit(
        s.TextStart(0, extras=foreign),
        s.TextEnd(0),
        s.ToolCallStart(1, "1", "f", extras=foreign),
        s.ToolCallEnd(1),
        s.ReasoningStart(2),
        s.ReasoningEnd(2, extras={"x": {"z": 1}}),
        s.RefusalStart(3, extras={"x": {"y": 1}}),
        s.RefusalEnd(3),
        *STOP,
    )
    assert [loss.path for loss in losses] == [
        "candidates[0].parts[0].extras.anthropic_messages.caller",
        "candidates[0].parts[1].extras.anthropic_messages.caller",
        "candidates[0].parts[2].extras.x.z",
        "candidates[0].parts[3].extras.x.y",
    ]


def test_probabilities_come_in_a_chunk_of_their_own() -> None:
    logprobs = {"content": [{"token": "a"}], "refusal": None}
    chunks, _ = emit(s.TextStart(0), s.TextDelta(0, "a"), s.LogprobsDelta(logprobs), s.TextEnd(0), *STOP)
    assert chunks[2]["choices"][0] == {"index": 0, "delta": {}, "logprobs": logprobs, "finish_reason": None}


def test_the_asked_for_model_is_told_where_the_provider_told_none() -> None:
    emitter = ChatStreamEmitter(Request("asked", []), [])
    data = emitter.emit([s.StreamStart("", ""), s.TextStart(0)])
    assert decode_object(data[6:])["model"] == "asked"
