"""Streams for clients, out of events that came from any dialect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.stream_emit import AnthropicStreamEmitter
from dragoman.dialects.anthropic_messages.wire import MINTED
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Audio, Citation, Extras, InlineData, Opaque
from dragoman.model.loss import Loss
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from tests.grammars.anthropic_messages import check_stream, read_events

START = s.StreamStart("id", "model")
END: list[s.StreamEvent] = [s.CandidateEnd(Finish("stop")), s.StreamEnd()]


def emit(*events: s.StreamEvent) -> tuple[list[dict[str, Any]], list[str]]:
    """The events between message_start and the end, then the losses."""
    losses: list[Loss] = []
    data = AnthropicStreamEmitter(losses).emit([START, *events, s.UsageReport(Usage()), *END])
    check_stream(data)
    return read_events(data)[1:], [f"{loss.code} {loss.path}" for loss in losses]


def blocks(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks as a client puts them together."""
    built: list[dict[str, Any]] = []
    for event in events:
        if event["type"] == "content_block_start":
            built.append({**event["content_block"], "pieces": ""})
        elif event["type"] == "content_block_delta":
            delta = event["delta"]
            built[-1]["pieces"] += delta.get("text") or delta.get("thinking") or delta.get("partial_json") or ""
    return built


def test_nothing_known_at_the_start_is_told_as_zero_and_at_the_end_as_it_is() -> None:
    emitter = AnthropicStreamEmitter([])
    events = read_events(emitter.emit([START, s.UsageReport(Usage(input=3, cache_read=4, output=5)), *END]))
    assert events[0]["message"]["usage"]["input_tokens"] == 0
    assert events[1]["usage"] == {
        "input_tokens": 3,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 4,
        "output_tokens": 5,
    }


def test_usage_that_nobody_reported_is_a_loss() -> None:
    losses: list[Loss] = []
    check_stream(AnthropicStreamEmitter(losses).emit([START, *END]))
    assert [loss.code for loss in losses] == ["defaulted"]


def test_the_input_told_at_the_start_is_told_again_at_the_end() -> None:
    emitter = AnthropicStreamEmitter([])
    events = read_events(emitter.emit([s.StreamStart("i", "m", usage=Usage(input=9)), *END]))
    assert events[0]["message"]["usage"]["input_tokens"] == 9
    assert events[1]["usage"]["input_tokens"] == 9


def test_parallel_calls_that_interleave_come_out_one_after_another() -> None:
    events, losses = emit(
        s.ToolCallStart(0, "a", "f"),
        s.ToolCallStart(1, "b", "g"),
        s.ToolCallDelta(1, '{"y"'),
        s.ToolCallDelta(0, '{"x"'),
        s.ToolCallDelta(1, ":2}"),
        s.ToolCallEnd(1),
        s.ToolCallDelta(0, ":1}"),
        s.ToolCallEnd(0),
    )
    assert [(block["id"], block["pieces"]) for block in blocks(events)] == [("a", '{"x":1}'), ("b", '{"y":2}')]
    assert events[-2]["delta"] == {"stop_reason": "tool_use", "stop_sequence": None}
    assert losses == []


def test_free_text_of_a_tool_becomes_one_property_whatever_it_holds() -> None:
    text = 'say "hi"\n\\ \u2028'
    deltas = [s.ToolCallDelta(0, piece) for piece in text]
    events, losses = emit(s.ToolCallStart(0, "a", "patch", kind="custom"), *deltas, s.ToolCallEnd(0))
    assert json.loads(blocks(events)[0]["pieces"]) == {"input": text}
    assert losses == ["approximated candidates[0].parts[0]"]


