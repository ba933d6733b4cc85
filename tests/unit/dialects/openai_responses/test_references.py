"""References to kept items: which responses they stand in, and what is put in their place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.openai_responses import references as references_module
from dragoman.dialects.openai_responses.references import find_references, put_referred
from dragoman.errors import DragomanError, Kind
from dragoman.wire.json_document import JsonDocument

DIGITS = "0" * 24
RESPONSE = f"resp_dragoman_{DIGITS}"
ITEM = f"msg_dragoman_{DIGITS}_0"
BODY = b'{"id":"x","output":[ {"id":"%b", "text":"\\u0041"} ]}' % ITEM.encode()


def refer(*ids: Any) -> JsonDocument:
    items = [{"type": "item_reference", "id": id} for id in ids]
    return JsonDocument(json.dumps({"model": "m", "input": items}).encode())


def test_an_item_tells_its_response() -> None:
    assert find_references(refer(ITEM, ITEM, f"fc_dragoman_{'1' * 24}_12")) == [RESPONSE, f"resp_dragoman_{'1' * 24}"]


@pytest.mark.parametrize("id", ["msg_1", RESPONSE, f"{ITEM}x", 5, None])
def test_what_is_not_ours_tells_nothing(id: Any) -> None:
    assert find_references(refer(id)) == []


@pytest.mark.parametrize("given", [{"input": ITEM}, {"input": [ITEM, 5, None]}, {"input": [{"id": ITEM}]}, {}])
def test_what_is_no_reference_tells_nothing(given: dict[str, Any]) -> None:
    assert find_references(JsonDocument(json.dumps(given).encode())) == []


def test_the_item_itself_takes_the_place_of_its_reference() -> None:
    document = JsonDocument(
        b'{"input":[{"a" : 1},{"type":"item_reference","id":"%b"},{"type":"item_reference","id":"msg_1"}]}'
        % ITEM.encode()
    )
    item = BODY[BODY.index(b'{"id":"msg') : -4]
    expected = b'{"input":[{"a" : 1},%b},{"type":"item_reference","id":"msg_1"}]}' % item
    assert put_referred(document, {RESPONSE: BODY}) == expected


def test_no_more_responses_are_looked_for_than_a_conversation_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references_module, "MAX_RESPONSES", 1)
    assert find_references(refer(ITEM)) == [RESPONSE]
    with pytest.raises(DragomanError, match="more than 1 responses"):
        find_references(refer(ITEM, f"msg_dragoman_{'1' * 24}_0"))


def test_references_do_not_make_a_small_request_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references_module, "MAX_BYTES", 100)
    put_referred(refer(ITEM), {RESPONSE: BODY})
    with pytest.raises(DragomanError) as refused:
        put_referred(refer(ITEM, ITEM), {RESPONSE: BODY})
    assert refused.value.kind is Kind.CONTEXT_LENGTH
