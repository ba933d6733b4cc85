"""Tool calls, their results, and thinking: what goes back to Anthropic and what a client sees."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages import emit_blocks
from dragoman.dialects.anthropic_messages.emission import Emission
from dragoman.dialects.anthropic_messages.wire import MINTED
from dragoman.model.content import Image, InlineData, Reasoning, Text, ToolCall, ToolResult
from dragoman.wire.json_document import decode_object, encode_json

SIGNED = Reasoning("thought", signature="sig", extras=MINTED)


def as_json(block: Any) -> Any:
    return decode_object(encode_json(block))


@pytest.mark.parametrize(
    ("arguments", "sent", "is_lossless"),
    [
        ('{"city": "Paris"}', {"city": "Paris"}, True),
        ("", {}, True),
        (" \n", {}, True),
        ("{}", {}, True),
        ("[1]", {"input": [1]}, False),
        ('"a"', {"input": "a"}, False),
        ("not json", {"input": "not json"}, False),
        ('{"a": 1', {"input": '{"a": 1'}, False),
    ],
)
def test_arguments_are_always_an_object(arguments: str, sent: object, is_lossless: bool) -> None:
    emission = Emission([])
    block = as_json(emit_blocks.emit_tool_call(ToolCall("id", "name", arguments), emission))
    assert block == {"type": "tool_use", "id": "id", "name": "name", "input": sent}
    assert (emission.losses == []) is is_lossless


def test_arguments_keep_their_bytes() -> None:
    arguments = '{"a": 1.10, "b": 1e2, "a2": "\\u00e9"}'
    block = emit_blocks.emit_tool_call(ToolCall("id", "name", arguments), Emission([]))
    assert arguments.encode() in encode_json(block)


def test_a_call_of_a_free_text_tool_has_one_property() -> None:
    emission = Emission([])
    block = as_json(emit_blocks.emit_tool_call(ToolCall("id", "patch", "*** Begin", kind="custom"), emission))
    assert block["input"] == {"input": "*** Begin"}
    assert [loss.code for loss in emission.losses] == ["approximated"]


def test_a_name_is_mended_in_a_request_and_kept_in_an_answer() -> None:
    call = ToolCall("id", "files.read", "{}", signature="gemini")
    emission = Emission([])
    assert emit_blocks.emit_tool_call(call, emission)["name"] != "files.read"
    assert emit_blocks.emit_answer_tool_call(call, emission)["name"] == "files.read"
    assert [loss.code for loss in emission.losses] == ["renamed", "stripped_token", "stripped_token"]


def test_call_and_result_get_the_same_mended_id() -> None:
    emission = Emission([])
    call = emit_blocks.emit_tool_call(ToolCall("call:1", "n", "{}"), emission)
    result = emit_blocks.emit_tool_result(ToolResult("call:1", []), emission)
    assert call["id"] == result["tool_use_id"]


def test_a_result_is_a_string_where_it_was_one_or_is_empty() -> None:
    results = [
        ToolResult("i", [Text("a")], shorthand=True),
        ToolResult("i", [Text("a")]),
        ToolResult("i", [Text("")]),
        ToolResult("i", []),
    ]
    contents = [emit_blocks.emit_tool_result(result, Emission([])).get("content") for result in results]
    assert contents == ["a", [{"type": "text", "text": "a"}], "", None]


def test_an_image_stays_inside_its_result() -> None:
    image = Image(InlineData("image/png", "iVBORw0KGgo"))
    block = emit_blocks.emit_tool_result(ToolResult("i", [Text("see"), image], is_error=False), Emission([]))
    assert [inner["type"] for inner in block["content"]] == ["text", "image"]
    assert block["is_error"] is False


def test_only_thinking_that_anthropic_signed_goes_back() -> None:
    emission = Emission([])
    sent = emit_blocks.emit_reasoning(SIGNED, emission)
    assert sent == {"type": "thinking", "thinking": "thought", "signature": "sig"}
    assert emission.losses == []


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (Reasoning("thought"), "dropped"),
        (Reasoning("thought", signature=""), "stripped_token"),
        (Reasoning("thought", signature="of Gemini"), "stripped_token"),
        (Reasoning(summary=["s"], encrypted="of OpenAI"), "stripped_token"),
        (Reasoning(redacted="data"), "stripped_token"),
        (Reasoning("thought", extras=MINTED), "dropped"),
    ],
)
def test_any_other_thinking_is_stripped_once(part: Reasoning, code: str) -> None:
    emission = Emission([])
    assert emit_blocks.emit_reasoning(part, emission) is None
    assert [loss.code for loss in emission.losses] == [code]


def test_a_target_that_wants_all_thinking_gets_it() -> None:
    emission = Emission([])
    block = emit_blocks.emit_unsigned_reasoning(Reasoning("thought"), emission)
    assert block == {"type": "thinking", "thinking": "thought", "signature": ""}
    assert emit_blocks.emit_unsigned_reasoning(SIGNED, emission) == emit_blocks.emit_reasoning(SIGNED, emission)
    assert emission.losses == []


def test_a_client_sees_foreign_thinking_with_an_empty_signature() -> None:
    emission = Emission([])
    block = emit_blocks.emit_answer_reasoning(Reasoning(summary=["a", "b"], encrypted="token"), emission)
    assert block == {"type": "thinking", "thinking": "a\n\nb", "signature": ""}
    assert [loss.code for loss in emission.losses] == ["stripped_token"]
    assert emit_blocks.emit_answer_reasoning(Reasoning(encrypted="token"), emission) is None


def test_redacted_thinking_of_anthropic_goes_both_ways() -> None:
    part = Reasoning(redacted="data", extras=MINTED)
    block = {"type": "redacted_thinking", "data": "data"}
    assert emit_blocks.emit_reasoning(part, Emission([])) == block
    assert emit_blocks.emit_answer_reasoning(part, Emission([])) == block