def test_thinking_that_anthropic_signed_carries_its_signature() -> None:
    events, losses = emit(
        s.ReasoningStart(0), s.ReasoningDelta(0, "hm"), s.ReasoningEnd(0, "sig", extras=MINTED),
        s.ReasoningStart(1), s.ReasoningEnd(1, "bare", extras=MINTED),
        s.ReasoningStart(2, redacted="data"), s.ReasoningEnd(2, extras=MINTED),
    )  # fmt: skip
    signatures = [
        event["delta"]["signature"] for event in events if event.get("delta", {}).get("type") == "signature_delta"
    ]
    assert signatures == ["sig", "bare"]
    assert [block["type"] for block in blocks(events)] == ["thinking", "thinking", "redacted_thinking"]
    assert losses == []


def test_thinking_of_others_is_shown_without_its_tokens() -> None:
    events, losses = emit(
        s.ReasoningStart(0, is_summary=True),
        s.ReasoningDelta(0, "one"),
        s.ReasoningDelta(0, "two", section=1),
        s.ReasoningEnd(0, encrypted="token"),
        s.ReasoningStart(1),
        s.ReasoningEnd(1, signature="gemini"),
        s.ReasoningStart(2, redacted="foreign"),
        s.ReasoningEnd(2),
    )
    assert [(block["pieces"], block["signature"]) for block in blocks(events)] == [("one\n\ntwo", "")]
    assert losses == [f"stripped_token candidates[0].parts[{part}]" for part in range(3)]


def test_a_first_section_that_is_not_number_0_has_no_gap_before_it() -> None:
    events, _ = emit(s.ReasoningStart(0), s.ReasoningDelta(0, "a", section=1), s.ReasoningEnd(0))
    assert blocks(events)[0]["pieces"] == "a"


def test_a_refusal_is_text_with_its_own_stop_reason() -> None:
    events, losses = emit(s.RefusalStart(0), s.RefusalDelta(0, "No."), s.RefusalEnd(0))
    assert blocks(events) == [{"type": "text", "text": "", "pieces": "No."}]
    assert events[-2]["delta"]["stop_reason"] == "refusal"
    assert losses == ["approximated candidates[0].parts[0]"]


def test_text_that_stays_empty_leaves_no_block() -> None:
    events, _ = emit(
        s.TextStart(0), s.TextDelta(0, ""), s.TextEnd(0), s.TextStart(1), s.TextDelta(1, "a"), s.TextEnd(1)
    )
    assert [block["pieces"] for block in blocks(events)] == ["a"]


def test_citations_are_told_as_they_come() -> None:
    events, losses = emit(
        s.TextStart(0),
        s.TextCitation(0, Citation("url", url="u", cited_text="c")),
        s.TextCitation(0, Citation("other")),
        s.TextEnd(0, signature="gemini"),
    )
    assert events[1]["delta"]["citation"]["encrypted_index"] == ""
    assert losses == ["dropped candidates[0].parts[0].citations", "stripped_token candidates[0].parts[0].signature"]


def test_only_the_first_candidate_has_a_place() -> None:
    events, losses = emit(
        s.TextStart(0, candidate=1), s.TextDelta(0, "b"), s.TextCitation(0, Citation("url")), s.TextEnd(0),
        s.RefusalStart(1, candidate=1), s.RefusalDelta(1, "b"), s.RefusalEnd(1),
        s.ReasoningStart(2, candidate=1), s.ReasoningDelta(2, "b"), s.ReasoningEnd(2),
        s.ToolCallStart(3, "i", "n", candidate=1), s.ToolCallDelta(3, "{}"), s.ToolCallEnd(3),
        s.PartDone(4, Opaque("anthropic_messages", "fallback", {"type": "fallback"}), candidate=1),
        s.CandidateEnd(Finish("length"), candidate=1),
    )  # fmt: skip
    assert blocks(events) == []
    assert events[-2]["delta"]["stop_reason"] == "end_turn"
    assert losses == ["dropped candidates[1]"]


def test_the_finish_is_that_of_the_first_candidate() -> None:
    emitter = AnthropicStreamEmitter([])
    ends: list[s.StreamEvent] = [
        s.CandidateEnd(Finish("stop")),
        s.CandidateEnd(Finish("length"), candidate=1),
        s.StreamEnd(),
    ]
    events = read_events(emitter.emit([START, *ends]))
    assert events[1]["delta"]["stop_reason"] == "end_turn"


