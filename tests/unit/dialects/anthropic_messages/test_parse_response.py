"""Answers of providers: finish, usage in classes that never overlap, and answers that are none."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.parse_response import (
    parse_answer,
    parse_finish,
    parse_message_extras,
    parse_tier,
    parse_token_count,
    parse_usage,
    read_glance,
)
from dragoman.errors import DragomanError, Kind
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
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


@pytest.mark.parametrize(
    ("reported", "classes"),
    [
        ({"input_tokens": 10, "output_tokens": 5}, (10, 0, 0, 0, 5, 0)),
        ({"input_tokens": 1, "cache_read_input_tokens": 2, "cache_creation_input_tokens": 4}, (1, 2, 4, 0, 0, 0)),
        (
            {
                "cache_creation_input_tokens": 12,
                "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 8},
            },
            (0, 0, 4, 8, 0, 0),
        ),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 4}}, (0, 0, 4, 0, 0, 0)),
        ({"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 7}}, (0, 0, 0, 0, 2, 7)),
        ({"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 70}}, (0, 0, 0, 0, 0, 9)),
        ({"input_tokens": None, "output_tokens": "9", "cache_read_input_tokens": -3}, (0, 0, 0, 0, 0, 0)),
    ],
)
def test_every_token_stands_in_one_class(reported: dict[str, Any], classes: tuple[int, ...]) -> None:
    usage = parse_usage(reported)
    counted = (
        usage.input, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h, usage.output, usage.reasoning,
    )  # fmt: skip
    assert counted == classes
    assert usage.reported is reported


def test_compaction_is_billed_beside_the_totals_and_advice_is_not() -> None:
    reported = {
        "input_tokens": 229,
        "output_tokens": 5,
        "iterations": [
            {"type": "compaction", "input_tokens": 100, "output_tokens": 131, "cache_creation_input_tokens": 500},
            {"type": "advisor_message", "input_tokens": 9999, "output_tokens": 9999},
            {"type": "message", "input_tokens": 229, "output_tokens": 5},
            "nonsense",
        ],
    }
    assert parse_usage(reported) == Usage(input=329, output=136, cache_write_5m=500, reported=reported)


def test_what_stands_beside_the_known_fields_is_kept_unless_it_is_null() -> None:
    assert parse_message_extras({"id": "i", "container": {"id": "c"}, "context_management": None}) == {
        OWN: {"container": {"id": "c"}}
    }
    assert parse_message_extras({"id": "i", "container": None}) is None


def test_the_tier_is_told_in_the_usage() -> None:
    assert parse_tier({"service_tier": "priority"}) == "priority"
    assert parse_tier({"service_tier": 1}) is None
    assert parse_tier(None) is None


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
