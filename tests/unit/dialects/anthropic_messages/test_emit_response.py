"""Answers of other dialects in Anthropic's words."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.emission import Emission
from dragoman.dialects.anthropic_messages.emit_response import (
    count_usage,
    emit_finish,
    emit_message,
    emit_usage,
    is_own_report,
)
from dragoman.dialects.anthropic_messages.usage import parse_usage
from dragoman.model.content import Citation, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.response import Candidate, Finish, FinishReason, Response
from dragoman.model.usage import Usage

OWN = "anthropic_messages"


def emit(*candidates: Candidate, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    losses: list[Loss] = []
    message = emit_message(Response("id", "model", list(candidates), usage=Usage(), **fields), losses)
    return message, [f"{loss.code} {loss.path}" for loss in losses]


def test_a_message_has_every_field_that_clients_demand() -> None:
    message, losses = emit(Candidate([Text("Hi")], Finish("stop", wire="stop")))
    assert message == {
        "id": "id",
        "type": "message",
        "role": "assistant",
        "model": "model",
        "content": [{"type": "text", "text": "Hi", "citations": None}],
        "container": None,
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "usage": {
            "input_tokens": 0,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 0,
            "service_tier": None,
            "cache_creation": None,
            "inference_geo": None,
            "output_tokens_details": None,
            "server_tool_use": None,
        },
    }
    assert losses == []


def test_what_an_answer_cannot_hold_is_a_loss_with_its_path() -> None:
    first = Candidate(
        [Text("a", signature="g"), Opaque("gemini_generate", "x", {})],
        Finish("stop"),
        logprobs={"content": []},
        extras={"gemini_generate": {"avgLogprobs": 1}},
    )
    _, losses = emit(first, Candidate([], Finish("stop"), index=1), extras={"openai_chat": {"citations": ["c"]}})
    assert losses == [
        "stripped_token candidates[0].parts[0].signature",
        "dropped candidates[0].parts[1]",
        "dropped candidates[0].logprobs",
        "dropped candidates[0].extras.gemini_generate.avgLogprobs",
        "dropped candidates[1]",
        "dropped extras.openai_chat.citations",
    ]


def test_an_answer_without_any_candidate_is_an_empty_message() -> None:
    message, losses = emit()
    assert (message["content"], message["stop_reason"]) == ([], "end_turn")
    assert losses == ["approximated candidates[0].finish.reason"]


@pytest.mark.parametrize(
    ("reason", "word", "is_exact"),
    [
        ("stop", "end_turn", True),
        ("length", "max_tokens", True),
        ("context_length", "model_context_window_exceeded", True),
        ("tool_calls", "tool_use", True),
        ("stop_sequence", "stop_sequence", True),
        ("pause", "pause_turn", True),
        ("refusal", "refusal", True),
        ("content_filter", "refusal", False),
        ("error", "end_turn", False),
        ("other", "end_turn", False),
    ],
)
def test_every_finish_has_its_word(reason: FinishReason, word: str, is_exact: bool) -> None:
    emission = Emission([])
    assert emit_finish(Finish(reason, wire="their word"), False, False, emission)["stop_reason"] == word
    assert (emission.losses == []) is is_exact


@pytest.mark.parametrize("reason", ["stop", "other"])
def test_an_answer_with_calls_says_so_whatever_the_provider_said(reason: FinishReason) -> None:
    message, losses = emit(Candidate([ToolCall("1", "f", "{}")], Finish(reason)))
    assert (message["stop_reason"], losses) == ("tool_use", [])


def test_calls_that_were_cut_off_stay_cut_off() -> None:
    assert emit(Candidate([ToolCall("1", "f", "{")], Finish("length")))[0]["stop_reason"] == "max_tokens"


def test_a_refusal_is_text_with_its_own_stop_reason() -> None:
    message, losses = emit(Candidate([Refusal("No.")], Finish("stop")))
    assert message["content"] == [{"type": "text", "text": "No.", "citations": None}]
    assert message["stop_reason"] == "refusal"
    assert losses == ["approximated candidates[0].parts[0]"]


def test_anthropics_own_word_comes_back_even_if_it_is_new() -> None:
    known = Finish("pause", wire="compaction")
    new = Finish("other", wire="nap", extras={"anthropic_messages": {"stop_reason": "nap", "stop_details": {"a": 1}}})
    emission = Emission([])
    assert emit_finish(known, False, False, emission)["stop_reason"] == "compaction"
    assert emit_finish(new, False, False, emission) == {
        "stop_reason": "nap",
        "stop_sequence": None,
        "stop_details": {"a": 1},
    }
    assert emission.losses == []


def test_thinking_of_others_is_shown() -> None:
    message, _ = emit(Candidate([Reasoning("hm"), Text("ok")], Finish("stop")))
    assert message["content"][0] == {"type": "thinking", "thinking": "hm", "signature": ""}


def test_classes_of_tokens_add_up_in_anthropics_words() -> None:
    usage = Usage(
        input=1, input_audio=2, input_image=4, cache_read=8, cache_write_5m=16, cache_write_1h=32,
        output=64, reasoning=128, output_audio=256, output_image=512,
    )  # fmt: skip
    fields = count_usage(usage)
    assert fields == {
        "input_tokens": 7,
        "cache_creation_input_tokens": 48,
        "cache_read_input_tokens": 8,
        "output_tokens": 960,
        "cache_creation": {"ephemeral_5m_input_tokens": 16, "ephemeral_1h_input_tokens": 32},
        "output_tokens_details": {"thinking_tokens": 128},
    }


def test_text_tokens_come_back_in_the_classes_they_had() -> None:
    usage = Usage(input=1, cache_read=8, cache_write_5m=16, cache_write_1h=32, output=64, reasoning=128)
    again = parse_usage(count_usage(usage))
    assert (again.input, again.cache_read, again.cache_write_5m, again.cache_write_1h) == (1, 8, 16, 32)
    assert (again.output, again.reasoning) == (64, 128)


def test_usage_that_nobody_reported_is_zero_and_said_to_be() -> None:
    emission = Emission([])
    assert emit_usage(None, None, emission)["output_tokens"] == 0
    assert [loss.code for loss in emission.losses] == ["defaulted"]


@pytest.mark.parametrize(("tier", "word"), [("default", "standard"), ("priority", "priority"), ("flex", None)])
def test_a_tier_has_its_word_or_none(tier: str, word: str | None) -> None:
    assert emit_usage(Usage(), tier, Emission([]))["service_tier"] == word


@pytest.mark.parametrize(
    ("reported", "is_own"),
    [
        ({"input_tokens": 1, "output_tokens": 1}, True),
        ({"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}, False),
        ({"input_tokens": 1, "input_tokens_details": {}, "output_tokens": 1}, False),
        ({"prompt_tokens": 1}, False),
    ],
)
def test_a_report_in_other_words_is_not_passed_on(reported: dict[str, Any], is_own: bool) -> None:
    assert is_own_report(reported) is is_own
    emitted = emit_usage(Usage(reported=reported), None, Emission([]))
    assert (emitted is reported) is is_own


def test_what_nobody_says_is_null_and_what_is_said_stays() -> None:
    said = {"input_tokens": 1, "output_tokens": 1, "cache_creation": {}}
    cited = Text("b", citations=[Citation("url", "https://a.test", "A", "b")])
    finish = Finish("refusal", wire="refusal", extras={OWN: {"stop_details": {"type": "refusal"}}})
    extras = {OWN: {"container": {"id": "c"}}}
    parts: list[Part] = [Text("a"), cited, ToolCall("t", "f", "{}")]
    told = emit_message(Response("i", "m", [Candidate(parts, finish)], Usage(reported=said), extras=extras), [])
    first, second, third = told["content"]
    assert first == {"type": "text", "text": "a", "citations": None}
    assert second["citations"][0]["url"] == "https://a.test"
    assert "citations" not in third
    assert (told["container"], told["stop_details"]) == ({"id": "c"}, {"type": "refusal"})
    assert told["usage"]["cache_creation"] == {}
    assert told["usage"]["server_tool_use"] is None
