"""Events as parts of a stream."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.model import stream as s
from dragoman.model.content import Citation, Image, InlineData, Opaque
from dragoman.model.loss import Loss
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from tests.stream_grammar import check_events
from tests.unit.dialects.ai_sdk_gateway.samples import ANYONE, CLIENT, V3_CLIENT, stream

START = s.StreamStart("r", "m", 0)
END: list[s.StreamEvent] = [s.CandidateEnd(Finish("stop")), s.StreamEnd()]


def told(*events: s.StreamEvent, losses: list[Loss] | None = None, client: Any = CLIENT) -> list[Any]:
    """The parts between the frame, for events between theirs."""
    whole: list[s.StreamEvent] = [START, *events, *END]
    check_events(whole)
    return stream(whole, client, losses)[2:-1]


def test_a_stream_begins_with_its_warnings_and_ends_with_its_usage() -> None:
    losses = [Loss("dropped", "sampling.seed")]
    parts = stream([START, s.UsageReport(Usage(1, output=2)), *END], losses=losses)
    assert parts[0] == {
        "type": "stream-start",
        "warnings": [{"type": "unsupported", "feature": "sampling.seed", "details": "dropped"}],
    }
    assert parts[1] == {"type": "response-metadata", "id": "r", "modelId": "m", "timestamp": "1970-01-01T00:00:00Z"}
    assert parts[2]["usage"]["outputTokens"]["total"] == 2
    assert "providerMetadata" not in parts[2]


def test_a_call_whose_id_is_taken_is_told_when_it_ends() -> None:
    parts = told(
        s.ToolCallStart(0, "a", "f"),
        s.ToolCallStart(1, "a", "g"),
        s.ToolCallDelta(1, '{"y":2}'),
        s.ToolCallDelta(0, '{"x":1}'),
        s.ToolCallEnd(1),
        s.ToolCallEnd(0),
    )
    assert [part["type"] for part in parts] == [
        *("tool-input-start", "tool-input-delta", "tool-call", "tool-input-end", "tool-call"),
    ]
    assert [(part["toolName"], part["input"]) for part in parts if part["type"] == "tool-call"] == [
        ("g", '{"y":2}'),
        ("f", '{"x":1}'),
    ]


def test_losses_that_show_late_are_told_at_the_end() -> None:
    losses = [Loss("dropped", "early")]
    image = s.PartDone(0, Opaque("gemini_generate", "executableCode", {}))
    parts = stream([START, image, *END], V3_CLIENT, losses)
    assert [loss["path"] for loss in parts[-1]["providerMetadata"]["dragoman"]["losses"]] == ["candidates[0].parts[0]"]


def test_calls_that_interleave_stay_apart() -> None:
    parts = told(
        s.ToolCallStart(0, "a", "f"),
        s.ToolCallStart(1, "b", "g"),
        s.ToolCallDelta(1, '{"y"'),
        s.ToolCallDelta(0, '{"x":1}'),
        s.ToolCallDelta(1, ":2}"),
        s.ToolCallEnd(1),
        s.ToolCallEnd(0),
    )
    calls = {part["toolCallId"]: part["input"] for part in parts if part["type"] == "tool-call"}
    assert calls == {"a": '{"x":1}', "b": '{"y":2}'}


def test_a_call_of_a_free_text_tool_says_how_its_input_is_written() -> None:
    parts = told(s.ToolCallStart(0, "a", "f", kind="custom"), s.ToolCallDelta(0, 'a "b"'), s.ToolCallEnd(0))
    assert parts[0]["inputEncoding"] == "text"
    assert parts[-1]["input"] == '"a \\"b\\""'


def test_sections_of_a_summary_are_blocks_of_their_own() -> None:
    minted = {"openai_responses": {"minted": True}}
    parts = told(
        s.ReasoningStart(0, id="rs", is_summary=True),
        s.ReasoningDelta(0, "One.", 0),
        s.ReasoningDelta(0, "Two.", 1),
        s.ReasoningEnd(0, encrypted="e", extras=minted),
    )
    assert [(part["type"], part["id"]) for part in parts] == [
        ("reasoning-start", "0"),
        ("reasoning-delta", "0"),
        ("reasoning-end", "0"),
        ("reasoning-start", "0:1"),
        ("reasoning-delta", "0:1"),
        ("reasoning-end", "0:1"),
    ]
    item = {"openai": {"itemId": "rs"}}
    assert parts[2]["providerMetadata"] == item
    assert parts[-1]["providerMetadata"] == {"openai": {"itemId": "rs", "reasoningEncryptedContent": "e"}}


@pytest.mark.parametrize("extras", [None, {"openai_chat": {"minted": True}}])
def test_tokens_without_a_place_are_a_loss(extras: Any) -> None:
    losses: list[Loss] = []
    told(s.ReasoningStart(0), s.ReasoningEnd(0, signature="s", extras=extras), losses=losses)
    assert [loss.code for loss in losses] == ["stripped_token"]


def test_a_signature_on_a_text_comes_with_its_end() -> None:
    parts = told(s.TextStart(0), s.TextDelta(0, "Hi."), s.TextEnd(0, "sig"))
    assert parts[-1]["providerMetadata"] == {"google": {"thoughtSignature": "sig"}}


def test_citations_come_with_the_end_of_their_text_and_as_sources() -> None:
    citation = s.TextCitation(0, Citation("url", url="https://x/y"))
    parts = told(s.TextStart(0), s.TextDelta(0, "Hi."), citation, s.TextEnd(0))
    assert [part["type"] for part in parts] == ["text-start", "text-delta", "text-end", "source"]
    assert parts[2]["citations"][0]["source"] == parts[3]
    old = told(s.TextStart(0), citation, s.TextEnd(0), client=V3_CLIENT)
    assert "citations" not in old[1]
    assert old[2]["type"] == "source"


def test_a_refusal_is_text_and_a_loss() -> None:
    losses: list[Loss] = []
    parts = told(s.RefusalStart(0), s.RefusalDelta(0, "No."), s.RefusalEnd(0), losses=losses)
    assert [part["type"] for part in parts] == ["text-start", "text-delta", "text-end"]
    assert [loss.code for loss in losses] == ["approximated"]


def test_only_the_first_of_several_answers_is_told() -> None:
    losses: list[Loss] = []
    other = Finish("length")
    parts = stream(
        [
            START,
            s.TextStart(0, 0),
            s.TextStart(1, 1),
            s.TextDelta(1, "Other."),
            s.TextDelta(0, "This."),
            s.TextEnd(1),
            s.LogprobsDelta({"content": [1]}, 1),
            s.PartDone(2, Image(InlineData("image/png", "AA")), 1),
            s.CandidateEnd(other, 1),
            s.TextEnd(0),
            s.LogprobsDelta({"content": [2]}, 0),
            *END,
        ],
        losses=losses,
    )
    assert [part.get("delta") for part in parts if part["type"].endswith("delta")] == ["This."]
    assert parts[-1]["finishReason"]["unified"] == "stop"
    assert parts[-1]["providerMetadata"]["openai"]["logprobs"] == [2]
    assert [loss.path for loss in losses] == ["candidates[1]"]


def test_a_stream_without_its_end_has_no_finish() -> None:
    data = CLIENT.open_emitter(ANYONE, []).emit([START, s.TextStart(0), s.TextDelta(0, "Hi.")])
    assert b'"finish"' not in data
