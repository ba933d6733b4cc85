"""Answers: blocks, citations, finishes and tokens."""

from __future__ import annotations

import json

import pytest

from dragoman.dialects.bedrock_converse.parse_response import parse_citation, parse_finish, parse_usage
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Citation, Opaque, Reasoning, Text, ToolCall
from dragoman.model.usage import Usage
from tests.unit.dialects.bedrock_converse.samples import PROVIDER, Fields, find


def answer(*content: Fields, **more: object) -> bytes:
    message = {"role": "assistant", "content": list(content)}
    return json.dumps({"output": {"message": message}, "stopReason": "end_turn", **more}).encode()


def test_thinking_keeps_its_signature_and_who_made_it() -> None:
    part = PROVIDER.parse_response(find("reasoning").response or b"").candidates[0].parts[0]
    assert isinstance(part, Reasoning)
    assert part.signature == "EqQBCgIYAhIkMDEyMzQ1Njc4OWFiY2RlZg=="
    assert part.extras is not None
    assert set(part.extras) == {"bedrock_converse", "anthropic_messages"}


def test_unsigned_thinking_is_nobodys() -> None:
    block = {"reasoningContent": {"reasoningText": {"text": "Hm."}}}
    assert PROVIDER.parse_response(answer(block)).candidates[0].parts == [Reasoning("Hm.")]


def test_blocks_that_only_this_dialect_knows_are_carried_along() -> None:
    for block in ({"guardContent": {"text": {"text": "x"}}}, {"image": {"format": "png", "error": {}}}, {}):
        (part,) = PROVIDER.parse_response(answer(block)).candidates[0].parts
        assert part == Opaque("bedrock_converse", next(iter(block), ""), block)


def test_a_call_without_arguments_has_an_empty_object() -> None:
    block = {"toolUse": {"toolUseId": "1", "name": "f"}}
    assert PROVIDER.parse_response(answer(block)).candidates[0].parts == [ToolCall("1", "f", "{}")]


def test_texts_under_one_citation_are_one_text() -> None:
    (part,) = PROVIDER.parse_response(find("citations-of-search-results").response or b"").candidates[0].parts
    assert part == Text(
        "It rains in Paris.",
        citations=[
            Citation(
                "search_result",
                "https://example.com/weather",
                "Weather",
                "Rain in Paris",
                document_index=0,
                start=1,
                end=2,
            ),
            Citation("document_page", None, "Report", "Rain", document_index=0, start=3, end=4),
        ],
    )


def test_a_citation_of_a_kind_that_nobody_knows_keeps_its_place() -> None:
    citation = parse_citation({"title": "T", "source": "S", "location": {"hologram": {"x": 1}}})
    assert citation == Citation("other", "S", "T", extras={"bedrock_converse": {"hologram": {"x": 1}}})


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", "stop"),
        ("tool_use", "tool_calls"),
        ("max_tokens", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_tool_use", "error"),
        ("model_context_window_exceeded", "context_length"),
        ("something_new", "other"),
    ],
)
def test_every_reason_has_its_word(word: str, reason: str) -> None:
    finish = parse_finish(word, None)
    assert (finish.reason, finish.wire) == (reason, word)


def test_the_stop_sequence_comes_from_what_was_asked_of_the_models_own_answer() -> None:
    finish = parse_finish("stop_sequence", {"stop_sequence": "4", "other": 1})
    assert (finish.reason, finish.stop_sequence) == ("stop_sequence", "4")
    assert finish.extras == {"bedrock_converse": {"other": 1}}
    assert parse_finish("stop_sequence", {"stop_sequence": 4}).stop_sequence is None


def test_tokens_stand_in_classes_that_do_not_overlap() -> None:
    reported = {
        "inputTokens": 12,
        "outputTokens": 6,
        "cacheReadInputTokens": 1800,
        "cacheWriteInputTokens": 300,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 200}, {"ttl": "5m", "inputTokens": 100}, "odd"],
    }
    assert parse_usage(reported) == Usage(
        input=12, output=6, cache_read=1800, cache_write_5m=100, cache_write_1h=200, reported=reported
    )
    assert parse_usage({"inputTokens": -1, "outputTokens": "x"}) == Usage(
        reported={"inputTokens": -1, "outputTokens": "x"}
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"output":{}}', b'{"output":{"message":{"content":[1]}}}'])
def test_what_is_no_answer_is_the_providers_fault(body: bytes) -> None:
    for read in (PROVIDER.parse_response, PROVIDER.read_glance, PROVIDER.parse_token_count):
        with pytest.raises(DragomanError) as caught:
            read(body)
        assert (caught.value.kind, caught.value.blame) == (Kind.UNAVAILABLE, "upstream")


def test_a_count_is_read() -> None:
    assert PROVIDER.parse_token_count(b'{"inputTokens":7}') == 7
