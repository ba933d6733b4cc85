"""Output items as they look to clients: ids, names, thinking and the tokens it carries."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.output_items import (
    call_item,
    carry_reasoning,
    is_made_here,
    item_id,
    mark_cut,
    open_item,
    open_message,
    reasoning_item,
    response_id,
    signature_item,
    split_name,
)
from dragoman.dialects.openai_responses.tokens import CarriedToken, unwrap_token
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.model.content import Reasoning

SIGNED = {"anthropic_messages": {"minted": True}}


@pytest.mark.parametrize(
    ("id", "expected"),
    [("resp_1", "resp_1"), ("chatcmpl-A/b", "resp_chatcmpl-Ab"), ("msg_01", "resp_msg_01"), ("", "resp_0")],
)
def test_an_answers_id_has_the_prefix_of_this_dialect(id: str, expected: str) -> None:
    assert response_id(id) == expected


def test_an_items_id_is_made_of_the_answers_and_stays_short() -> None:
    assert item_id("msg", "resp_abc", 2) == "msg_abc_2"
    assert len(item_id("ctc", "resp_" + "x" * 200, 999)) <= 64
    assert item_id("fc", "chatcmpl-1", 0) == item_id("fc", "resp_chatcmpl-1", 0)


def test_an_item_that_was_ours_keeps_what_it_says_of_itself() -> None:
    extras: dict[str, dict[str, Any]] = {NAME: {"_item": {"id": "msg_9", "phase": "commentary"}}}
    assert open_item(extras, "msg", "resp_1", 0) == {"id": "msg_9", "status": "completed", "phase": "commentary"}
    assert open_item(None, "msg", "resp_1", 0) == {"id": "msg_1_0", "status": "completed"}


def test_messages_and_calls_have_their_fields() -> None:
    message = {"type": "message", "id": "msg_1_0", "status": "completed", "role": "assistant", "content": []}
    assert open_message(None, "resp_1", 0, []) == message
    ours: dict[str, dict[str, Any]] = {NAME: {"_item": {"id": "msg_9"}, "message.channel": "final"}}
    assert open_message(ours, "resp_1", 0, []) == {**message, "id": "msg_9", "channel": "final"}
    assert call_item({"id": "c"}, "a", "f", "{}", "function") == {
        "id": "c",
        "type": "function_call",
        "call_id": "a",
        "name": "f",
        "arguments": "{}",
    }
    assert call_item({"id": "c"}, "a", "f", "x", "custom")["input"] == "x"
    assert mark_cut({"status": "completed"}) == {"status": "incomplete"}
    assert mark_cut({"id": "rs"}) == {"id": "rs"}


def test_a_name_finds_its_namespace_by_its_mark_or_by_the_request() -> None:
    assert split_name("city__f", {NAME: {"_namespace": "city"}}, {}) == ("f", "city")
    assert split_name("city__f", None, {"city__f": ("city", "f")}) == ("f", "city")
    assert split_name("city__f", None, {}) == ("city__f", None)


def test_foreign_thinking_is_shown_as_a_summary() -> None:
    assert reasoning_item(Reasoning("I think."), "resp_1", 0, wants_tokens=False) == {
        "id": "rs_1_0",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "I think."}],
        "encrypted_content": None,
    }
    parts = reasoning_item(Reasoning(summary=["A", "B"]), "resp_1", 0, wants_tokens=False)["summary"]
    assert [part["text"] for part in parts] == ["A", "B"]


def test_a_foreign_token_travels_only_if_it_is_wanted_and_its_minter_known() -> None:
    signed = Reasoning("I think.", signature="Eq==", extras=SIGNED)
    wrapped = reasoning_item(signed, "resp_1", 0, wants_tokens=True)["encrypted_content"]
    assert unwrap_token(wrapped) == CarriedToken("anthropic_messages", signature="Eq==", text="I think.")
    assert reasoning_item(signed, "resp_1", 0, wants_tokens=False)["encrypted_content"] is None
    assert carry_reasoning(Reasoning("I think.", signature="Eq==")) is None
    assert carry_reasoning(Reasoning("I think.", extras=SIGNED)) is None
    assert carry_reasoning(Reasoning(encrypted="gAAA", extras={NAME: {"minted": True}})) is None


def test_redacted_thinking_travels_too() -> None:
    wrapped = carry_reasoning(Reasoning(redacted="Em==", extras=SIGNED))
    assert wrapped is not None
    assert unwrap_token(wrapped) == CarriedToken("anthropic_messages", redacted="Em==")


def test_our_own_thinking_comes_out_as_it_was() -> None:
    part = Reasoning(
        "B",
        ["A"],
        encrypted="gAAA",
        id="rs_9",
        extras={NAME: {"_item": {"status": "completed"}, "minted": True, "format": "x"}},
    )
    assert reasoning_item(part, "resp_1", 0, wants_tokens=False) == {
        "id": "rs_9",
        "type": "reasoning",
        "status": "completed",
        "summary": [{"type": "summary_text", "text": "A"}],
        "content": [{"type": "reasoning_text", "text": "B"}],
        "encrypted_content": "gAAA",
        "format": "x",
    }


def test_the_signature_of_a_call_has_an_item_of_its_own() -> None:
    item = signature_item("call_1", "Ci==", "gemini_generate", "resp_1", 3)
    assert (item["id"], item["summary"]) == ("rs_1_3", [])
    assert unwrap_token(item["encrypted_content"]) == CarriedToken(
        "gemini_generate", signature="Ci==", call_id="call_1"
    )


def test_an_id_that_was_made_here_is_told_from_a_providers() -> None:
    assert is_made_here(item_id("rs", "resp_dragoman_0f", 12))
    assert is_made_here(item_id("msg", "chatcmpl-7", 0))
    assert not any(is_made_here(id) for id in ("rs_0f9a", "msg_68af4030baa48193b0b43b4c2a176a1a", "rs_", None, 7))
