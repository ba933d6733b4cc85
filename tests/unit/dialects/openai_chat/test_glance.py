"""A look at an answer that is passed on."""

from __future__ import annotations

import pytest

from dragoman.dialects.openai_chat.glance import read_glance
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
    assert glance.usage == Usage(input=3, output=2, reported=body["usage"])  # type: ignore[arg-type]
    assert glance.finish is not None
    assert (glance.finish.reason, glance.finish.wire) == ("tool_calls", "stop")


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
