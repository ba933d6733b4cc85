"""What connections remember: the latest response of each lane, for that connection alone, and not more than fits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.service.keeping.socket_memory import ENTRY_BYTES, MAX_BYTES, Continued, SocketMemory, select_output
from dragoman.wire.json_document import JsonDocument, encode_json


def begin(max_bytes: int = MAX_BYTES) -> SocketMemory:
    """A memory that knows two connections."""
    memory = SocketMemory(max_bytes)
    assert (memory.open(), memory.open()) == (1, 2)
    return memory


SAID: list[Any] = [{"type": "message", "id": "msg_1", "role": "assistant", "content": []}]


def recall(memory: SocketMemory, connection: int = 1, **fields: Any) -> Continued:
    return memory.recall(connection, JsonDocument(encode_json({"type": "response.create", "model": "m"} | fields)))


def answer(id: str, **fields: Any) -> bytes:
    return encode_json({"id": id, "store": False, "output": SAID} | fields)


def talk(memory: SocketMemory, id: Any, previous: str | None = None, lane: str | None = None, **fields: Any) -> None:
    """A turn that comes to its end."""
    asked = recall(memory, input=f"Question {id}", previous_response_id=previous)
    memory.note(1, lane, asked, answer(id, **fields))


def texts(asked: Continued) -> list[str]:
    items = json.loads(asked.body)["input"]
    return [item["content"] or "said" for item in items]


def test_what_continues_nothing_is_posted_as_it_is() -> None:
    asked = recall(SocketMemory(), input="Hi", previous_response_id="resp_elsewhere")
    body = {"model": "m", "input": "Hi", "previous_response_id": "resp_elsewhere", "stream": True}
    assert (json.loads(asked.body), asked.changes, asked.earlier) == (body, {}, None)


def test_a_response_is_continued_with_all_before_it_and_answers_by_its_name() -> None:
    memory = begin()
    talk(memory, "r1")
    talk(memory, "r2", "r1")
    asked = recall(memory, input=[{"role": "user", "content": "Question r3"}], previous_response_id="r2")
    assert texts(asked) == ["Question r1", "said", "Question r2", "said", "Question r3"]
    assert "previous_response_id" not in json.loads(asked.body)
    assert asked.changes == {"previous_response_id": b'"r2"'}


def test_of_each_lane_only_the_latest_is_known_and_lanes_may_fork() -> None:
    memory = begin()
    talk(memory, "r1")
    talk(memory, "r2", "r1", lane="a")
    assert recall(memory, previous_response_id="r1").earlier is not None
    talk(memory, "r3", "r1")
    assert recall(memory, previous_response_id="r1").earlier is None
    assert texts(recall(memory, previous_response_id="r2")) == ["Question r1", "said", "Question r2", "said"]


def test_another_connection_knows_nothing_of_it() -> None:
    memory = begin()
    talk(memory, "r1")
    assert recall(memory, 2, previous_response_id="r1").earlier is None
    memory.forget(2)
    assert recall(memory, previous_response_id="r1").earlier is not None


def test_a_connection_that_has_ended_leaves_nothing_behind() -> None:
    memory = begin()
    talk(memory, "r1")
    talk(memory, "r2", lane="a")
    memory.forget(1)
    talk(memory, "r3")
    assert repr(memory) == "<SocketMemory: 0 responses, 0 bytes>"
    assert recall(memory, previous_response_id="r1").earlier is None


@pytest.mark.parametrize("kept", [{"store": True}, {"conversation": {"id": "c"}}])
def test_what_somebody_keeps_or_has_no_name_is_not_remembered(kept: dict[str, Any]) -> None:
    memory = begin()
    talk(memory, "r1", **kept)
    talk(memory, None)
    assert repr(memory) == "<SocketMemory: 0 responses, 0 bytes>"


def test_what_goes_on_from_a_response_that_somebody_keeps_leans_on_it() -> None:
    memory = begin()
    talk(memory, "r1", "resp_kept", previous_response_id="resp_kept")
    talk(memory, "r2", "r1")
    asked = recall(memory, previous_response_id="r2")
    assert json.loads(asked.body)["previous_response_id"] == "resp_kept"
    assert texts(asked) == ["Question r1", "said", "Question r2", "said"]


def test_where_there_is_no_more_room_the_longest_unused_goes() -> None:
    memory = begin(2 * ENTRY_BYTES + 400)
    talk(memory, "r1", lane="a")
    talk(memory, "r2", lane="b")
    recall(memory, previous_response_id="r1")
    talk(memory, "r3", lane="c")
    known = [recall(memory, previous_response_id=id).earlier is not None for id in ("r1", "r2", "r3")]
    assert known == [True, False, True]
    talk(memory, "r4", lane="b", metadata={}, output=[{"type": "x", "content": "x" * 5000}])
    assert recall(memory, previous_response_id="r4").earlier is None
    memory.forget(1)
    assert repr(memory) == "<SocketMemory: 0 responses, 0 bytes>"


@pytest.mark.parametrize(
    ("item", "is_kept"),
    [
        ({"type": "reasoning", "id": "rs_theirs", "summary": []}, False),
        ({"type": "reasoning", "id": "rs_theirs", "summary": [], "encrypted_content": "x"}, True),
        ({"type": "reasoning", "id": "rs_7_0", "summary": []}, True),
        ({"type": "message", "content": [{"type": "output_text", "text": '"reasoning"'}]}, True),
    ],
)
def test_thinking_that_only_its_provider_knows_is_left_out(item: dict[str, Any], is_kept: bool) -> None:
    assert json.loads(select_output(encode_json([item]))) == ([item] if is_kept else [])
