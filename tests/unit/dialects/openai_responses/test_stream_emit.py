"""Events of other dialects → a stream whose order clients can rely on."""

from __future__ import annotations

from typing import Any

from openai.types.responses import ResponseFailedEvent

from dragoman.dialects.openai_responses.tokens import unwrap_token
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Audio, Citation, Image, InlineData, Opaque, Text
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from tests.grammars.openai_responses import check_stream, read_events
from tests.unit.dialects.openai_responses.samples import AGENT, ANYONE, CLIENT, PNG, parse, stream

START = s.StreamStart("chatcmpl-7", "claude", 5)
END = [s.UsageReport(Usage(3, output=4)), s.CandidateEnd(Finish("stop")), s.StreamEnd()]
SIGNED = {"anthropic_messages": {"minted": True}}


def output(*events: Any, request: Any = ANYONE) -> tuple[list[Any], list[tuple[str, str]]]:
    """The items of the answer that the stream ends with, and what was lost."""
    seen, losses = stream([START, *events, *END], request)
    items: list[Any] = seen[-1]["response"]["output"]
    return items, [(loss.code, loss.path) for loss in losses]


def call(part: int, *arguments: str) -> list[Any]:
    deltas = [s.ToolCallDelta(part, piece) for piece in arguments]
    return [s.ToolCallStart(part, f"call_{part}", "f"), *deltas, s.ToolCallEnd(part)]


def test_a_foreign_stream_has_the_full_sequence_and_the_whole_answer_at_its_end() -> None:
    events, losses = stream([START, s.TextStart(0), s.TextDelta(0, "Hello"), s.TextEnd(0), *END])
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    first, last = events[0]["response"], events[-1]["response"]
    assert (first["status"], first["usage"], first["output"]) == ("in_progress", None, [])
    assert (last["id"], last["model"], last["created_at"], last["usage"]["total_tokens"]) == (
        "resp_chatcmpl-7",
        "claude",
        5,
        7,
    )
    assert first.keys() == last.keys()
    assert losses == []


def test_calls_that_overlap_go_out_one_after_the_other() -> None:
    one, two = call(0, '{"a"', ":1}"), call(1, '{"b"', ":2}")
    mixed = [event for pair in zip(one, two, strict=True) for event in pair]
    items, _ = output(*mixed)
    assert [item["arguments"] for item in items] == ['{"a":1}', '{"b":2}']
    items, _ = output(*two[:1], *one, *two[1:])
    assert [item["call_id"] for item in items] == ["call_1", "call_0"]


def test_whatever_overlaps_an_open_part_waits_for_its_end() -> None:
    items, _ = output(
        s.ReasoningStart(0),
        s.ReasoningDelta(0, "Hm"),
        s.TextStart(1),
        s.TextDelta(1, "Hel"),
        s.PartDone(2, Image(InlineData("image/png", PNG))),
        s.TextDelta(1, "lo"),
        s.ReasoningDelta(0, "m."),
        s.TextEnd(1),
        s.ReasoningEnd(0),
    )
    assert [item["type"] for item in items] == ["reasoning", "message", "image_generation_call"]
    assert items[0]["summary"][0]["text"] == "Hmm."
    assert items[1]["content"][0]["text"] == "Hello"


def test_texts_that_stand_together_are_one_message() -> None:
    items, losses = output(
        s.TextStart(0),
        s.TextDelta(0, "A"),
        s.TextCitation(0, Citation("url", url="https://a")),
        s.TextCitation(0, Citation("document_char", start=0)),
        s.TextEnd(0, signature="Ci=="),
        s.RefusalStart(1),
        s.RefusalDelta(1, "B"),
        s.RefusalEnd(1),
        *call(2),
        s.TextStart(3),
        s.TextEnd(3),
    )
    assert [len(item.get("content", ())) for item in items] == [2, 0, 1]
    assert losses == [
        ("dropped", "candidates[0].parts[0].citations"),
        ("stripped_token", "candidates[0].parts[0].signature"),
    ]


