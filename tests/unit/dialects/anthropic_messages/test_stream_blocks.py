"""Blocks of a stream while they are open."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.stream_blocks import (
    BLOCKS,
    Events,
    OpaqueBlock,
    OpenBlock,
    TextBlock,
    ThinkingBlock,
    ToolUseBlock,
    replay,
)
from dragoman.dialects.anthropic_messages.wire import MINTED
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Citation, Image, Opaque, Reasoning, RemoteUrl, Text, ToolCall


def run(block: OpenBlock, *deltas: dict[str, Any]) -> Events:
    events: Events = []
    block.open(events)
    for delta in deltas:
        event = {"type": "content_block_delta", "delta": delta}
        absorb = block.DELTAS.get(delta["type"])
        if absorb is None:
            block.absorb_other(event, events)
        else:
            absorb(block, event, events)
    block.close(events)
    return events


def test_what_a_text_block_starts_with_is_said_first() -> None:
    value = {"type": "text", "text": "a", "citations": [{"type": "char_location", "cited_text": "c"}]}
    assert run(TextBlock(3, value), {"type": "text_delta", "text": "b"}) == [
        s.TextStart(3),
        s.TextDelta(3, "a"),
        s.TextCitation(3, Citation("document_char", cited_text="c")),
        s.TextDelta(3, "b"),
        s.TextEnd(3),
    ]


def test_a_signature_in_pieces_is_put_together() -> None:
    pieces = [{"type": "signature_delta", "signature": piece} for piece in "ab"]
    events = run(ThinkingBlock(0, {"thinking": "t", "signature": ""}), *pieces)
    assert events[-1] == s.ReasoningEnd(0, "ab", extras=MINTED)
    assert events[1] == s.ReasoningDelta(0, "t")


def test_thinking_without_a_signature_is_nobodys() -> None:
    assert run(ThinkingBlock(0, {}))[-1] == s.ReasoningEnd(0)
    assert run(ThinkingBlock(0, {"signature": ""}))[-1] == s.ReasoningEnd(0, "")


@pytest.mark.parametrize(
    ("start", "pieces", "arguments"),
    [
        ({}, ["", '{"a"', ":1}"], '{"a":1}'),
        ({}, [""], "{}"),
        ({}, [], "{}"),
        ({"a": 1}, [], '{"a":1}'),
        (None, [], "{}"),
    ],
)
def test_arguments_come_from_deltas_or_from_the_start(start: Any, pieces: list[str], arguments: str) -> None:
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    events = run(ToolUseBlock(0, {"id": "i", "name": "n", "input": start}), *deltas)
    assert "".join(event.arguments for event in events if isinstance(event, s.ToolCallDelta)) == arguments


def test_a_call_without_a_name_is_refused() -> None:
    with pytest.raises(DragomanError, match="without a name"):
        run(ToolUseBlock(0, {"id": "a", "name": "", "input": {}}))


def test_a_block_that_we_only_carry_is_gathered_whole() -> None:
    value: dict[str, Any] = {"type": "server_tool_use", "name": "n", "input": {}}
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ('{"q":', '"a"}')]
    assert run(OpaqueBlock(0, value), *deltas) == [
        s.PartDone(0, Opaque("anthropic_messages", "server_tool_use", {**value, "input": {"q": "a"}}))
    ]
    pieces = [{"type": "compaction_delta", "content": piece, "extra": 1} for piece in ("a", "b")]
    done = run(OpaqueBlock(0, {"type": "compaction", "content": None}), *pieces)[0]
    assert isinstance(done, s.PartDone)
    assert isinstance(done.content, Opaque)
    assert done.content.value == {"type": "compaction", "content": "ab", "extra": 1}


def test_arguments_of_a_carried_block_that_are_no_json_are_refused() -> None:
    delta = {"type": "input_json_delta", "partial_json": "{"}
    with pytest.raises(DragomanError):
        run(OpaqueBlock(0, {"type": "server_tool_use"}), delta)


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_a_delta_that_is_new_is_passed_on(kind: str) -> None:
    value = {"type": kind, "id": "i", "name": "n", "data": "d"}
    events = run(BLOCKS[kind](0, value), {"type": "hologram_delta"})
    assert any(isinstance(event, s.OpaqueEvent) for event in events)


def test_a_part_that_came_whole_is_told_as_a_stream() -> None:
    events: Events = []
    replay(Text("a", citations=[Citation("url")]), 0, events)
    replay(Reasoning("t", signature="s", extras=MINTED), 1, events)
    replay(Reasoning(redacted="d", extras=MINTED), 2, events)
    replay(ToolCall("i", "n", "{}"), 3, events)
    image = Image(RemoteUrl("u"))
    replay(image, 4, events)
    assert events == [
        s.TextStart(0),
        s.TextDelta(0, "a"),
        s.TextCitation(0, Citation("url")),
        s.TextEnd(0),
        s.ReasoningStart(1),
        s.ReasoningDelta(1, "t"),
        s.ReasoningEnd(1, "s", extras=MINTED),
        s.ReasoningStart(2, redacted="d"),
        s.ReasoningEnd(2, extras=MINTED),
        s.ToolCallStart(3, "i", "n"),
        s.ToolCallDelta(3, "{}"),
        s.ToolCallEnd(3),
        s.PartDone(4, image),
    ]
