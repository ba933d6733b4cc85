"""A part while it goes out: what opens it, its deltas, and what closes it."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_responses.output_frames import OutputFrames
from dragoman.dialects.openai_responses.stream_parts import OpenCall, OpenMessage, OpenReasoning, OpenText
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.model import stream as s
from dragoman.model.content import Citation
from tests.grammars.openai_responses import read_events


def short(frames: OutputFrames) -> list[Any]:
    """Each event's kind, and what it says."""
    said = ("delta", "text", "refusal", "arguments", "input")
    return [
        (event["type"].removeprefix("response."), next((event[name] for name in said if name in event), None))
        for event in read_events(frames.take())
    ]


def test_a_text_is_added_told_and_done_inside_its_message() -> None:
    frames = OutputFrames()
    message = OpenMessage(frames, None, "resp_1")
    text = OpenText(message, is_text=True)
    text.add("Hel")
    text.add("lo")
    text.end(None)
    message.close()
    assert short(frames) == [
        ("output_item.added", None),
        ("content_part.added", None),
        ("output_text.delta", "Hel"),
        ("output_text.delta", "lo"),
        ("output_text.done", "Hello"),
        ("content_part.done", None),
        ("output_item.done", None),
    ]
    assert frames.items[0]["content"] == [{"type": "output_text", "annotations": [], "logprobs": [], "text": "Hello"}]


def test_a_message_of_ours_keeps_its_marks_and_one_that_was_cut_says_so() -> None:
    frames = OutputFrames()
    extras: dict[str, dict[str, Any]] = {NAME: {"_item": {"id": "msg_9", "type": "message"}, "message.agent": "a"}}
    message = OpenMessage(frames, extras, "resp_1")
    message.close(is_cut=True)
    assert frames.items[0] == {
        "id": "msg_9",
        "type": "message",
        "status": "incomplete",
        "role": "assistant",
        "content": [],
        "agent": "a",
    }


def test_probabilities_and_citations_are_gathered_for_the_end() -> None:
    frames = OutputFrames()
    text = OpenText(OpenMessage(frames, None, "resp_1"), is_text=True)
    text.add_with_logprobs("Hi", [{"token": "Hi"}])
    assert text.cite(Citation("url", url="https://a"))
    assert not text.cite(Citation("document_char", start=0))
    text.end(None)
    events = read_events(frames.take())
    assert events[2]["logprobs"] == [{"token": "Hi"}]
    assert events[3]["annotation"]["end_index"] == 2
    part = events[-1]["part"]
    assert (part["logprobs"], len(part["annotations"])) == ([{"token": "Hi"}], 1)


def test_a_refusal_has_events_of_its_own_and_no_sources() -> None:
    frames = OutputFrames()
    refusal = OpenText(OpenMessage(frames, None, "resp_1"), is_text=False)
    refusal.add("No.")
    assert not refusal.cite(Citation("url", url="https://a"))
    refusal.end(None)
    assert short(frames)[2:] == [("refusal.delta", "No."), ("refusal.done", "No."), ("content_part.done", None)]


def test_foreign_thinking_goes_out_as_sections_of_a_summary() -> None:
    frames = OutputFrames()
    thinking = OpenReasoning(frames, s.ReasoningStart(0, is_summary=True), "resp_1", wants_tokens=False)
    for section, text in ((0, "A"), (0, "a"), (3, "B")):
        thinking.add_section(text, section)
    thinking.end(s.ReasoningEnd(0))
    events = read_events(frames.take())
    assert [event.get("summary_index") for event in events] == [None, 0, 0, 0, 0, 0, 1, 1, 1, 1, None]
    assert [part["text"] for part in events[-1]["item"]["summary"]] == ["Aa", "B"]
    assert thinking.whole.summary == ["Aa", "B"]


def test_our_own_thinking_goes_out_in_the_form_it_came_in() -> None:
    frames = OutputFrames()
    extras: dict[str, dict[str, Any]] = {NAME: {"_item": {}}}
    thinking = OpenReasoning(frames, s.ReasoningStart(0, id="rs_9", extras=extras), "resp_1", wants_tokens=False)
    thinking.add_section("Hm.", 0)
    thinking.end(s.ReasoningEnd(0, encrypted="gAAA", extras={NAME: {"_item": {}, "minted": True}}))
    assert [kind for kind, _ in short(frames)] == [
        "output_item.added",
        "content_part.added",
        "reasoning_text.delta",
        "reasoning_text.done",
        "content_part.done",
        "output_item.done",
    ]
    assert frames.items[0] == {
        "id": "rs_9",
        "type": "reasoning",
        "summary": [],
        "content": [{"type": "reasoning_text", "text": "Hm."}],
        "encrypted_content": "gAAA",
    }


def test_a_call_without_arguments_is_told_an_empty_object() -> None:
    frames = OutputFrames()
    OpenCall(frames, s.ToolCallStart(0, "a", "f"), "resp_1", {}).end(None)
    assert short(frames)[1:3] == [("function_call_arguments.delta", "{}"), ("function_call_arguments.done", "{}")]
    OpenCall(frames, s.ToolCallStart(1, "b", "g", kind="custom"), "resp_1", {}).end(None)
    assert short(frames) == [
        ("output_item.added", None),
        ("custom_tool_call_input.done", ""),
        ("output_item.done", None),
    ]


def test_a_call_goes_back_into_its_namespace() -> None:
    frames = OutputFrames()
    call = OpenCall(frames, s.ToolCallStart(0, "a", "city__f"), "resp_1", {"city__f": ("city", "f")})
    call.add("{}")
    call.end(None)
    assert frames.items[0] == {
        "id": "fc_1_0",
        "type": "function_call",
        "status": "completed",
        "call_id": "a",
        "name": "f",
        "namespace": "city",
        "arguments": "{}",
    }
