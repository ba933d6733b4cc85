"""The short way of reading a request: it reads what the careful way reads, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.parse_request import parse_request_fields
from dragoman.dialects.openai_responses.usual_request import read_usual
from dragoman.wire.json_document import JsonDocument, encode_json


def listed(role: str, text: str = "Hi.") -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


USUAL: list[dict[str, Any]] = [
    {"input": "Hi."},
    {"input": "", "instructions": None, "stream": None, "max_output_tokens": None},
    {"input": "Hi.", "instructions": "Be brief.", "max_output_tokens": 9, "stream": True, "store": False},
    {"input": [{"role": "user", "content": "Hi."}], "temperature": 1, "top_p": 0.5},
    {"input": [{"role": "user", "content": ""}, {"role": "assistant", "content": "Yes?"}], "max_output_tokens": 9},
    {"input": [listed("developer"), listed("user"), listed("assistant"), listed("user")], "store": True},
    {"input": [{"type": "message", "role": "system", "content": "Be brief."}]},
]
UNUSUAL: list[dict[str, Any]] = [
    {},
    {"input": []},
    {"input": "Hi.", "instructions": ""},
    {"input": "Hi.", "tools": []},
    {"input": [{"role": "user", "content": "Hi."}, listed("user")]},
    {"input": [listed("user"), {"type": "message", "role": "user", "content": "Hi."}]},
    {"input": [listed("user"), {"role": "user", "content": [{"type": "input_text", "text": "Hi."}]}]},
    {"input": [listed("assistant"), listed("assistant")]},
    {"input": [listed("user", "")]},
    {"input": [{**listed("user"), "id": "msg_1"}]},
    {"input": [{**listed("user"), "role": "assistant"}]},
    {"input": [{**listed("assistant"), "role": "user"}]},
    {"input": [{"role": "user", "content": []}]},
    {"input": [{"role": "user", "content": "Hi.", "type": None}]},
    {"input": [{"type": "item_reference", "id": "msg_1"}]},
    {"input": "Hi.", "temperature": "warm"},
]


@pytest.mark.parametrize("fields", USUAL)
def test_a_usual_request_is_read_as_the_careful_way_reads_it(fields: dict[str, Any]) -> None:
    document = JsonDocument(encode_json({"model": "gpt", **fields}))
    careful = parse_request_fields(document.decode(), "gpt", stream=fields.get("stream") is True)
    assert read_usual(document) == careful


@pytest.mark.parametrize("fields", UNUSUAL)
def test_whatever_needs_a_second_look_is_left_to_the_careful_way(fields: dict[str, Any]) -> None:
    assert read_usual(JsonDocument(encode_json({"model": "gpt", **fields}))) is None