def test_a_foreign_token_travels_in_an_envelope_if_the_client_keeps_tokens() -> None:
    thinking = [
        s.ReasoningStart(0),
        s.ReasoningDelta(0, "I think."),
        s.ReasoningEnd(0, signature="Eq==", extras=SIGNED),
    ]
    items, losses = output(*thinking, request=AGENT)
    token = unwrap_token(items[0]["encrypted_content"])
    assert token is not None
    assert (token.minter, token.signature, token.text) == ("anthropic_messages", "Eq==", "I think.")
    assert losses == []
    items, losses = output(*thinking)
    assert items[0]["encrypted_content"] is None
    assert losses == [("stripped_token", "candidates[0].parts[0]")]


def test_what_was_carried_through_the_client_comes_home() -> None:
    signed = s.ToolCallStart(1, "call_1", "f", signature="Ci==", extras={"gemini_generate": {"minted": True}})
    items, _ = output(
        s.ReasoningStart(0, redacted="Em=="), s.ReasoningEnd(0, extras=SIGNED), signed, s.ToolCallEnd(1), request=AGENT
    )
    thinking, tool_call = parse(input=items).turns[0].parts
    assert (thinking.redacted, thinking.extras) == ("Em==", SIGNED)  # type: ignore[union-attr]
    assert (tool_call.signature, tool_call.extras["gemini_generate"]) == ("Ci==", {"minted": True})  # type: ignore[union-attr, index]


def test_the_signature_of_a_call_is_a_loss_if_the_client_keeps_no_tokens() -> None:
    _, losses = output(s.ToolCallStart(0, "a", "f", signature="Ci=="), s.ToolCallEnd(0))
    assert losses == [("stripped_token", "candidates[0].parts[0].signature")]


def test_probabilities_go_with_the_delta_before_them() -> None:
    tokens = [{"token": "Hi", "logprob": -0.1}]
    events, _ = stream(
        [START, s.TextStart(0), s.TextDelta(0, "Hi"), s.LogprobsDelta({"content": tokens}), s.TextEnd(0), *END]
    )
    delta = next(event for event in events if event["type"] == "response.output_text.delta")
    assert delta["logprobs"] == tokens
    assert events[-1]["response"]["output"][0]["content"][0]["logprobs"] == tokens


def test_only_the_first_candidate_is_told() -> None:
    items, losses = output(
        s.TextStart(0, candidate=1),
        s.TextStart(1),
        s.TextDelta(0, "second"),
        s.TextDelta(1, "first"),
        s.TextEnd(0),
        s.TextEnd(1),
        s.PartDone(2, Text("third"), candidate=1),
        s.CandidateEnd(Finish("length"), 1),
    )
    assert [item["content"][0]["text"] for item in items] == ["first"]
    assert losses == [("dropped", "candidates[1]")]


def test_what_only_others_understand_is_a_loss_once() -> None:
    events = [s.OpaqueEvent(Opaque("other", "ping", {}))] * 2
    items, losses = output(*events, s.PartDone(0, Audio(InlineData("audio/wav", "AA=="))))
    assert items == []
    assert losses == [("dropped", "events.ping"), ("dropped", "candidates[0].parts[0]")]


