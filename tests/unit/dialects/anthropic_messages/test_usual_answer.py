"""Answers that are read in one decode; `tests/properties/test_usual_answers.py` holds them to the careful reading."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.usual_answer import read_usual
from dragoman.model.content import Part, Reasoning, Text, ToolCall
from dragoman.model.response import Candidate, Finish
from dragoman.wire.json_document import encode_json

MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "text", "text": "a", "citations": None},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"x": [1.50]}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 5, "service_tier": "priority"},
}


def test_a_usual_answer_is_read() -> None:
    response = read_usual(encode_json(MESSAGE))
    assert response is not None
    assert (response.id, response.model, response.service_tier) == ("msg_1", "claude", "priority")
    assert response.usage is not None
    assert (response.usage.input, response.usage.output, response.usage.tier) == (3, 5, "priority")
    thinking = Reasoning("Hm.", signature="s", extras={"anthropic_messages": {"minted": True}})
    parts: list[Part] = [thinking, Text("a"), ToolCall("t", "f", '{"x":[1.5]}')]
    assert response.candidates == [Candidate(parts, Finish("tool_calls", wire="tool_use"))]


def test_thinking_that_nobody_signed_is_not_marked_as_signed() -> None:
    response = read_usual(encode_json({**MESSAGE, "content": [{"type": "thinking", "thinking": "a", "signature": ""}]}))
    assert response is not None
    assert response.candidates[0].parts == [Reasoning("a", signature="")]


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "error"},
        {"new": 1},
        {"container": {"id": "c"}},
        {"stop_reason": "nap"},
        {"stop_reason": None},
        {"stop_reason": "stop_sequence", "stop_sequence": "x"},
        {"usage": None},
        {"usage": {"iterations": []}},
        {"content": [{"type": "text", "text": "a", "citations": []}]},
        {"content": [{"type": "server_tool_use", "id": "t", "name": "f", "input": {}}]},
        {"content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]},
    ],
)
def test_an_answer_with_more_in_it_is_left_to_the_careful_reading(fields: dict[str, Any]) -> None:
    assert read_usual(encode_json({**MESSAGE, **fields})) is None


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id":', b'{"id":"\xff"}', b"[" * 100_000])
def test_what_is_no_answer_is_left_to_the_careful_reading(body: bytes) -> None:
    assert read_usual(body) is None
