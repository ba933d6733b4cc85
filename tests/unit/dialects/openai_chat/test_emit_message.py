"""An assistant's message, gathered from its parts."""

from __future__ import annotations

from dragoman.dialects.openai_chat.emit_message import (
    Add,
    add_audio,
    add_call,
    add_content,
    add_refusal,
    close_content,
    emit_message,
    reasoning_text,
)
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.model.content import Audio, InlineData, Reasoning, Refusal, StoredFile, Text, ToolCall
from dragoman.model.loss import Loss

TABLE: dict[type, Add] = {Text: add_content, Refusal: add_refusal, Audio: add_audio, ToolCall: add_call}
A, B = {"type": "text", "text": "a"}, {"type": "text", "text": "b"}
PICTURE = {"type": "image_url", "image_url": {"url": "https://a"}}


def test_plain_texts_are_one_string_and_anything_else_is_a_list() -> None:
    assert close_content([A, B], is_list=False) == "ab"
    assert close_content([A, B], is_list=False, separator="\n") == "a\nb"
    assert close_content([A], is_list=True) == [A]
    assert close_content([A, PICTURE], is_list=False) == [A, PICTURE]
    assert close_content([{**A, "cache_control": {}}], is_list=False) == [{**A, "cache_control": {}}]
    assert close_content([], is_list=False) is None


def test_parts_fill_the_fields_of_one_message() -> None:
    losses: list[Loss] = []
    parts = [Text("a"), Refusal("No, "), ToolCall("1", "f", "{}"), Refusal("no."), ToolCall("2", "c", "x", "custom")]
    assert emit_message(parts, None, TABLE, Outlet(losses), "t") == {
        "role": "assistant",
        "content": "a",
        "refusal": "No, no.",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "2", "type": "custom", "custom": {"name": "c", "input": "x"}},
        ],
    }
    assert losses == []


def test_fields_that_said_nothing_come_back_only_while_they_still_say_nothing() -> None:
    extras = {"openai_chat": {"_form": {"empty": {"content": "", "tool_calls": []}}}}
    assert emit_message([], extras, TABLE, Outlet([]), "t") == {"role": "assistant", "content": "", "tool_calls": []}
    assert emit_message([Text("a")], extras, TABLE, Outlet([]), "t")["content"] == "a"


def test_a_part_that_no_message_has_a_place_for_is_a_loss() -> None:
    losses: list[Loss] = []
    emit_message([Reasoning("hm")], None, TABLE, Outlet(losses), "turns[3]")
    assert losses == [Loss("dropped", "turns[3].parts[0]", "An assistant's message has no place for Reasoning.")]


def test_a_foreign_signature_stays_behind_and_our_own_goes_back() -> None:
    losses: list[Loss] = []
    extra = {"google": {"thought_signature": "sig"}}
    own = ToolCall(
        "1", "f", "{}", signature="sig", extras={"openai_chat": {"_form": {"extra_content": extra}, "minted": True}}
    )
    message = emit_message([own, ToolCall("2", "f", "{}", signature="sig")], None, TABLE, Outlet(losses), "t")
    assert [call.get("extra_content") for call in message["tool_calls"]] == [extra, None]
    assert losses == [Loss("stripped_token", "t.parts[1].signature")]


def test_spoken_output_goes_back_by_its_id() -> None:
    losses: list[Loss] = []
    message = emit_message([Audio(StoredFile("audio_1"))], None, TABLE, Outlet(losses), "t")
    assert message["audio"] == {"id": "audio_1"}
    emit_message([Audio(InlineData("audio/wav", "AA"))], None, TABLE, Outlet(losses), "t")
    assert [loss.path for loss in losses] == ["t.parts[0]"]


def test_a_summary_is_told_in_paragraphs() -> None:
    assert reasoning_text(Reasoning("a")) == "a"
    assert reasoning_text(Reasoning(summary=["a", "b"])) == "a\n\nb"
