"""Events of any provider as a stream for a Gemini client."""

from __future__ import annotations

import json

import pytest

from dragoman.dialects.gemini_generate.parse_response import parse_finish
from dragoman.dialects.gemini_generate.stream_emit import ArrayEmitter, StreamEmitter
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Citation, Opaque, Text
from dragoman.model.loss import Loss
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from tests.grammars.gemini_generate import check_array, check_stream, read_chunks
from tests.stream_grammar import check_events
from tests.unit.dialects.gemini_generate.samples import Fields, codes

START = s.StreamStart("msg_1", "claude", usage=Usage(input=5))
END: list[s.StreamEvent] = [s.CandidateEnd(Finish("stop", wire="end_turn")), s.StreamEnd()]


def emit(*events: s.StreamEvent) -> tuple[list[Fields], list[tuple[str, str]]]:
    losses: list[Loss] = []
    told = [START, *events, *END]
    check_events(told)
    emitter = StreamEmitter(losses)
    data = b"".join(emitter.emit([event]) for event in told)
    check_stream(data)
    assert StreamEmitter([]).emit(told) == data
    return [json.loads(chunk) for chunk in read_chunks(data)], codes(losses)


def parts_of(chunks: list[Fields]) -> list[Fields]:
    """All parts but the empty one of the last chunk."""
    return [part for chunk in chunks[:-1] for part in chunk["candidates"][0]["content"]["parts"]]


def test_each_delta_is_a_chunk_and_the_end_brings_reason_and_usage() -> None:
    chunks, losses = emit(
        s.TextStart(0),
        s.TextDelta(0, 'H"é\n'),
        s.TextDelta(0, "i"),
        s.TextEnd(0),
        s.UsageReport(Usage(input=5, output=2)),
    )
    assert parts_of(chunks) == [{"text": 'H"é\n'}, {"text": "i"}]
    assert {chunk["responseId"] for chunk in chunks} == {"msg_1"}
    assert {chunk["modelVersion"] for chunk in chunks} == {"claude"}
    assert ["finishReason" in chunk["candidates"][0] for chunk in chunks] == [False, False, True]
    assert chunks[-1]["usageMetadata"] == {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7}
    assert losses == []


def test_usage_of_the_start_is_told_where_no_other_comes() -> None:
    chunks, _ = emit()
    assert chunks[-1]["usageMetadata"]["promptTokenCount"] == 5


@pytest.mark.parametrize(
    "finish", [Finish("other", wire=""), parse_finish(None, None, has_calls=False)], ids=["empty", "missing"]
)
def test_a_stream_ends_with_a_reason_where_the_provider_gave_none(finish: Finish) -> None:
    data = StreamEmitter([]).emit([START, s.PartDone(0, Text("x")), s.CandidateEnd(finish), s.StreamEnd()])
    check_stream(data)
    assert json.loads(read_chunks(data)[-1])["candidates"][0]["finishReason"] == "OTHER"


def test_nothing_looks_like_an_end_before_the_stream_has_ended() -> None:
    emitter = StreamEmitter([])
    data = emitter.emit([START, s.TextStart(0), s.TextDelta(0, "x"), s.TextEnd(0), END[0]])
    assert b"finishReason" not in data
    failed = data + emitter.fail(DragomanError(Kind.UNAVAILABLE, "Cut.", blame="upstream"))
    check_stream(failed)
    assert b"finishReason" not in failed


def test_calls_that_overlap_come_out_whole_and_in_order_of_their_starts() -> None:
    chunks, losses = emit(
        s.ToolCallStart(0, "a", "f"),
        s.ToolCallStart(1, "b", "g", signature="S"),
        s.ToolCallDelta(1, '{"x":'),
        s.ToolCallDelta(0, '{"city":"Pa'),
        s.ToolCallDelta(1, "1}"),
        s.ToolCallEnd(1),
        s.ToolCallDelta(0, 'ris"}'),
        s.ToolCallEnd(0),
    )
    assert parts_of(chunks) == [
        {"functionCall": {"name": "f", "args": {"city": "Paris"}, "id": "a"}},
        {"functionCall": {"name": "g", "args": {"x": 1}, "id": "b"}, "thoughtSignature": "S"},
    ]
    assert losses == []


def test_text_behind_an_open_call_waits_for_it() -> None:
    chunks, _ = emit(
        s.ToolCallStart(0, "a", "f"),
        s.TextStart(1),
        s.TextDelta(1, "later"),
        s.ReasoningStart(2),
        s.ReasoningDelta(2, "hm"),
        s.ToolCallEnd(0),
        s.TextDelta(1, " on"),
        s.ReasoningEnd(2),
        s.TextEnd(1),
    )
    kinds = [part.get("text") or "call" for part in parts_of(chunks)]
    assert kinds == ["call", "later", " on", "hm"]


