"""An answer's body → the model, and the glance at one that is passed on."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Opaque, Reasoning, Text, ToolCall
from dragoman.wire.json_document import encode_json
from tests.unit.dialects.openai_responses.samples import PROVIDER, read


def whole(**fields: Any) -> bytes:
    return encode_json({"id": "resp_1", "model": "gpt", "status": "completed", "output": [], **fields})


def test_an_answer_is_read_with_parts_usage_and_finish() -> None:
    response = PROVIDER.parse_response(read("reasoning-with-tool-call", "response"))
    thinking, call = response.candidates[0].parts
    assert isinstance(thinking, Reasoning)
    assert thinking.summary == ["Now Rome, to compare."]
    assert thinking.extras is not None
    assert thinking.extras[NAME]["minted"] is True
    assert isinstance(call, ToolCall)
    assert (call.id, call.name, call.arguments) == ("call_02Rome", "get_weather", '{"city":"Rome"}')
    assert response.candidates[0].finish.reason == "tool_calls"
    assert response.usage
    assert (response.usage.output, response.usage.reasoning) == (20, 20)
    assert (response.created_unix, response.service_tier) == (1760000000, "default")


@pytest.mark.parametrize(
    ("fields", "reason", "wire"),
    [
        ({}, "stop", "completed"),
        ({"status": "complete"}, "stop", "complete"),
        ({"status": None}, "stop", "completed"),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "length",
            "max_output_tokens",
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            "content_filter",
            "content_filter",
        ),
        ({"status": "incomplete", "incomplete_details": {"reason": "boredom"}}, "other", "boredom"),
        ({"status": "incomplete"}, "other", "incomplete"),
        ({"status": "cancelled"}, "error", "cancelled"),
        ({"status": "queued"}, "other", "queued"),
        ({"status": "levitating"}, "other", "levitating"),
        ({"output": [{"type": "local_shell_call", "id": "x"}]}, "tool_calls", "completed"),
        ({"output": [{"type": "web_search_call", "id": "x"}]}, "stop", "completed"),
        (
            {"output": [{"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}]},
            "refusal",
            "completed",
        ),
    ],
)
def test_every_ending_has_its_reason(fields: dict[str, Any], reason: str, wire: str) -> None:
    body = whole(**fields)
    finish = PROVIDER.parse_response(body).candidates[0].finish
    assert (finish.reason, finish.wire) == (reason, wire)
    assert PROVIDER.read_glance(body).finish == finish


def test_what_an_answer_repeats_is_bookkeeping_and_the_rest_is_in_plain_sight() -> None:
    response = PROVIDER.parse_response(whole(temperature=1.0, billing={"payer": "us"}, moderation=None, created_at=1.5))
    assert response.extras == {
        NAME: {
            "_echo": {"status": "completed", "temperature": 1.0, "moderation": None, "created_at": 1.5},
            "billing": {"payer": "us"},
        }
    }
    assert response.created_unix is None


def test_the_probabilities_of_all_text_are_one_list() -> None:
    logprobs = PROVIDER.parse_response(read("logprobs", "response")).candidates[0].logprobs
    assert logprobs is not None
    assert [token["token"] for token in logprobs["content"]] == ["Hello", "!"]


@pytest.mark.parametrize("read_answer", [PROVIDER.parse_response, PROVIDER.read_glance])
def test_a_failed_answer_is_the_error_that_it_tells(read_answer: Any) -> None:
    with pytest.raises(DragomanError) as raised:
        read_answer(whole(status="failed", error={"code": "rate_limit_exceeded", "message": "Slow down."}))
    assert raised.value.kind is Kind.RATE_LIMIT
    assert raised.value.reply is not None
    assert raised.value.reply.status == 429
    assert b'"Slow down."' in raised.value.reply.body


SHAPELESS = [b"", b"<html>", b"[]", b"{}", whole(output=None), whole(output=[7]), whole(output=[{"type": 7}])]
STRANGE_INSIDE = [
    whole(output=[{"type": "function_call"}]),
    whole(output=[{"type": "message", "role": "assistant", "content": [{"type": "output_text"}]}]),
]


def refuses(read_answer: Any, body: bytes) -> bool:
    with pytest.raises(DragomanError) as raised:
        read_answer(body)
    return raised.value.blame == "upstream" and raised.value.kind is Kind.UNAVAILABLE


@pytest.mark.parametrize("body", SHAPELESS)
def test_what_is_no_answer_is_the_providers_fault(body: bytes) -> None:
    assert refuses(PROVIDER.parse_response, body)
    assert refuses(PROVIDER.read_glance, body)


@pytest.mark.parametrize("body", STRANGE_INSIDE)
def test_an_answer_with_malformed_items_cannot_be_translated(body: bytes) -> None:
    assert refuses(PROVIDER.parse_response, body)


def test_a_glance_takes_the_long_way_where_the_shape_is_unusual() -> None:
    body = whole(
        usage="none", output=[{"type": "message", "role": "assistant", "content": "Hi."}], incomplete_details=7
    )
    glance = PROVIDER.read_glance(body)
    assert glance.usage is None
    assert glance.finish is not None
    assert glance.finish.reason == "stop"


def test_items_that_only_this_dialect_knows_are_kept() -> None:
    parts = PROVIDER.parse_response(read("unknown-items", "response")).candidates[0].parts
    assert isinstance(parts[0], Opaque)
    assert parts[0].kind == "hologram_call"
    assert isinstance(parts[1], Text)
