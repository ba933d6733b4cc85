"""The short way of reading a request: it reads what the careful way reads, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.dialect import DIALECT
from dragoman.dialects.anthropic_messages.parse_request import parse_request
from dragoman.dialects.anthropic_messages.usual_request import read_usual
from dragoman.dialects.base import Envelope
from dragoman.wire.json_document import encode_json

HI = {"role": "user", "content": "Hi."}
YES = {"role": "assistant", "content": "Yes?"}

USUAL: list[dict[str, Any]] = [
    {"messages": []},
    {"messages": [HI], "max_tokens": 9},
    {"messages": [HI, YES, {"role": "system", "content": ""}], "system": "Be brief.", "stream": True},
    {"messages": [HI], "system": "", "stop_sequences": [], "stream": False},
    {"messages": [HI], "system": None, "stop_sequences": None, "max_tokens": None, "stream": None},
    {"messages": [HI], "stop_sequences": ["END", ""]},
    {"messages": [HI], "temperature": 1, "top_p": 0.5, "top_k": 3},
    {"messages": [HI], "temperature": 0.0},
    {"messages": [HI], "temperature": None, "top_p": None, "top_k": None},
]
UNUSUAL: list[dict[str, Any]] = [
    {},
    {"messages": None},
    {"messages": HI},
    {"messages": ["Hi."]},
    {"messages": [HI], "tools": []},
    {"messages": [HI], "max_tokens": 9.0},
    {"messages": [HI], "max_tokens": "9"},
    {"messages": [HI], "top_p": True},
    {"messages": [HI], "stop_sequences": [1]},
    {"messages": [HI], "system": [{"type": "text", "text": "Be brief."}]},
    {"messages": [HI], "metadata": {"user_id": "u"}},
    {"messages": [{**HI, "new": 1}]},
    {"messages": [{"role": "user"}]},
    {"messages": [{"role": "tool", "content": "4"}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi."}]}]},
]


def open_fields(fields: dict[str, Any]) -> Envelope:
    assert DIALECT.client is not None
    return DIALECT.client.open_envelope(encode_json({"model": "claude", **fields}), None, None)


@pytest.mark.parametrize("fields", USUAL)
def test_a_usual_request_is_read_as_the_careful_way_reads_it(fields: dict[str, Any]) -> None:
    envelope = open_fields(fields)
    assert read_usual(envelope) == parse_request(envelope.document.decode(), envelope.model, envelope.stream)


@pytest.mark.parametrize("fields", UNUSUAL)
def test_whatever_needs_a_second_look_is_left_to_the_careful_way(fields: dict[str, Any]) -> None:
    assert read_usual(open_fields(fields)) is None
