"""Parts of messages, with the tokens that go home with them."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.parse_parts import MODEL_PARTS, join_sections, parse_call
from dragoman.model.content import Opaque, Reasoning, Text, ToolCall

GOOGLE = {"gemini_generate": {"minted": True}}


def part(type: str, options: Any = None, **fields: Any) -> Any:
    given = {"providerOptions": options} if options else {}
    return MODEL_PARTS[type]({"type": type, **given, **fields})


def reasoning(text: str, **options: Any) -> Any:
    return part("reasoning", options, text=text)


def test_a_text_may_be_signed_by_gemini() -> None:
    assert part("text", text="Hi.") == Text("Hi.")
    signed = part("text", {"google": {"thoughtSignature": "s"}}, text="Hi.")
    assert signed == Text("Hi.", signature="s", extras=GOOGLE)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, Reasoning("So.")),
        (
            {"anthropic": {"signature": "s"}},
            Reasoning("So.", signature="s", extras={"anthropic_messages": {"minted": True}}),
        ),
        (
            {"anthropic": {"redactedData": "r"}},
            Reasoning("So.", redacted="r", extras={"anthropic_messages": {"minted": True}}),
        ),
        ({"google": {"thoughtSignature": "s"}}, Reasoning("So.", signature="s", extras=GOOGLE)),
        (
            {"openai": {"itemId": "rs", "reasoningEncryptedContent": "e"}},
            Reasoning(summary=["So."], id="rs", encrypted="e", extras={"openai_responses": {"minted": True}}),
        ),
        ({"openai": {"itemId": "rs"}}, Reasoning(summary=["So."], id="rs")),
        ({"acme": {"x": 1}}, Reasoning("So.", extras={"ai_sdk_gateway": {"providerOptions.acme.x": 1}})),
    ],
)
def test_tokens_are_marked_as_who_minted_them(options: Any, expected: Reasoning) -> None:
    assert reasoning("So.", **options) == expected


def test_sections_of_one_item_are_one_part_again() -> None:
    first, second = (
        reasoning("One.", openai={"itemId": "rs_1"}),
        reasoning("Two.", openai={"itemId": "rs_1", "reasoningEncryptedContent": "e"}),
    )
    other = reasoning("Three.", openai={"itemId": "rs_2"})
    joined = join_sections([first, second, other, Text("Hi.")])
    assert joined[0] == Reasoning(
        summary=["One.", "Two."], id="rs_1", encrypted="e", extras={"openai_responses": {"minted": True}}
    )
    assert joined[1:] == [other, Text("Hi.")]
    plain = [reasoning("One."), reasoning("Two.")]
    assert join_sections(plain) == plain


@pytest.mark.parametrize(
    ("given", "arguments"), [({"a": 1}, '{"a":1}'), (None, "{}"), ("{broken", "{broken"), ([1], "[1]")]
)
def test_the_input_of_a_call_is_text_again(given: Any, arguments: str) -> None:
    call = parse_call({"type": "tool-call", "toolCallId": "c", "toolName": "t", "input": given}, frozenset())
    assert call == ToolCall("c", "t", arguments)


def test_a_call_of_a_free_text_tool_keeps_its_text() -> None:
    wire = {"type": "tool-call", "toolCallId": "c", "toolName": "t", "input": '"quoted"'}
    call = parse_call(wire, frozenset({"t"}))
    assert call == ToolCall("c", "t", '"quoted"', "custom")


def test_what_a_provider_ran_itself_stays_as_it_is() -> None:
    wire = {"type": "tool-call", "toolCallId": "c", "toolName": "t", "input": {}, "providerExecuted": True}
    assert parse_call(wire, frozenset()) == Opaque("ai_sdk_gateway", "tool-call", wire)


def test_parts_that_we_carried_for_a_dialect_are_its_own_again() -> None:
    options = {"dragoman": {"opaque": {"type": "server_tool_use"}}}
    ours = part("custom", options, kind="anthropic_messages.server_tool_use")
    assert ours == Opaque("anthropic_messages", "server_tool_use", {"type": "server_tool_use"})
    assert part("custom", options, kind="acme.thing").dialect == "ai_sdk_gateway"
    assert part("custom", kind="anthropic_messages.server_tool_use").dialect == "ai_sdk_gateway"
