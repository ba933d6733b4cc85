"""The short way of reading a request: it reads what the careful way reads, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.gemini_generate.parse_request import open_envelope, read_with_care
from dragoman.dialects.gemini_generate.usual_request import read_usual
from dragoman.wire.json_document import encode_json

HI = {"role": "user", "parts": [{"text": "Hi."}]}
YES = {"role": "model", "parts": [{"text": "Yes?"}]}

USUAL: list[dict[str, Any]] = [
    {"contents": [HI]},
    {"contents": [HI, YES, HI], "systemInstruction": {"parts": [{"text": "Be brief."}]}},
    {"contents": [HI], "systemInstruction": {"role": "user", "parts": [{"text": "Be brief."}]}},
    {"contents": [YES, YES], "systemInstruction": None, "generationConfig": None},
    {"contents": [HI], "generationConfig": {}},
    {"contents": [HI], "generationConfig": {"temperature": 1, "topP": 0.5, "maxOutputTokens": 9}},
    {"contents": [HI], "generationConfig": {"temperature": None, "maxOutputTokens": None}},
]
UNUSUAL: list[dict[str, Any]] = [
    {},
    {"contents": []},
    {"contents": HI},
    {"contents": ["Hi."]},
    {"contents": [HI], "tools": []},
    {"contents": [{"parts": [{"text": "Hi."}]}]},
    {"contents": [{"role": "user", "parts": []}]},
    {"contents": [{"role": "user", "parts": [{"text": ""}]}]},
    {"contents": [{"role": "user", "parts": [{"text": "Hi.", "thought": True}]}]},
    {"contents": [{"role": "function", "parts": [{"text": "Hi."}]}]},
    {"contents": [HI], "systemInstruction": "Be brief."},
    {"contents": [HI], "system_instruction": {"parts": [{"text": "Be brief."}]}},
    {"contents": [HI], "generationConfig": {"max_output_tokens": 9}},
    {"contents": [HI], "generationConfig": {"topK": 9}},
]


@pytest.mark.parametrize("fields", USUAL)
def test_a_usual_request_is_read_as_the_careful_way_reads_it(fields: dict[str, Any]) -> None:
    envelope = open_envelope(encode_json(fields), "gemini", True)
    assert read_usual(envelope) == read_with_care(envelope)


@pytest.mark.parametrize("fields", UNUSUAL)
def test_whatever_needs_a_second_look_is_left_to_the_careful_way(fields: dict[str, Any]) -> None:
    assert read_usual(open_envelope(encode_json(fields), "gemini", False)) is None
