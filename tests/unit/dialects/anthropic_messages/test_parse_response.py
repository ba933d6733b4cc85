"""Answers of providers: how they end, and answers that are none."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.parse_response import (
    parse_answer,
    parse_finish,
    parse_message_extras,
    parse_token_count,
    read_glance,
)
from dragoman.errors import DragomanError, Kind
from dragoman.model.response import Finish
from dragoman.wire.json_document import encode_json

OWN = "anthropic_messages"


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("stop_sequence", "stop_sequence"),
        ("tool_use", "tool_calls"),
        ("pause_turn", "pause"),
        ("compaction", "pause"),
        ("refusal", "refusal"),
        ("model_context_window_exceeded", "context_length"),
    ],
)
def test_every_stop_reason_has_its_meaning(word: str, reason: Any) -> None:
    assert parse_finish({"stop_reason": word, "stop_sequence": None}) == Finish(reason, wire=word)


def test_a_new_stop_reason_is_kept() -> None:
    finish = parse_finish({"stop_reason": "nap", "stop_details": {"a": 1}})
    assert finish == Finish("other", wire="nap", extras={OWN: {"stop_details": {"a": 1}, "stop_reason": "nap"}})
    assert parse_finish({}) == Finish("other")


def test_what_stands_beside_the_known_fields_is_kept_unless_it_is_null() -> None:
    assert parse_message_extras({"id": "i", "container": {"id": "c"}, "context_management": None}) == {
        OWN: {"container": {"id": "c"}}
    }
    assert parse_message_extras({"id": "i", "container": None}) is None


MESSAGE = {"type": "message", "id": "i", "model": "m", "content": [], "stop_reason": "end_turn"}


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"<html>", b"{}", b'{"content": 1}', encode_json({**MESSAGE, "content": [{"type": "text"}]})],
)
def test_an_answer_that_makes_no_sense_is_the_providers_fault(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        parse_answer(body)
    assert (caught.value.kind, caught.value.blame) == (Kind.UNAVAILABLE, "upstream")
    assert b"html" not in str(caught.value).encode()


def test_an_error_inside_an_answer_is_one() -> None:
    body = encode_json({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    for read in (parse_answer, read_glance):
        with pytest.raises(DragomanError) as caught:
            read(body)
        assert caught.value.kind is Kind.OVERLOADED
        assert caught.value.reply is not None
        assert caught.value.reply.body == body


def test_a_glance_sees_what_the_meter_needs() -> None:
    glance = read_glance(encode_json({**MESSAGE, "usage": {"input_tokens": 3, "output_tokens": 4}}))
    assert (glance.id, glance.model, glance.finish) == ("i", "m", Finish("stop", wire="end_turn"))
    assert glance.usage is not None
    assert (glance.usage.input, glance.usage.output) == (3, 4)
    assert read_glance(encode_json(MESSAGE)).usage is None


@pytest.mark.parametrize("body", [b"", b"{}", b'{"type": "completion"}', b'{"type": "message", "usage": 1}', b"\xff"])
def test_a_glance_at_something_else_is_an_error(body: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        read_glance(body)
    assert caught.value.blame == "upstream"


def test_a_count_is_read_or_refused() -> None:
    assert parse_token_count(b'{"input_tokens": 2095}') == 2095
    with pytest.raises(DragomanError) as caught:
        parse_token_count(b'{"input_tokens": "many"}')
    assert caught.value.blame == "upstream"
