"""Answers of any provider, for a Gemini client."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from dragoman.dialects.gemini_generate.wire import APPROXIMATE_FINISHES, WIRE_BY_FINISH
from dragoman.model.content import Citation, Opaque, Part, Reasoning, Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.response import Candidate, Finish, FinishReason, Response
from dragoman.model.usage import Usage
from dragoman.wire.json_document import decode_object, encode_json
from tests.unit.dialects.gemini_generate.samples import ANYONE, CLIENT, PROVIDER, Fields, codes

STOP = Finish("stop", wire="end_turn")


def emit(*parts: Part, finish: Finish = STOP, **more: Any) -> tuple[Fields, list[tuple[str, str]]]:
    losses: list[Loss] = []
    response = Response("msg_1", "claude", [Candidate(list(parts), finish)], **more)
    return decode_object(CLIENT.emit_response(response, ANYONE, losses).body), codes(losses)


def test_an_answer_of_another_provider_is_whole() -> None:
    usage = Usage(input=10, output=5, reported={"input_tokens": 10})
    body, losses = emit(Text("Hello!"), ToolCall("toolu_1", "f", '{"a": 1}'), usage=usage, service_tier="default")
    assert body == {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"text": "Hello!"},
                        {"functionCall": {"name": "f", "args": {"a": 1}, "id": "toolu_1"}},
                    ],
                    "role": "model",
                },
                "finishReason": "STOP",
                "index": 0,
            }
        ],
        "modelVersion": "claude",
        "responseId": "msg_1",
        "usageMetadata": {
            "promptTokenCount": 10,
            "candidatesTokenCount": 5,
            "totalTokenCount": 15,
            "serviceTier": "standard",
        },
    }
    assert losses == []


@pytest.mark.parametrize("reason", get_args(FinishReason))
def test_every_reason_has_a_word_and_the_inexact_ones_a_loss(reason: FinishReason) -> None:
    body, losses = emit(Text("x"), finish=Finish(reason, wire="some_word"))
    assert body["candidates"][0]["finishReason"] == WIRE_BY_FINISH[reason]
    expected = [("approximated", "candidates[0].finish")] if reason in APPROXIMATE_FINISHES else []
    assert losses == expected


def test_an_empty_word_of_another_provider_is_no_missing_reason() -> None:
    body, losses = emit(Text("x"), finish=Finish("other", wire=""))
    assert body["candidates"][0]["finishReason"] == "OTHER"
    assert losses == [("approximated", "candidates[0].finish")]


@pytest.mark.parametrize("said", [{}, {"finishMessage": "Enough."}], ids=["nothing", "a-message"])
def test_an_answer_of_geminis_own_without_a_reason_gets_none(said: Fields) -> None:
    parts = [{"text": "x"}]
    own = {"candidates": [{"content": {"parts": parts, "role": "model"}, **said, "index": 0}], "responseId": "R"}
    losses: list[Loss] = []
    response = PROVIDER.parse_response(encode_json(own))
    assert decode_object(CLIENT.emit_response(response, ANYONE, losses).body) == own
    assert losses == []


def test_the_stop_sequence_that_was_met_has_no_place() -> None:
    _, losses = emit(Text("x"), finish=Finish("stop_sequence", stop_sequence="END"))
    assert losses == [("dropped", "candidates[0].finish.stop_sequence")]


def test_broken_arguments_end_the_answer_as_malformed() -> None:
    body, losses = emit(Text("x"), ToolCall("1", "f", "{"), finish=Finish("tool_calls"))
    (candidate,) = body["candidates"]
    assert candidate["content"]["parts"] == [{"text": "x"}]
    assert candidate["finishReason"] == "MALFORMED_FUNCTION_CALL"
    assert candidate["finishMessage"] == "Malformed function call: f({)"
    assert losses == [("dropped", "candidates[0].parts[1]")]


def test_citations_of_others_become_grounding() -> None:
    cited = Text("Blue.", [Citation("url", "https://a.example", "A", start=0, end=5)])
    body, losses = emit(Reasoning("hm"), cited)
    grounding = body["candidates"][0]["groundingMetadata"]
    assert grounding["groundingChunks"] == [{"web": {"uri": "https://a.example", "title": "A"}}]
    assert grounding["groundingSupports"][0]["segment"] == {"partIndex": 1, "endIndex": 5, "text": "Blue."}
    assert losses == []


def test_what_only_others_know_is_a_loss() -> None:
    body, losses = emit(
        Opaque("anthropic_messages", "server_tool_use", {}), extras={"anthropic_messages": {"container": {}}}
    )
    assert body["candidates"][0]["content"]["parts"] == []
    assert sorted(losses) == [("dropped", "candidates[0].parts[0]"), ("dropped", "extras.anthropic_messages.container")]
