"""Errors in the SDK's words."""

from __future__ import annotations

import json

import pytest

from dragoman.errors import DragomanError, Kind, UpstreamReply
from tests.grammars.ai_sdk_gateway import check_stream
from tests.unit.dialects.ai_sdk_gateway.samples import ANYONE, CLIENT

KNOWN_TO_THE_SDK = {
    "authentication_error",
    "failed_dependency",
    "forbidden",
    "internal_server_error",
    "invalid_request_error",
    "model_not_found",
    "not_found",
    "rate_limit_exceeded",
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_type_that_the_sdk_knows(kind: Kind) -> None:
    reply = CLIENT.emit_error(DragomanError(kind, "So it is.", path="prompt[0]"))
    error = json.loads(reply.body)["error"]
    assert error["type"] in KNOWN_TO_THE_SDK
    assert error["message"] == "prompt[0]: So it is."
    assert reply.status == DragomanError(kind, "").status


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (DragomanError(Kind.NOT_FOUND, "No model.", path="model"), "model_not_found"),
        (DragomanError(Kind.NOT_FOUND, "Nothing here.", code="unknown_url"), "not_found"),
        (
            DragomanError(
                Kind.NOT_FOUND,
                "Gone.",
                reply=UpstreamReply(dialect="openai_chat", status=404, content_type="x", body=b"secret"),
            ),
            "model_not_found",
        ),
    ],
)
def test_a_missing_model_is_told_from_a_missing_page(error: DragomanError, word: str) -> None:
    body = CLIENT.emit_error(error).body
    assert json.loads(body)["error"]["type"] == word
    assert b"secret" not in body


def test_when_to_try_again_is_told_in_whole_seconds() -> None:
    reply = CLIENT.emit_error(DragomanError(Kind.RATE_LIMIT, "Wait.", retry_after_seconds=1.2))
    assert reply.headers == ((b"retry-after", b"2"),)
    assert CLIENT.emit_error(DragomanError(Kind.RATE_LIMIT, "Wait.")).headers == ()


def test_a_failed_stream_ends_in_an_error_and_never_in_a_finish() -> None:
    error = DragomanError(Kind.UNAVAILABLE, "The provider broke off.")
    data = CLIENT.emit_stream_error(error)
    assert CLIENT.open_emitter(ANYONE, []).fail(error) == data
    (part,) = check_stream(data)
    assert part["error"] == {
        "message": "The provider broke off.",
        "type": "internal_server_error",
        "param": None,
        "code": "unavailable",
    }
