"""The short way of reading a request: it reads what the careful way reads, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.parse_request import open_envelope, read_with_care
from dragoman.dialects.openai_chat.usual_request import read_usual
from dragoman.wire.json_document import encode_json

HI = {"role": "user", "content": "Hi."}
YES = {"role": "assistant", "content": "Yes?"}
BRIEF = {"role": "system", "content": "Be brief."}

USUAL: list[dict[str, Any]] = [
    {"messages": [HI]},
    {"messages": [BRIEF, HI, YES, HI], "max_tokens": 9, "stream": False},
    {"messages": [{**BRIEF, "role": "developer"}, YES, YES], "max_completion_tokens": 9},
    {"messages": [HI], "temperature": 1, "top_p": 0.5},
    {"messages": [HI], "temperature": 0.0, "max_tokens": None, "max_completion_tokens": 9},
    {"messages": [HI], "temperature": None, "top_p": None, "max_tokens": 9, "max_completion_tokens": None},
    {"messages": [HI], "stream": True, "stream_options": {"include_usage": True}},
    {"messages": [HI], "stream": True, "stream_options": {"include_usage": None, "include_obfuscation": False}},
    {"messages": [HI], "stream": None, "stream_options": {}},
    {"messages": [HI], "stream_options": None},
]
UNUSUAL: list[dict[str, Any]] = [
    {},
    {"messages": []},
    {"messages": HI},
    {"messages": ["Hi."]},
    {"messages": [HI], "tools": []},
    {"messages": [HI], "max_tokens": 9, "max_completion_tokens": 9},
    {"messages": [HI], "max_tokens": 9.0},
    {"messages": [HI], "temperature": "warm"},
    {"messages": [HI], "temperature": True},
    {"messages": [HI], "stream_options": {"include_usage": 1}},
    {"messages": [HI], "stream_options": {"new": {}}},
    {"messages": [{**HI, "name": "Ann"}]},
    {"messages": [{"role": "user"}]},
    {"messages": [{"role": "user", "content": ""}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi."}]}]},
    {"messages": [{"role": "tool", "content": "4", "tool_call_id": "t"}]},
    {"messages": [{**YES, "tool_calls": []}]},
]


@pytest.mark.parametrize("fields", USUAL)
def test_a_usual_request_is_read_as_the_careful_way_reads_it(fields: dict[str, Any]) -> None:
    envelope = open_envelope(encode_json({"model": "gpt", **fields}), None, None)
    assert read_usual(envelope) == read_with_care(envelope)


@pytest.mark.parametrize("path_stream", [True, False])
def test_what_the_path_says_counts_in_both_ways(path_stream: bool) -> None:
    envelope = open_envelope(encode_json({"messages": [HI]}), "of-the-path", path_stream)
    usual = read_usual(envelope)
    assert usual == read_with_care(envelope)
    assert usual is not None
    assert (usual.model, usual.stream) == ("of-the-path", path_stream)


@pytest.mark.parametrize("fields", UNUSUAL)
def test_whatever_needs_a_second_look_is_left_to_the_careful_way(fields: dict[str, Any]) -> None:
    assert read_usual(open_envelope(encode_json({"model": "gpt", **fields}), None, None)) is None
