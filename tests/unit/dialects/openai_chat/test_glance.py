"""A look at an answer that is passed on."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.glance import look_closely, read_glance
from dragoman.errors import DragomanError, Kind
from dragoman.model.usage import Usage
from dragoman.wire.json_document import encode_json


def test_the_meter_learns_what_it_needs() -> None:
    body = {
        "id": "c1",
        "model": "m",
        "choices": [{"message": {"content": "a", "tool_calls": [{}]}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }
    glance = read_glance(encode_json(body))
    assert (glance.id, glance.model) == ("c1", "m")
    assert glance.usage == Usage(input=3, output=2)
    assert glance.finish is not None
    assert (glance.finish.reason, glance.finish.wire) == ("tool_calls", "stop")


@pytest.mark.parametrize("choice", [{"finish_reason": "tool_calls"}, {"finish_reason": "length"}])
def test_calls_that_ended_as_they_should_need_no_second_look(choice: dict[str, Any]) -> None:
    message = {"content": None, "tool_calls": [{"id": "t"}]}
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    details = {"prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 1}}
    body = encode_json({"choices": [{"message": message, **choice}], "usage": {**usage, **details}})
    glance = read_glance(body)
    assert glance == look_closely(body)
    assert glance.usage == Usage(5, 4, output=1, reasoning=1)
    assert glance.finish is not None
    assert glance.finish.reason == choice["finish_reason"]


@pytest.mark.parametrize("message", [{"refusal": "no"}, {"function_call": {"name": "f"}}, {"tool_calls": [{}]}])
def test_a_stop_that_was_none_is_told_as_what_it_was(message: dict[str, Any]) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    glance = read_glance(encode_json({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}))
    assert glance.finish is not None
    assert (glance.finish.reason, glance.finish.wire) == ("refusal" if "refusal" in message else "tool_calls", "stop")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"choices":[]}', b'{"choices":{}}', b'{"choices":[3]}', b"\xff", b"[" * 5000]
)
def test_what_is_no_answer_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        read_glance(body)
    assert (caught.value.kind, caught.value.blame) == (Kind.UNAVAILABLE, "upstream")


@pytest.mark.parametrize("body", [b'{"error":{"code":"rate_limit_exceeded"}}', b'{"object":"error","message":"m"}'])
def test_an_error_with_status_200_is_an_error(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        read_glance(body)
    assert caught.value.reply is not None
    assert caught.value.reply.body == body
    assert caught.value.status >= 400
