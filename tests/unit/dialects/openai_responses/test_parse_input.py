"""Items → turns: order, borders, how messages are written, and what has no canonical form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.openai_responses.parse_input import InputReader
from dragoman.dialects.openai_responses.tokens import CarriedToken, wrap_token
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model.content import Opaque, Text, ToolCall, ToolResult
from dragoman.model.request import Turn, read_bare
from tests.unit.dialects.openai_responses.samples import emit, parse

CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
CRITIC = {"role": "developer", "content": "Hm."}
BETWEEN = [CALL, {"type": "reasoning", "id": "rs_1", "summary": []}, {"role": "critic", "content": "Hm."}]
WORDS = st.sampled_from(["", "One.", "Two."])
SAID = WORDS | st.lists(st.builds(lambda text: {"type": "output_text", "text": text}, WORDS), max_size=2)
ASKED = WORDS | st.lists(st.builds(lambda text: {"type": "input_text", "text": text}, WORDS), max_size=2)
HEADS = st.sampled_from([{}, {}, {"type": "message"}, {"type": "message"}, {"type": None}, {"id": "msg_1"}, {"x": 1}])
MESSAGES = st.builds(lambda head, said: {**head, "role": "assistant", "content": said}, HEADS, SAID) | st.builds(
    lambda head, role, said: {**head, "role": role, "content": said}, HEADS, st.sampled_from(["user", "system"]), ASKED
)


def kinds(items: list[Any]) -> list[tuple[str, list[str]]]:
    """Role and kinds of parts of each turn."""
    return [(turn.role, [type(part).__name__ for part in turn.parts]) for turn in InputReader().read_all(items)]


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
    items = [
        {"type": "message", "id": "msg_1", "role": "assistant", "content": "One.", "phase": "commentary"},
        {
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Two"}, {"type": "output_text", "text": "."}],
        },
    ]
    assert InputReader().read_all(items)[0].parts == [
        Text(
            "One.", extras={NAME: {"_item": {"type": "message", "id": "msg_1", "phase": "commentary"}, "_string": True}}
        ),
        Text("Two", extras={NAME: {"_item": {}}}),
        Text("."),
    ]


@pytest.mark.parametrize("head", [{}, {"type": "message"}])
@pytest.mark.parametrize("is_listed", [False, True])
def test_messages_that_are_written_alike_carry_no_marks(head: dict[str, str], is_listed: bool) -> None:
    said = [("user", "input_text", "Hi."), ("assistant", "output_text", "Hello."), ("system", "input_text", "Bye.")]
    items = [
        {**head, "role": role, "content": [{"type": kind, "text": text}] if is_listed else text}
        for role, kind, text in said
    ]
    turns = InputReader().read_all(items)
    assert [(turn.role, read_bare(turn)) for turn in turns] == [(role, text) for role, _, text in said]


def test_messages_that_are_written_otherwise_than_the_first_say_so() -> None:
    listed = [{"type": "input_text", "text": "Hi."}]
    items = [{"role": "user", "content": "Hi."}, {"role": "user", "content": listed}, {"type": "message", **CRITIC}]
    assert InputReader().read_all(items) == [
        Turn("user", [Text("Hi.")], shorthand=True),
        Turn("user", [Text("Hi.")]),
        Turn("developer", [Text("Hm.")], shorthand=True, extras={NAME: {"_item": {"type": "message"}}}),
    ]


@given(st.lists(MESSAGES | st.sampled_from(BETWEEN), min_size=1, max_size=5), st.none() | st.just("Be brief."))
def test_however_messages_are_written_they_come_out_again_so(items: list[Any], instructions: str | None) -> None:
    said = {} if instructions is None else {"instructions": instructions}
    assert emit(parse(input=items, **said)) == ({"model": "gpt", "input": items, **said}, [])


def test_items_without_a_canonical_form_stand_where_their_speaker_stands() -> None:
    items = [
        {"type": "configuration_update", "id": "cu_1"},
        {"type": "compaction", "id": "cmp_1"},
        {"type": "local_shell_call_output", "id": "call_1", "output": ""},
        {"type": "function_call_output", "output": "without an id"},
        {"id": "msg_1"},
        {"role": "critic", "content": "Hm."},
    ]
    turns = InputReader().read_all(items)
    assert [turn.role for turn in turns] == ["developer", "assistant", "tool", "tool", "developer", "developer"]
    kept = [part.value for turn in turns for part in turn.parts if isinstance(part, Opaque)]
    assert kept == items


def test_results_may_be_text_or_parts() -> None:
    turns = InputReader().read_all(
        [
            {"type": "function_call_output", "call_id": "a", "output": "Sunny", "status": "completed"},
            {"type": "function_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "Rain"}]},
        ]
    )
    assert turns[0].parts == [ToolResult("a", [Text("Sunny")], extras={NAME: {"_item": {"status": "completed"}}})]
    assert turns[1].parts == [ToolResult("b", [Text("Rain")], extras={NAME: {"_list": True}})]


def test_an_envelope_brings_the_signature_of_a_call_home() -> None:
    token = CarriedToken("gemini_generate", signature="Ci==", call_id="call_1")
    turns = InputReader().read_all([{"type": "reasoning", "summary": [], "encrypted_content": wrap_token(token)}, CALL])
    assert turns[0].parts == [
        ToolCall("call_1", "f", "{}", signature="Ci==", extras={"gemini_generate": {"minted": True}})
    ]


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
        InputReader().read_all([item])
    assert raised.value.path == path
