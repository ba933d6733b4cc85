"""What an assistant says."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.parse_message import parse_assistant, parse_tool_call
from dragoman.errors import DragomanError
from dragoman.model.content import Audio, Image, InlineData, Reasoning, Refusal, StoredFile, Text, ToolCall

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def test_parts_come_in_the_order_of_thought_whatever_the_order_of_keys() -> None:
    spoken = parse_assistant(
        {
            "tool_calls": [CALL],
            "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}],
            "audio": {"id": "audio_1"},
            "refusal": "No.",
            "content": "Hello",
            "reasoning_content": "hm",
            "role": "assistant",
        }
    )
    assert [type(part) for part in spoken.parts] == [Reasoning, Text, Refusal, Audio, Image, ToolCall]
    assert spoken.shorthand


def test_fields_that_say_nothing_make_no_part_but_are_remembered() -> None:
    empty = {"content": "", "refusal": "", "tool_calls": [], "images": [], "reasoning": "", "reasoning_details": []}
    spoken = parse_assistant({"role": "assistant", **empty})
    assert spoken.parts == []
    assert spoken.extras == {"openai_chat": {"_form": {"empty": empty}}}


def test_nulls_say_nothing_at_all() -> None:
    spoken = parse_assistant({"role": "assistant", "content": None, "refusal": None, "tool_calls": None, "x": None})
    assert (spoken.parts, spoken.extras) == ([], None)


def test_the_same_thinking_in_two_fields_is_one_part() -> None:
    spoken = parse_assistant({"content": "a", "reasoning": "hm", "reasoning_content": "hm"})
    form = {"fields": ["reasoning_content", "reasoning"]}
    assert spoken.parts[0] == Reasoning("hm", extras={"openai_chat": {"_form": form, "minted": True}})


def test_other_thinking_in_the_second_field_is_put_by() -> None:
    spoken = parse_assistant({"content": "a", "reasoning": "other", "reasoning_content": "hm"})
    assert isinstance(spoken.parts[0], Reasoning)
    assert spoken.parts[0].text == "hm"
    assert spoken.rest == {"reasoning": "other"}


def test_details_carry_tokens_and_the_text_where_no_field_does() -> None:
    details = [
        {"type": "reasoning.summary", "summary": "hm, "},
        {"type": "reasoning.text", "text": "well", "signature": "sig"},
        {"type": "reasoning.encrypted", "data": "enc"},
    ]
    part = parse_assistant({"reasoning_details": details}).parts[0]
    assert isinstance(part, Reasoning)
    assert (part.text, part.signature, part.encrypted) == ("hm, well", "sig", "enc")
    assert part.extras == {"openai_chat": {"reasoning_details": details, "minted": True}}


def test_spoken_output_keeps_its_transcript() -> None:
    wire = {"id": "audio_1", "data": "AA", "expires_at": 1, "transcript": "Hello"}
    assert parse_assistant({"content": None, "audio": wire}).parts == [
        Audio(InlineData("", "AA"), "Hello", extras={"openai_chat": {"audio": wire}})
    ]
    by_id = parse_assistant({"content": None, "audio": {"id": "audio_1"}}).parts[0]
    assert isinstance(by_id, Audio)
    assert by_id.source == StoredFile("audio_1")


CALLS: list[tuple[dict[str, Any], ToolCall]] = [
    (CALL, ToolCall("call_1", "f", "{}")),
    ({"id": "c", "function": {"name": "f"}}, ToolCall("c", "f", "")),
    ({"id": "c", "function": {"name": "f", "arguments": {"a": 1}}}, ToolCall("c", "f", '{"a":1}')),
    ({"function": {"name": "f", "arguments": None}}, ToolCall("", "f", "")),
    (
        {"id": "c", "type": "custom", "custom": {"name": "f", "input": "free"}},
        ToolCall("c", "f", "free", "custom"),
    ),
    (
        {**CALL, "custom": {"name": "", "input": ""}},
        ToolCall("call_1", "f", "{}", extras={"openai_chat": {"custom": {"name": "", "input": ""}}}),
    ),
    (
        {**CALL, "type": "builtin_function", "index": 0},
        ToolCall("call_1", "f", "{}", extras={"openai_chat": {"index": 0, "type": "builtin_function"}}),
    ),
    (
        {**CALL, "extra_content": {"google": {"thought_signature": "sig"}}},
        ToolCall(
            "call_1",
            "f",
            "{}",
            signature="sig",
            extras={
                "openai_chat": {
                    "_form": {"extra_content": {"google": {"thought_signature": "sig"}}},
                    "minted": True,
                },
                "gemini_generate": {"minted": True},
            },
        ),
    ),
]


@pytest.mark.parametrize(("wire", "call"), CALLS)
def test_a_tool_call_is_read(wire: dict[str, Any], call: ToolCall) -> None:
    assert parse_tool_call(wire) == call


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({"refusal": 3}, "refusal"),
        ({"audio": "a"}, "audio"),
        ({"images": {}}, "images"),
        ({"tool_calls": {}}, "tool_calls"),
        ({"tool_calls": [{"id": "a"}]}, "tool_calls[0].function"),
        ({"tool_calls": [CALL, {"function": {"name": 3}}]}, "tool_calls[1].function.name"),
        ({"tool_calls": [{"function": {"name": "f", "arguments": 3}}]}, "tool_calls[0].function.arguments"),
        ({"reasoning_details": "a"}, "reasoning_details"),
        ({"reasoning_details": ["a"]}, "reasoning_details[0]"),
        ({"function_call": "a"}, "function_call"),
    ],
)
def test_an_error_names_its_place(message: dict[str, Any], path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse_assistant(message)
    assert caught.value.path == path
