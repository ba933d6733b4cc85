"""Output items while they stream in: nothing that only a closing event tells is lost, nothing is told twice."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.stream_items import CallItem, EventSink, MessageItem, ReasoningItem, WholeItem
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Citation, Opaque, Text

CALL = {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "f", "status": "in_progress"}


def texts(sink: EventSink) -> list[str]:
    return [
        getattr(event, "text", getattr(event, "arguments", ""))
        for event in sink.events
        if "Delta" in type(event).__name__
    ]


def test_a_message_delivers_what_its_deltas_left_out() -> None:
    sink = EventSink()
    item = MessageItem(sink, {"type": "message", "id": "msg_1", "status": "in_progress"})
    item.add(0, "Hello", is_text=True)
    item.complete(0, "Hello, wor", is_text=True)
    item.finish_part(0, Text("Hello, world", [Citation("url", url="u")]))
    item.finish_part(0, Text("Hello, world and more"))
    item.close({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello, world"}]})
    assert texts(sink) == ["Hello", ", wor", "ld"]
    assert [type(event) for event in sink.events[-2:]] == [s.TextCitation, s.TextEnd]
    start = sink.events[0]
    assert isinstance(start, s.TextStart)
    assert start.extras == {NAME: {"_item": {"type": "message", "id": "msg_1", "status": "completed"}}}


def test_a_message_that_comes_whole_is_delivered_whole() -> None:
    sink = EventSink()
    content = [{"type": "output_text", "text": "A"}, {"type": "refusal", "refusal": "B"}]
    MessageItem(sink, {}).close({"type": "message", "role": "assistant", "content": content})
    assert [type(event) for event in sink.events] == [
        s.TextStart,
        s.TextDelta,
        s.TextEnd,
        s.RefusalStart,
        s.RefusalDelta,
        s.RefusalEnd,
    ]
    assert (sink.has_spoken, sink.has_refused, sink.only_refuses) == (True, True, False)


def test_a_message_with_strange_content_is_kept_whole() -> None:
    sink = EventSink()
    whole = {"type": "message", "role": "assistant", "content": [{"type": "hologram"}]}
    MessageItem(sink, {}).close(whole)
    assert sink.events == [s.PartDone(0, Opaque(NAME, "message", whole))]


@pytest.mark.parametrize(
    "tell",
    [
        lambda item: [item.add("{}"), item.complete("{}")],
        lambda item: [item.complete("{}")],
        lambda item: [item.add("{")],
        lambda item: [],
    ],
)
def test_arguments_come_once_however_they_come(tell: Any) -> None:
    sink = EventSink()
    item = CallItem(sink, "function_call", CALL)
    tell(item)
    item.close({**CALL, "arguments": "{}"})
    assert "".join(texts(sink)) == "{}"
    assert [type(event) for event in sink.events if "Delta" not in type(event).__name__] == [
        s.ToolCallStart,
        s.ToolCallEnd,
    ]


def test_arguments_may_stand_in_the_first_event() -> None:
    sink = EventSink()
    CallItem(sink, "function_call", {**CALL, "arguments": '{"a"'}).close({**CALL, "arguments": '{"a":1}'})
    assert texts(sink) == ['{"a"', ":1}"]


@pytest.mark.parametrize("announced", [{}, {"call_id": "ctc_1", "name": "", "input": ""}], ids=["none", "empty"])
def test_a_call_that_is_announced_without_a_name_waits_for_it(announced: dict[str, str]) -> None:
    sink = EventSink()
    item = CallItem(sink, "custom_tool_call", {"type": "custom_tool_call", **announced})
    item.add("lost but told again")
    item.close({"type": "custom_tool_call", "id": "ctc_1", "name": "g", "input": "patch"})
    start = sink.events[0]
    assert isinstance(start, s.ToolCallStart)
    assert (start.id, start.name, start.kind) == ("ctc_1", "g", "custom")
    assert texts(sink) == ["patch"]
    for named in ({}, {"name": ""}):
        with pytest.raises(DragomanError):
            CallItem(EventSink(), "function_call", {"type": "function_call"}).close(
                {"type": "function_call", "id": "fc_1", **named}
            )


def test_thinking_is_a_summary_in_sections() -> None:
    sink = EventSink()
    item = ReasoningItem(sink, {"type": "reasoning", "id": "rs_1"})
    item.add(0, "A", is_summary=True)
    item.complete(0, "Aa", is_summary=True)
    summary = [{"type": "summary_text", "text": text} for text in ("Aa", "B")]
    item.close({"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": "gAAA"})
    start, *deltas, end = sink.events
    assert isinstance(start, s.ReasoningStart)
    assert (start.is_summary, start.id) == (True, "rs_1")
    assert [(delta.section, delta.text) for delta in deltas if isinstance(delta, s.ReasoningDelta)] == [
        (0, "A"),
        (0, "a"),
        (1, "B"),
    ]
    assert isinstance(end, s.ReasoningEnd)
    assert end.encrypted == "gAAA"
    assert end.extras == {NAME: {"_item": {}, "minted": True}}


def test_summary_and_text_of_one_item_are_two_parts() -> None:
    sink = EventSink()
    item = ReasoningItem(sink, {"type": "reasoning"})
    item.add(0, "In short", is_summary=True)
    item.add(0, "At length", is_summary=False)
    item.add(0, "", is_summary=True)
    item.close({"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "At length"}]})
    starts = [event.is_summary for event in sink.events if isinstance(event, s.ReasoningStart)]
    assert starts == [True, False]
    assert texts(sink) == ["In short", "At length"]


def test_thinking_that_says_nothing_is_still_there() -> None:
    sink = EventSink()
    ReasoningItem(sink, {}).close({"type": "reasoning", "summary": [], "encrypted_content": "gAAA"})
    assert [type(event) for event in sink.events] == [s.ReasoningStart, s.ReasoningEnd]


def test_other_items_are_announced_and_delivered() -> None:
    sink = EventSink()
    event = {"type": "response.output_item.added", "item": {"type": "mcp_call"}}
    WholeItem(sink, "mcp_call", event).close({"type": "mcp_call", "id": "mcp_1"})
    WholeItem(sink, "mcp_call", None).close({"type": "mcp_call", "id": "mcp_2"})
    assert sink.events == [
        s.OpaqueEvent(Opaque(NAME, "response.output_item.added", event)),
        s.PartDone(0, Opaque(NAME, "mcp_call", {"type": "mcp_call", "id": "mcp_1"})),
        s.PartDone(1, Opaque(NAME, "mcp_call", {"type": "mcp_call", "id": "mcp_2"})),
    ]
