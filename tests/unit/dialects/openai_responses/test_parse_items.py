"""Items → turns and parts: order, borders, and what has no canonical form."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.parse_items import flat_tool_name, parse_input, parse_output_item
from dragoman.dialects.openai_responses.tokens import CarriedToken, wrap_token
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model.content import Image, InlineData, Opaque, Reasoning, Refusal, Text, ToolCall, ToolResult
from tests.unit.dialects.openai_responses.samples import PNG

CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}


def kinds(items: list[Any]) -> list[tuple[str, list[str]]]:
    """Role and kinds of parts of each turn."""
    return [(turn.role, [type(part).__name__ for part in turn.parts]) for turn in parse_input(items)]


def test_what_the_assistant_says_in_a_row_is_one_turn_in_order() -> None:
    items = [
        {"role": "user", "content": "Hi."},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "assistant", "content": "Let me look."},
        CALL,
        {"type": "web_search_call", "id": "ws_1"},
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        {"type": "function_call_output", "call_id": "call_1", "output": "1"},
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "2"},
        {"role": "developer", "content": [{"type": "input_text", "text": "Be brief."}]},
    ]
    assert kinds(items) == [
        ("user", ["Text"]),
        ("assistant", ["Reasoning", "Text", "ToolCall", "Opaque", "Refusal"]),
        ("tool", ["ToolResult"]),
        ("tool", ["ToolResult"]),
        ("developer", ["Text"]),
    ]


def test_every_message_of_the_assistant_keeps_its_border() -> None:
    parts = parse_input(
        [
            {"type": "message", "id": "msg_1", "role": "assistant", "content": "One.", "phase": "commentary"},
            {
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Two"}, {"type": "output_text", "text": "."}],
            },
        ]
    )[0].parts
    assert parts == [
        Text(
            "One.", extras={NAME: {"_item": {"type": "message", "id": "msg_1", "phase": "commentary"}, "_string": True}}
        ),
        Text("Two", extras={NAME: {"_item": {}}}),
        Text("."),
    ]


def test_items_without_a_canonical_form_stand_where_their_speaker_stands() -> None:
    items = [
        {"type": "configuration_update", "id": "cu_1"},
        {"type": "compaction", "id": "cmp_1"},
        {"type": "local_shell_call_output", "id": "call_1", "output": ""},
        {"type": "function_call_output", "output": "without an id"},
        {"id": "msg_1"},
        {"role": "critic", "content": "Hm."},
    ]
    turns = parse_input(items)
    assert [turn.role for turn in turns] == ["developer", "assistant", "tool", "tool", "developer", "developer"]
    kept = [part.value for turn in turns for part in turn.parts if isinstance(part, Opaque)]
    assert kept == items


def test_a_message_of_the_assistant_with_strange_content_is_kept_whole() -> None:
    for content in (None, [], [{"type": "hologram"}]):
        item = {"type": "message", "role": "assistant", "content": content}
        assert parse_output_item(item) == [Opaque(NAME, "message", item)]


def test_results_may_be_text_or_parts() -> None:
    turns = parse_input(
        [
            {"type": "function_call_output", "call_id": "a", "output": "Sunny", "status": "completed"},
            {"type": "function_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "Rain"}]},
        ]
    )
    assert turns[0].parts == [ToolResult("a", [Text("Sunny")], extras={NAME: {"_item": {"status": "completed"}}})]
    assert turns[1].parts == [ToolResult("b", [Text("Rain")], extras={NAME: {"_list": True}})]


def test_a_call_in_a_namespace_has_one_flat_name() -> None:
    part = parse_output_item({**CALL, "namespace": "city", "async": True})[0]
    assert part == ToolCall("call_1", "city__f", "{}", extras={NAME: {"_namespace": "city", "async": True}})
    assert flat_tool_name("f", None) == "f"


def test_a_custom_call_keeps_its_free_text() -> None:
    item = {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "*** Begin"}
    assert parse_output_item(item) == [ToolCall("c", "apply_patch", "*** Begin", "custom")]


def test_thinking_keeps_summary_content_and_token() -> None:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "A"}],
        "content": [{"type": "reasoning_text", "text": "B"}],
        "encrypted_content": "gAAA",
    }
    assert parse_output_item(item) == [
        Reasoning("B", ["A"], encrypted="gAAA", id="rs_1", extras={NAME: {"_item": {}, "minted": True}})
    ]


def test_thinking_without_a_token_is_not_marked_as_minted() -> None:
    part = parse_output_item({"type": "reasoning", "summary": [], "encrypted_content": None})[0]
    assert part.extras == {NAME: {"_item": {}, "_encrypted_null": True}}  # type: ignore[union-attr]


def test_an_envelope_brings_thinking_home_to_its_minter() -> None:
    token = CarriedToken("anthropic_messages", signature="Eq==", text="I think.")
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": wrap_token(token)}
    assert parse_output_item(item) == [
        Reasoning("I think.", signature="Eq==", id="rs_1", extras={"anthropic_messages": {"minted": True}})
    ]


def test_an_envelope_brings_the_signature_of_a_call_home() -> None:
    token = CarriedToken("gemini_generate", signature="Ci==", call_id="call_1")
    turns = parse_input([{"type": "reasoning", "summary": [], "encrypted_content": wrap_token(token)}, CALL])
    assert turns[0].parts == [
        ToolCall("call_1", "f", "{}", signature="Ci==", extras={"gemini_generate": {"minted": True}})
    ]


def test_a_generated_image_is_an_image_and_an_unfinished_one_is_kept() -> None:
    item = {
        "type": "image_generation_call",
        "id": "ig_1",
        "status": "completed",
        "output_format": "webp",
        "result": PNG,
    }
    part = parse_output_item(item)[0]
    assert isinstance(part, Image)
    assert part.source == InlineData("image/webp", PNG)
    unfinished = {"type": "image_generation_call", "id": "ig_1", "status": "failed", "result": None}
    assert parse_output_item(unfinished) == [Opaque(NAME, "image_generation_call", unfinished)]


def test_a_refusal_opens_a_message_too() -> None:
    item = {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    assert parse_output_item(item) == [Refusal("No.", {NAME: {"_item": {"type": "message", "id": "msg_1"}}})]


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (7, "input[0]"),
        ({}, "input[0].type"),
        ({"type": 7}, "input[0].type"),
        ({"role": "user"}, "input[0].content"),
        ({"role": ["user"], "content": ""}, "input[0].role"),
        ({"role": "user", "content": [{"type": "input_text"}]}, "input[0].content[0].text"),
        ({"type": "function_call", "call_id": "a", "name": "f"}, "input[0].arguments"),
        ({"type": "function_call_output", "call_id": "a"}, "input[0].output"),
        ({"type": "function_call_output", "call_id": "a", "output": [7]}, "input[0].output[0]"),
        ({"type": "reasoning", "summary": "A"}, "input[0].summary"),
    ],
)
def test_malformed_items_are_refused_with_their_path(item: Any, path: str) -> None:
    with pytest.raises(DragomanError) as raised:
        parse_input([item])
    assert raised.value.path == path
