"""One spelling for the wire's keys, none for the caller's own."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.gemini_generate.keys import REQUEST, has_snake_keys, rename_keys
from dragoman.errors import DragomanError
from dragoman.wire.json_document import decode_object
from tests.unit.dialects.gemini_generate.samples import find, parse


def test_keys_of_the_wire_are_renamed_at_every_depth() -> None:
    body: dict[str, Any] = {
        "system_instruction": {"parts": [{"inline_data": {"mime_type": "image/png"}}]},
        "generation_config": {"thinking_config": {"thinking_budget": 1}},
    }
    rename_keys(body, REQUEST)
    assert body == {
        "systemInstruction": {"parts": [{"inlineData": {"mimeType": "image/png"}}]},
        "generationConfig": {"thinkingConfig": {"thinkingBudget": 1}},
    }


def test_what_is_the_callers_own_keeps_its_keys() -> None:
    own = {"snake_key": {"deep_key": 1}}
    body: dict[str, Any] = {
        "contents": [
            {
                "parts": [
                    {"function_call": {"name": "f", "args": dict(own)}},
                    {"function_response": {"name": "f", "response": dict(own)}},
                ]
            }
        ],
        "tools": [{"function_declarations": [{"name": "f", "parameters": {"properties": dict(own)}}]}],
        "labels": dict(own),
    }
    rename_keys(body, REQUEST)
    call, result = body["contents"][0]["parts"]
    assert call["functionCall"]["args"] == own
    assert result["functionResponse"]["response"] == own
    assert body["tools"][0]["functionDeclarations"][0]["parameters"]["properties"] == own
    assert body["labels"] == own


def test_a_field_in_both_spellings_is_refused() -> None:
    with pytest.raises(DragomanError) as caught:
        parse({"contents": [{"parts": [{"text": "Hi"}]}], "safetySettings": [], "safety_settings": []})
    assert caught.value.path == "safety_settings"


def test_a_leading_underscore_is_no_word_border() -> None:
    config = {"generationConfig": {"_responseJsonSchema": {"type": "object"}}}
    rename_keys(config, REQUEST)
    assert config == {"generationConfig": {"_responseJsonSchema": {"type": "object"}}}


def test_bodies_without_any_underscore_are_told_fast() -> None:
    assert not has_snake_keys(b'{"contents":[{"parts":[{"text":"snake_case is \\"nice_key\\""}]}]}')
    assert has_snake_keys(b'{"system_instruction" : {}}')


def test_both_spellings_mean_the_same() -> None:
    snake = find("snake-case").request
    assert snake is not None
    request = parse(snake)
    assert [turn.role for turn in request.turns] == ["system", "user", "assistant", "tool"]
    assert request.max_output_tokens == 64
    assert request.tool_choice is not None
    assert request.tool_choice.names == ["look_up"]
    assert decode_object(snake)["generation_config"]["max_output_tokens"] == 64
