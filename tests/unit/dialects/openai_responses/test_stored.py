"""Shapes of kept responses: what is put before a request, and what is listed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseItemList

from dragoman.dialects.openai_responses.dialect import DIALECT
from dragoman.dialects.openai_responses.stored import (
    emit_deletion,
    expand_request,
    is_own_id,
    list_items,
    not_cancellable,
    previous_not_found,
    read_items,
    response_not_found,
    select_page,
)
from dragoman.errors import DragomanError
from dragoman.wire.json_document import JsonDocument

ID = "resp_dragoman_" + "0a" * 12
NEXT = "resp_dragoman_" + "0b" * 12
SAID: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Hello!", "annotations": [], "logprobs": []}],
}
BODY = json.dumps({"id": ID, "output": [SAID]}).encode()
ITEMS = [{"id": f"msg_{number}"} for number in range(5)]


def encode(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(("id", "is_ours"), [(ID, True), (ID[:-1], False), (ID + "a", False), ("resp_1", False)])
def test_our_ids_have_a_form_of_their_own(id: str, is_ours: bool) -> None:
    assert is_own_id(id) is is_ours


@pytest.mark.parametrize(
    ("given", "items"),
    [
        (b'{"input":"Hi"}', [{"role": "user", "content": "Hi"}]),
        (b'{"input":[{"a": 1}]}', [{"a": 1}]),
        (b'{"input":null}', []),
        (b"{}", []),
        (b'{"input":5}', []),
    ],
)
def test_input_is_read_as_items(given: bytes, items: list[Any]) -> None:
    assert json.loads(read_items(JsonDocument(given))) == items


def test_what_was_said_before_stands_before_byte_for_byte() -> None:
    document = JsonDocument(encode({"model": "m", "previous_response_id": ID, "input": [{"now": 1.50}]}))
    first = (b'[ {"odd" :  1.0} ]', b'{"output": [ {"said":"\\u0041"} ], "id": "x"}')
    expanded = expand_request(document, [first, (b"[]", b'{"output":[]}')])
    assert b'[{"odd" :  1.0},{"said":"\\u0041"},{"now": 1.5}]' in expanded
    assert json.loads(expanded).keys() == {"model", "input"}


@given(st.lists(st.tuples(st.lists(st.integers()), st.lists(st.text())), max_size=4), st.lists(st.integers()))
def test_any_number_of_turns_is_joined(turns: list[tuple[list[int], list[str]]], now: list[int]) -> None:
    document = JsonDocument(encode({"input": now}))
    kept = [(encode(items), encode({"output": said})) for items, said in turns]
    expected = [item for items, said in turns for item in (*items, *said)] + now
    assert json.loads(expand_request(document, kept))["input"] == expected


def test_listed_items_are_what_the_official_types_say() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}", "id": "fc_9"}
    second = [
        call,
        {"type": "function_call_output", "call_id": "c", "output": "sunny"},
        {"role": "assistant", "content": "So."},
        {"role": "user", "content": [{"type": "input_text", "text": "And?"}]},
    ]
    first = encode([{"role": "user", "content": "Hi"}])
    items = list_items([(ID, first, BODY), (NEXT, encode(second), BODY)])
    assert [item["type"] for item in items] == [
        "message", "message", "function_call", "function_call_output", "message", "message",
    ]  # fmt: skip
    assert items[0]["content"] == [{"type": "input_text", "text": "Hi"}]
    assert items[1] == SAID
    assert items[2]["id"] == "fc_9"
    assert items[4]["content"][0]["type"] == "output_text"
    assert len({item["id"] for item in items}) == len(items)
    ResponseItemList.model_validate(select_page(items, {}), strict=True)


def test_items_have_the_same_ids_each_time() -> None:
    turns = [(ID, encode([{"role": "user", "content": "Hi"}, {"id": "x", "type": "item_reference"}]), BODY)]
    assert list_items(turns) == list_items(turns)


@pytest.mark.parametrize(
    ("query", "ids", "has_more"),
    [
        ({}, "43210", False),
        ({"order": "asc"}, "01234", False),
        ({"limit": "2"}, "43", True),
        ({"limit": "2", "after": "msg_3"}, "21", True),
        ({"limit": "2", "after": "msg_2", "order": "asc"}, "34", False),
        ({"after": "msg_0"}, "", False),
    ],
)
def test_pages_follow_each_other(query: dict[str, str], ids: str, has_more: bool) -> None:
    page = select_page(ITEMS, query)
    assert [item["id"] for item in page["data"]] == [f"msg_{digit}" for digit in ids]
    assert page["has_more"] is has_more
    ends = (f"msg_{ids[0]}", f"msg_{ids[-1]}") if ids else (None, None)
    assert (page["first_id"], page["last_id"]) == ends


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": "9" * 6000}, "limit"),
        ({"order": "up"}, "order"),
        ({"after": "msg_9"}, "after"),
    ],
)
def test_a_page_that_cannot_be_is_refused(query: dict[str, str], path: str) -> None:
    with pytest.raises(DragomanError) as refused:
        select_page(ITEMS, query)
    assert (refused.value.path, refused.value.status) == (path, 400)


@pytest.mark.parametrize(
    ("error", "status", "fields"),
    [
        (
            previous_not_found("resp_1", ""),
            400,
            {
                "message": "Previous response with id 'resp_1' not found.",
                "param": "previous_response_id",
                "code": "previous_response_not_found",
            },
        ),
        (
            response_not_found("resp_1", " Why."),
            404,
            {"message": "Response with id 'resp_1' not found. Why.", "param": None, "code": None},
        ),
        (not_cancellable(), 400, {"message": "Cannot cancel a synchronous response.", "param": None, "code": None}),
    ],
)
def test_refusals_are_in_the_words_that_clients_know(error: DragomanError, status: int, fields: dict[str, Any]) -> None:
    assert DIALECT.client is not None
    reply = DIALECT.client.emit_error(error)
    assert reply.status == status
    assert json.loads(reply.body) == {"error": {"type": "invalid_request_error", **fields}}


def test_a_refusal_repeats_only_the_beginning_of_an_id() -> None:
    assert len(str(previous_not_found("x" * 10_000, ""))) < 300


def test_a_deletion_is_told_as_the_api_tells_it() -> None:
    assert emit_deletion(ID) == {"id": ID, "object": "response", "deleted": True}
