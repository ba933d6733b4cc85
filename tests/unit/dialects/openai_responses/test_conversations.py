"""Conversations in OpenAI's words: what names one, what may stand in one, how one is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.openai_responses import conversations as wire
from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import JsonDocument, encode_json

NOTHING: frozenset[str] = frozenset()


def document(**fields: Any) -> JsonDocument:
    return JsonDocument(encode_json(fields))


def test_our_own_ids_are_told_from_others() -> None:
    assert wire.is_own_id("conv_dragoman_" + "0f" * 12)
    assert not any(wire.is_own_id(id) for id in ("", "conv_1", "conv_dragoman_", "conv_dragoman_" + "0F" * 12))


@pytest.mark.parametrize(
    ("given", "expected"), [({}, None), ({"conversation": None}, None), ({"conversation": "c"}, "c")]
)
def test_a_conversation_may_be_named_or_not(given: dict[str, Any], expected: str | None) -> None:
    assert wire.read_conversation(document(**given)) == expected


def test_a_conversation_may_be_named_in_an_object() -> None:
    assert wire.read_conversation(document(conversation={"id": "c"})) == "c"


@pytest.mark.parametrize("odd", ["", 7, [], {}, {"id": 7}, {"id": ""}])
def test_what_names_no_conversation_is_refused(odd: Any) -> None:
    with pytest.raises(DragomanError) as refused:
        wire.read_conversation(document(conversation=odd))
    assert (refused.value.kind, refused.value.path) == (Kind.INVALID_REQUEST, "conversation")


def test_one_of_two_ways_to_continue_must_be_chosen() -> None:
    assert wire.read_conversation(document(conversation="c", previous_response_id=None)) == "c"
    with pytest.raises(DragomanError) as refused:
        wire.read_conversation(document(conversation="c", previous_response_id="r"))
    assert refused.value.code == "mutually_exclusive_parameters"


def test_metadata_are_kept_as_they_are() -> None:
    assert wire.read_metadata(document(metadata={"a": "b"})) == b'{"a":"b"}'
    assert wire.read_metadata(document()) == b"{}"
    assert wire.read_metadata(document(metadata=None), is_required=True) == b"{}"
    with pytest.raises(DragomanError, match="required"):
        wire.read_metadata(document(), is_required=True)


def test_items_are_taken_as_they_came() -> None:
    raw = b'{"items":[{"role" : "user","content":"Hi"},{"type":"future_kind"}]}'
    assert wire.read_new_items(JsonDocument(raw)) == [b'{"role" : "user","content":"Hi"}', b'{"type":"future_kind"}']
    assert wire.read_new_items(document()) == []


@pytest.mark.parametrize(
    ("items", "path"),
    [
        (None, "items"),
        ([], "items"),
        ("x", "items"),
        (["x"], "items[0]"),
        ([{}], "items[0].type"),
        ([{"type": "item_reference", "id": "x"}], "items[0].type"),
        ([{"type": "reasoning"}, {"role": "user"}], "items[1]"),
        ([{"role": "user", "content": 7}], "items[0]"),
    ],
)
def test_items_that_say_nothing_are_refused_with_their_place(items: Any, path: str) -> None:
    with pytest.raises(DragomanError) as refused:
        wire.read_new_items(document(items=items), is_required=True)
    assert refused.value.path == path


def test_only_items_that_say_something_are_kept_of_a_request() -> None:
    given = [b'{"role":"user","content":"Hi"}', b'{"type":"item_reference","id":"x"}', b"7"]
    assert [wire.is_kept_item(raw) for raw in given] == [True, False, False]


def test_a_conversation_and_its_end_are_told() -> None:
    told = json.loads(wire.emit_conversation("c", 1999, b'{"a":"b"}'))
    assert told == {"id": "c", "object": "conversation", "created_at": 1, "metadata": {"a": "b"}}
    assert json.loads(wire.emit_deletion("c")) == {"id": "c", "object": "conversation.deleted", "deleted": True}


def test_a_message_is_told_in_its_long_form_under_the_id_it_got() -> None:
    shown = wire.show_kept_item("msg_1", b'{"role":"user","content":"Hi","id":"mine"}', NOTHING)
    content = [{"type": "input_text", "text": "Hi"}]
    assert shown == {"id": "msg_1", "type": "message", "status": "completed", "role": "user", "content": content}


THOUGHT = {"type": "reasoning", "summary": [], "encrypted_content": "x"}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi", "logprobs": [1]}]}
SEARCH = {"type": "web_search_call", "action": {"type": "search", "sources": ["a"]}}


@pytest.mark.parametrize(
    ("item", "include", "hidden"),
    [
        (THOUGHT, "reasoning.encrypted_content", "encrypted_content"),
        (SAID, "message.output_text.logprobs", "logprobs"),
        (SEARCH, "web_search_call.action.sources", "sources"),
        ({"type": "file_search_call", "results": []}, "file_search_call.results", "results"),
    ],
)
def test_some_things_are_only_told_to_who_asks_for_them(item: Any, include: str, hidden: str) -> None:
    raw = encode_json(item)
    assert f'"{hidden}"' not in json.dumps(wire.show_kept_item("i", raw, NOTHING))
    assert f'"{hidden}"' in json.dumps(wire.show_kept_item("i", raw, frozenset({include})))


def test_odd_items_hide_nothing_and_break_nothing() -> None:
    odd = b'{"type":"web_search_call","action":["x",7]}'
    assert wire.show_kept_item("i", odd, NOTHING)["action"] == ["x", 7]


def test_a_list_says_where_it_begins_and_ends() -> None:
    page = wire.list_page([{"id": "a"}, {"id": "b"}], has_more=True)
    assert (page["first_id"], page["last_id"], page["has_more"]) == ("a", "b", True)
    assert wire.list_page([], has_more=False) == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (wire.conversation_not_found("c"), 404, None),
        (wire.item_not_found("i", "c"), 404, None),
        (wire.conversation_locked(), 400, "conversation_locked"),
        (wire.conversations_need_keeping(" Advice."), 400, "unsupported"),
    ],
)
def test_refusals_have_a_status_and_a_code(refusal: DragomanError, status: int, code: str | None) -> None:
    assert (refusal.status, refusal.code) == (status, code)
    assert refusal.reply is not None
    assert json.loads(refusal.reply.body)["error"]["message"] == refusal.message
