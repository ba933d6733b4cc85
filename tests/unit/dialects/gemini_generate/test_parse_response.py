"""A provider's answer as the model has it."""

from __future__ import annotations

import pytest

from dragoman.dialects.gemini_generate.parse_response import parse_created, parse_finish
from dragoman.dialects.gemini_generate.wire import FINISH_BY_WIRE, NAME
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Text, ToolCall
from dragoman.model.response import Response
from dragoman.wire.json_document import encode_json
from tests.unit.dialects.gemini_generate.samples import PROVIDER, find


def read(name: str) -> Response:
    body = find(name).response
    assert body is not None
    return PROVIDER.parse_response(body)


@pytest.mark.parametrize("word", FINISH_BY_WIRE)
def test_every_finish_word_is_mapped_and_kept(word: str) -> None:
    finish = parse_finish(word, None, has_calls=False)
    assert (finish.reason, finish.wire) == (FINISH_BY_WIRE[word], word)


def test_stop_after_a_call_means_that_tools_are_wanted() -> None:
    assert parse_finish("STOP", None, has_calls=True).reason == "tool_calls"
    assert parse_finish("MAX_TOKENS", None, has_calls=True).reason == "length"


def test_an_unknown_or_missing_word_is_kept_too() -> None:
    assert (parse_finish("NEW_REASON", None, has_calls=False).reason, "NEW_REASON") == ("other", "NEW_REASON")
    assert parse_finish(None, None, has_calls=False).wire is None


def test_a_blocked_prompt_is_an_empty_filtered_answer() -> None:
    response = read("blocked-prompt")
    (candidate,) = response.candidates
    assert (candidate.parts, candidate.finish.reason, candidate.finish.wire) == (
        [],
        "content_filter",
        "PROHIBITED_CONTENT",
    )


def test_calls_without_ids_get_ids_from_the_answers_own() -> None:
    calls = [part for part in read("parallel-tool-calls").candidates[0].parts if isinstance(part, ToolCall)]
    assert [call.id for call in calls] == [f"gemini_call_pZ1TaB2cD3eF4gH5iJ6kL7m_{n}" for n in range(2)]


def test_several_candidates_never_share_an_id() -> None:
    parts = [{"functionCall": {"name": "f", "args": {}}}]
    candidates = [{"content": {"parts": parts}, "index": index, "finishReason": "STOP"} for index in range(2)]
    response = PROVIDER.parse_response(encode_json({"candidates": candidates, "responseId": "R"}))
    ids = {part.id for candidate in response.candidates for part in candidate.parts if isinstance(part, ToolCall)}
    assert len(ids) == 2


def test_citations_and_logprobs_are_read_and_their_metadata_kept() -> None:
    (candidate,) = read("citations").candidates
    (text,) = candidate.parts
    assert isinstance(text, Text)
    assert [citation.url for citation in text.citations or ()] == [
        "https://example.com/sky",
        "https://example.com/sky",
        "https://example.org/blue",
    ]
    assert (candidate.finish.extras or {})[NAME].keys() == {"groundingMetadata"}
    logprobs = read("logprobs").candidates[0].logprobs
    assert logprobs is not None
    assert [token["token"] for token in logprobs["content"]] == ["Hello", "!"]


def test_what_vertex_adds_is_kept() -> None:
    response = read("vertex-answer")
    assert response.created_unix == 1779900825
    assert response.usage is not None
    assert (response.usage.input, response.usage.output) == (2, 2)


def test_a_date_that_is_none_is_none() -> None:
    for text in ("yesterday", 5, None, "0001-01-01T00:00:00+14:00"):
        assert parse_created({"createTime": text}) is None or text == "0001-01-01T00:00:00+14:00"
    assert parse_created({"createTime": "2026-05-27T16:53:45"}) == 1779900825


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"candidates":5}', b'{"candidates":[{"content":{"parts":[{"text":1}]}}]}', b"<html>"],
)
def test_an_answer_that_makes_no_sense_is_the_providers_fault(body: bytes) -> None:
    for read_body in (PROVIDER.parse_response, PROVIDER.read_glance):
        if body.endswith(b"1}]}}]}") and read_body == PROVIDER.read_glance:
            continue  # a glance does not look at text
        with pytest.raises(DragomanError) as caught:
            read_body(body)
        assert (caught.value.kind, caught.value.blame) == (Kind.UNAVAILABLE, "upstream")


def test_an_error_with_status_200_is_raised_as_what_it_is() -> None:
    body = find("error-overloaded").response
    assert body is not None
    for read_body in (PROVIDER.parse_response, PROVIDER.read_glance):
        with pytest.raises(DragomanError) as caught:
            read_body(body)
        assert caught.value.kind is Kind.OVERLOADED
        assert caught.value.reply is not None
        assert caught.value.reply.body == body


def test_a_token_count_is_its_total() -> None:
    assert PROVIDER.parse_token_count(b'{"totalTokens":9,"promptTokensDetails":[]}') == 9
    with pytest.raises(DragomanError) as caught:
        PROVIDER.parse_token_count(b"{}")
    assert caught.value.blame == "upstream"


def test_a_word_that_nobody_knows_is_told_by_its_calls() -> None:
    assert parse_finish("FUNCTION_CALL", None, has_calls=True).reason == "tool_calls"
    assert parse_finish("FUNCTION_CALL", None, has_calls=False).reason == "other"
    assert parse_finish("MALFORMED_FUNCTION_CALL", None, has_calls=True).reason == "error"
    assert parse_finish("", None, has_calls=True).reason == "other"