def test_candidates_do_not_wait_for_each_other() -> None:
    emitter = StreamEmitter([])
    emitter.emit([START, s.ToolCallStart(0, "a", "f"), s.TextStart(1, candidate=1)])
    assert b'"text":"x"' in emitter.emit([s.TextDelta(1, "x")])


@pytest.mark.parametrize("arguments", ['{"city": "Par', "[1]", "null"])
def test_a_call_with_broken_arguments_never_reaches_the_client(arguments: str) -> None:
    chunks, losses = emit(
        s.TextStart(0),
        s.TextDelta(0, "x"),
        s.TextEnd(0),
        s.ToolCallStart(1, "a", "f"),
        s.ToolCallDelta(1, arguments),
        s.ToolCallEnd(1),
    )
    assert parts_of(chunks) == [{"text": "x"}]
    (candidate,) = chunks[-1]["candidates"]
    assert candidate["finishReason"] == "MALFORMED_FUNCTION_CALL"
    assert candidate["finishMessage"] == f"Malformed function call: f({arguments})"
    assert losses == [("dropped", "candidates[0].parts[1]")]


def test_thinking_of_others_is_shown_without_its_tokens() -> None:
    chunks, losses = emit(
        s.ReasoningStart(0, is_summary=True),
        s.ReasoningDelta(0, "a"),
        s.ReasoningDelta(0, "b", section=1),
        s.ReasoningEnd(0, signature="S", extras={"anthropic_messages": {"minted": True}}),
        s.ReasoningStart(1, redacted="R"),
        s.ReasoningEnd(1),
    )
    assert parts_of(chunks) == [{"text": "a", "thought": True}, {"text": "\n\nb", "thought": True}]
    assert losses == [("stripped_token", "candidates[0].parts[0]"), ("stripped_token", "candidates[0].parts[1]")]


def test_signatures_of_ours_come_in_a_chunk_of_their_own() -> None:
    chunks, _ = emit(
        s.TextStart(0),
        s.TextDelta(0, "x"),
        s.TextEnd(0, signature="S1"),
        s.ReasoningStart(1),
        s.ReasoningEnd(1, signature="S2", extras={"gemini_generate": {"minted": True}}),
    )
    assert parts_of(chunks) == [
        {"text": "x"},
        {"text": "", "thoughtSignature": "S1"},
        {"text": "", "thought": True, "thoughtSignature": "S2"},
    ]


def test_a_refusal_is_text_and_a_loss() -> None:
    chunks, losses = emit(s.RefusalStart(0), s.RefusalDelta(0, "No."), s.RefusalEnd(0))
    assert parts_of(chunks) == [{"text": "No."}]
    assert losses == [("approximated", "candidates[0].parts[0]")]


def test_citations_and_logprobs_come_with_the_end() -> None:
    chunks, losses = emit(
        s.TextStart(0),
        s.TextDelta(0, "Bl"),
        s.LogprobsDelta({"content": [{"token": "Bl", "logprob": -1}], "refusal": None}),
        s.TextDelta(0, "ue."),
        s.LogprobsDelta({"content": [{"token": "ue.", "logprob": -2}]}),
        s.TextCitation(0, Citation("url", "https://a.example", start=0, end=5)),
        s.TextEnd(0),
    )
    (candidate,) = chunks[-1]["candidates"]
    assert candidate["groundingMetadata"]["groundingSupports"][0]["segment"] == {"endIndex": 5, "text": "Blue."}
    chosen = candidate["logprobsResult"]["chosenCandidates"]
    assert chosen == [{"token": "Bl", "logProbability": -1}, {"token": "ue.", "logProbability": -2}]
    assert losses == []


def test_what_only_others_know_is_a_loss() -> None:
    opaque = Opaque("anthropic_messages", "server_tool_use", {})
    chunks, losses = emit(s.PartDone(0, opaque), s.OpaqueEvent(Opaque("openai_responses", "response.queued", {})))
    assert parts_of(chunks) == []
    assert losses == [("dropped", "candidates[0].parts[0]"), ("dropped", "events.response.queued")]


def test_an_array_is_closed_by_the_end_or_by_the_error() -> None:
    text: list[s.StreamEvent] = [START, s.TextStart(0), s.TextDelta(0, "x"), s.TextEnd(0)]
    whole = ArrayEmitter([])
    check_array(whole.emit(text) + whole.emit(END))
    broken = ArrayEmitter([])
    data = broken.emit(text) + broken.fail(DragomanError(Kind.TIMEOUT, "Too slow.", blame="upstream"))
    check_array(data)
    assert json.loads(data)[-1]["error"]["code"] == 504