def test_what_the_start_has_told_of_usage_is_not_repeated() -> None:
    reported = {"input_tokens": 1, "output_tokens": 2, "service_tier": "standard", "cache_creation": {}, "new": 3}
    usage = Usage(input=1, output=2, reported=reported)
    events = read_events(AnthropicStreamEmitter([]).emit([s.StreamStart("i", "m", usage=usage), *END]))
    assert events[0]["message"]["usage"] == reported
    assert events[1]["usage"] == {"input_tokens": 1, "output_tokens": 2, "new": 3}


def test_parts_that_come_whole_are_streamed_as_the_api_would() -> None:
    search = {"type": "server_tool_use", "id": "i", "name": "web_search", "input": {"query": "a"}}
    events, losses = emit(
        s.PartDone(0, Opaque("anthropic_messages", "server_tool_use", search)),
        s.PartDone(1, Audio(InlineData("audio/wav", "AA"))),
        s.PartDone(2, Opaque("anthropic_messages", "fallback", {"type": "fallback"})),
    )
    assert [(block["type"], block["pieces"]) for block in blocks(events)] == [
        ("server_tool_use", '{"query":"a"}'),
        ("fallback", ""),
    ]
    assert losses == ["dropped candidates[0].parts[1]"]


def test_what_has_no_place_is_counted_once() -> None:
    _, losses = emit(
        s.LogprobsDelta({}),
        s.LogprobsDelta({}),
        s.OpaqueEvent(Opaque("openai_responses", "x", {})),
        s.OpaqueEvent(Opaque("anthropic_messages", "a\n\nevent: b", {})),
    )
    assert losses == ["dropped candidates[0].logprobs", "dropped events.x", "dropped events.a\n\nevent: b"]


def test_extras_of_the_end_go_back_to_their_places() -> None:
    extras: Extras = {
        "anthropic_messages": {"container": {"id": "c"}, "context_management": {}, "amazon-bedrock-x": 1},
        "openai_chat": {"y": 1},
    }
    losses: list[Loss] = []
    start = s.StreamStart("i", "m", usage=Usage(), extras={"anthropic_messages": {"diagnostics": {}}})
    data = AnthropicStreamEmitter(losses).emit([start, END[0], s.StreamEnd(extras)])
    events = read_events(data)
    assert events[0]["message"]["diagnostics"] == {}
    assert events[1]["delta"]["container"] == {"id": "c"}
    assert events[1]["context_management"] == {}
    assert events[2] == {"type": "message_stop", "amazon-bedrock-x": 1}
    assert [loss.path for loss in losses] == ["extras.openai_chat.y"]


@pytest.mark.parametrize("opened", [[], [START], [START, s.TextStart(0), s.TextDelta(0, "a")]])
def test_a_failure_never_looks_like_an_end(opened: list[s.StreamEvent]) -> None:
    emitter = AnthropicStreamEmitter([])
    data = emitter.emit(opened) + emitter.fail(DragomanError(Kind.TIMEOUT, "Too slow.", blame="upstream"))
    check_stream(data)
    assert read_events(data)[-1] == {"type": "error", "error": {"type": "timeout_error", "message": "Too slow."}}


def test_nothing_is_said_of_an_end_before_it_has_come() -> None:
    emitter = AnthropicStreamEmitter([])
    emitted = emitter.emit([START, s.UsageReport(Usage()), s.CandidateEnd(Finish("stop"))])
    assert [event["type"] for event in read_events(emitted)] == ["message_start"]


def test_what_another_dialect_noted_of_thinking_is_a_loss() -> None:
    details: Extras = {"openai_chat": {"reasoning_details": [{}], "minted": True}}
    _, losses = emit(s.ReasoningStart(0), s.ReasoningDelta(0, "hm"), s.ReasoningEnd(0, extras=details))
    assert losses == ["dropped candidates[0].parts[0].extras.openai_chat.reasoning_details"]