def test_an_answer_that_was_cut_says_so_in_its_last_message() -> None:
    cut = [s.CandidateEnd(Finish("length")), s.StreamEnd()]
    events, _ = stream([START, s.TextStart(0), s.TextDelta(0, "One,"), s.TextEnd(0), *cut])
    assert events[-1]["type"] == "response.incomplete"
    assert events[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert events[-1]["response"]["output"][0]["status"] == "incomplete"


def test_an_announced_item_that_never_comes_ends_as_it_began() -> None:
    item = {"type": "mcp_call", "id": "mcp_1", "status": "in_progress"}
    announced = {"type": "response.output_item.added", "output_index": 4, "item": item}
    progress = {"type": "response.mcp_call.in_progress", "output_index": 4, "item_id": "mcp_1"}
    stray = {"type": "response.mcp_call.in_progress", "output_index": 9}
    loose = {"type": "response.steer.accepted", "steer": {}}
    opaque = [
        s.OpaqueEvent(Opaque("openai_responses", str(value["type"]), value))
        for value in (announced, progress, stray, loose)
    ]
    events, _ = stream([START, *opaque, *END])
    kinds = [(event["type"], event.get("output_index")) for event in events[2:-1]]
    assert kinds == [
        ("response.output_item.added", 0),
        ("response.mcp_call.in_progress", 0),
        ("response.steer.accepted", None),
        ("response.output_item.done", 0),
    ]


def test_a_failure_is_the_frame_that_agents_wait_for() -> None:
    emitter = CLIENT.open_emitter(ANYONE, [])
    begun = emitter.emit([START, s.UsageReport(Usage(3)), *call(0, "{}"), s.TextStart(1), s.TextDelta(1, "Hel")])
    data = begun + emitter.fail(DragomanError(Kind.UNAVAILABLE, "The stream was cut.", blame="upstream"))
    check_stream(data, is_failed=True, has_our_ids=True)
    event = read_events(data)[-1]
    ResponseFailedEvent.model_validate(event)
    assert event["response"]["error"] == {"code": "server_error", "message": "The stream was cut."}
    assert event["response"]["usage"]["input_tokens"] == 3
    assert [item["type"] for item in event["response"]["output"]] == ["function_call"]


def test_a_failure_before_anything_else_is_the_same_with_and_without_an_emitter() -> None:
    error = DragomanError(Kind.RATE_LIMIT, "Too fast.", blame="upstream", retry_after_seconds=4.2)
    alone = CLIENT.emit_stream_error(error)
    assert CLIENT.open_emitter(AGENT, []).fail(error) == alone
    check_stream(alone, is_failed=True)
    event = read_events(alone)[0]
    ResponseFailedEvent.model_validate(event)
    assert event["response"]["error"] == {
        "code": "rate_limit_exceeded",
        "message": "Too fast. Please try again in 5s.",
    }


def test_what_another_dialect_noted_of_thinking_is_a_loss() -> None:
    details = {"openai_chat": {"reasoning_details": [{}], "minted": True}}
    _, losses = output(s.ReasoningStart(0), s.ReasoningDelta(0, "hm"), s.ReasoningEnd(0, extras=details))
    assert losses == [("dropped", "candidates[0].parts[0].extras.openai_chat.reasoning_details")]


def test_a_source_that_comes_before_its_text_covers_all_of_it() -> None:
    source = s.TextCitation(0, Citation("url", "https://a", "A"))
    events, _ = stream([START, s.TextStart(0), source, s.TextDelta(0, "Paris."), s.TextEnd(0), *END], ANYONE)
    (annotation,) = (event["annotation"] for event in events if event["type"].endswith("annotation.added"))
    assert (annotation["start_index"], annotation["end_index"]) == (0, 6)
    assert events[-1]["response"]["output"][0]["content"][0]["annotations"] == [annotation]


def test_sound_is_told_as_its_words_piece_by_piece() -> None:
    sound = s.PartDone(0, Audio(InlineData("audio/wav", "AA=="), transcript="Hello!"))
    events, losses = stream([START, sound, *END], ANYONE)
    assert [event["delta"] for event in events if event["type"] == "response.output_text.delta"] == ["Hello!"]
    assert [(loss.code, loss.path) for loss in losses] == [("approximated", "candidates[0].parts[0]")]


def test_probabilities_of_anything_but_text_are_a_loss_once() -> None:
    token = {"token": "No", "logprob": -0.1, "bytes": None, "top_logprobs": []}
    _, losses = output(*[s.LogprobsDelta({"content": None, "refusal": [token]})] * 2)
    assert losses == [("dropped", "candidates[0].logprobs.refusal")]
