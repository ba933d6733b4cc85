"""Items → parts: what each kind of item becomes, and what it keeps of itself."""

from __future__ import annotations

from dragoman.dialects.openai_responses.parse_items import flat_tool_name, parse_output_item
from dragoman.dialects.openai_responses.tokens import CarriedToken, wrap_token
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.model.content import Image, InlineData, Opaque, Reasoning, Refusal, ToolCall
from tests.unit.dialects.openai_responses.samples import PNG

CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}


def test_a_message_of_the_assistant_with_strange_content_is_kept_whole() -> None:
    for content in (None, [], [{"type": "hologram"}]):
        item = {"type": "message", "role": "assistant", "content": content}
        assert parse_output_item(item) == [Opaque(NAME, "message", item)]


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
