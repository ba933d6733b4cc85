"""Answers that are read in one decode; `tests/properties/test_usual_answers.py` holds them to the careful reading."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.usual_answer import read_usual
from dragoman.model.content import Text, ToolCall
from dragoman.model.response import Candidate, Finish
from dragoman.wire.json_document import encode_json

CALL = {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
MESSAGE: dict[str, Any] = {"role": "assistant", "content": "a", "refusal": None, "annotations": []}
CHOICE: dict[str, Any] = {"index": 0, "message": MESSAGE, "logprobs": None, "finish_reason": "stop"}
ANSWER: dict[str, Any] = {
    "id": "c",
    "object": "chat.completion",
    "created": 7,
    "model": "m",
    "choices": [CHOICE],
    "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8, "prompt_tokens_details": {"a": 0}},
    "service_tier": "priority",
    "system_fingerprint": "fp",
}


def with_message(**fields: Any) -> dict[str, Any]:
    return {**ANSWER, "choices": [{**CHOICE, "message": {**MESSAGE, **fields}}]}


def test_a_usual_answer_is_read() -> None:
    response = read_usual(encode_json(ANSWER))
    assert response is not None
    assert (response.id, response.model, response.created_unix, response.service_tier) == ("c", "m", 7, "priority")
    assert response.usage is not None
    assert (response.usage.input, response.usage.output, response.usage.tier) == (3, 5, "priority")
    assert response.candidates == [Candidate([Text("a")], Finish("stop", wire="stop"))]
    assert response.extras == {"openai_chat": {"system_fingerprint": "fp"}}


def test_calls_are_read_behind_the_text() -> None:
    response = read_usual(encode_json(with_message(tool_calls=[CALL])))
    assert response is not None
    (candidate,) = response.candidates
    assert candidate.parts == [Text("a"), ToolCall("t", "f", "{}")]
    assert candidate.finish.reason == "tool_calls"


@pytest.mark.parametrize(
    "answer",
    [
        {**ANSWER, "error": {"message": "no"}},
        {**ANSWER, "object": "error"},
        {**ANSWER, "choices": []},
        {**ANSWER, "usage": {"prompt_tokens": 3, "cost": 0.5}},
        {**ANSWER, "choices": [{**CHOICE, "logprobs": {"content": []}}]},
        {**ANSWER, "choices": [{**CHOICE, "stop_reason": "x"}]},
        with_message(content=""),
        with_message(refusal="no"),
        with_message(annotations=[None]),
        with_message(tool_calls=[]),
        with_message(tool_calls=[{**CALL, "id": ""}]),
        with_message(tool_calls=[{**CALL, "type": "custom"}]),
        with_message(reasoning_content="Hm."),
    ],
)
def test_an_answer_with_more_in_it_is_left_to_the_careful_reading(answer: dict[str, Any]) -> None:
    assert read_usual(encode_json(answer)) is None


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id":', b'{"id":"\xff"}', b"[" * 100_000])
def test_what_is_no_answer_is_left_to_the_careful_reading(body: bytes) -> None:
    assert read_usual(body) is None
