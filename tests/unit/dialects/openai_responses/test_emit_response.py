"""Answers of other dialects → a body with every field that clients of this one want."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.responses import Response as SdkResponse

from dragoman.model.content import Refusal, Text, ToolCall
from dragoman.model.request import Request
from dragoman.model.response import Candidate, Finish, FinishReason, Response
from dragoman.model.usage import Usage
from tests.unit.dialects.openai_responses.samples import ANYONE, CLIENT, answer, echo, parse, read, show


def test_a_foreign_answer_has_all_fields_that_the_sdk_knows() -> None:
    body, losses = show(answer(Text("Hello!"), usage=Usage(10, output=12)))
    SdkResponse.model_validate(body)
    assert {name for name, field in SdkResponse.model_fields.items() if field.is_required()} <= body.keys()
    assert {"incomplete_details", "error", "store", "user", "truncation", "reasoning", "text"} <= body.keys()
    assert (body["id"], body["object"], body["model"], body["created_at"]) == (
        "resp_chatcmpl-7",
        "response",
        "claude",
        5,
    )
    assert body["usage"]["input_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": 0}
    assert losses == []


@pytest.mark.parametrize(
    ("reason", "status", "detail", "is_exact"),
    [
        ("stop", "completed", None, True),
        ("tool_calls", "completed", None, True),
        ("stop_sequence", "completed", None, True),
        ("refusal", "incomplete", "content_filter", False),
        ("length", "incomplete", "max_output_tokens", True),
        ("context_length", "incomplete", "max_output_tokens", False),
        ("content_filter", "incomplete", "content_filter", True),
        ("pause", "incomplete", "max_output_tokens", False),
        ("other", "completed", None, False),
        ("error", "failed", None, True),
    ],
)
def test_every_reason_has_its_status(reason: FinishReason, status: str, detail: str | None, is_exact: bool) -> None:
    body, losses = show(answer(Text("Hm."), reason=reason))
    assert body["status"] == status
    assert body["incomplete_details"] == ({"reason": detail} if detail else None)
    assert (body["error"] is not None) == (status == "failed")
    assert (body["completed_at"] is not None) == (status == "completed")
    assert body["output"][0]["status"] == ("incomplete" if status == "incomplete" else "completed")
    assert [loss.code for loss in losses] == ([] if is_exact else ["approximated"])


def test_a_refusal_in_words_is_complete_and_one_without_is_filtered() -> None:
    said, _ = show(answer(Refusal("No."), reason="refusal"))
    assert (said["status"], said["incomplete_details"]) == ("completed", None)
    unsaid, _ = show(answer(reason="refusal"))
    assert (unsaid["status"], unsaid["incomplete_details"]) == ("incomplete", {"reason": "content_filter"})


def test_a_refusal_in_words_of_its_own_is_a_complete_answer() -> None:
    body, _ = show(answer(Refusal("No."), reason="refusal"))
    assert (body["status"], body["incomplete_details"]) == ("completed", None)


def test_the_settings_of_the_request_are_repeated() -> None:
    asked = CLIENT.parse_request(CLIENT.open_envelope(read("namespace", "request"), None, None))
    repeated = echo(asked)
    assert [tool["type"] for tool in repeated["tools"]] == ["function", "namespace", "web_search"]
    settings = parse(
        instructions="Be brief.",
        input="Hi.",
        temperature=0.5,
        top_p=0.1,
        max_output_tokens=99,
        parallel_tool_calls=False,
        tool_choice="none",
        reasoning={"effort": "low", "summary": "auto"},
        text={"format": {"type": "json_object"}, "verbosity": "low"},
        truncation="auto",
        metadata={"a": "b"},
        store=False,
        user="ada",
        top_logprobs=2,
        previous_response_id="resp_0",
        max_tool_calls=3,
        prompt_cache_key="k",
    )
    assert echo(settings) == {
        "background": False,
        "frequency_penalty": 0.0,
        "instructions": "Be brief.",
        "max_output_tokens": 99,
        "max_tool_calls": 3,
        "metadata": {"a": "b"},
        "parallel_tool_calls": False,
        "presence_penalty": 0.0,
        "previous_response_id": "resp_0",
        "prompt_cache_key": "k",
        "reasoning": {"effort": "low", "summary": "auto"},
        "safety_identifier": None,
        "store": False,
        "temperature": 0.5,
        "text": {"format": {"type": "json_object"}, "verbosity": "low"},
        "tool_choice": "none",
        "tools": [],
        "top_logprobs": 2,
        "top_p": 0.1,
        "truncation": "auto",
        "user": "ada",
    }


def test_a_function_is_repeated_with_all_of_its_fields() -> None:
    tools = [{"type": "function", "name": "f"}]
    said = echo(parse(input="x", tools=tools))["tools"]
    assert said == [{"type": "function", "name": "f", "description": None, "parameters": None, "strict": None}]


def test_probabilities_stand_with_the_first_text() -> None:
    tokens: list[dict[str, Any]] = [{"token": "A", "logprob": -0.1, "bytes": [65], "top_logprobs": []}]
    response = Response("r", "m", [Candidate([Text("A"), Text("B")], Finish("stop"), logprobs={"content": tokens})])
    content = show(response)[0]["output"][0]["content"]
    assert [part["logprobs"] for part in content] == [tokens, []]


def test_only_the_first_candidate_has_a_place() -> None:
    response = Response("r", "m", [Candidate([Text(text)], Finish("stop"), index) for index, text in enumerate("AB")])
    body, losses = show(response)
    assert len(body["output"]) == 1
    assert [loss.path for loss in losses] == ["candidates[1]"]
    assert show(Response("r", "m", []))[0]["output"] == []


def test_extras_of_others_are_losses() -> None:
    response = answer(
        ToolCall("a", "f", "{}"), reason="tool_calls", extras={"other": {"system_fingerprint": "x", "_form": 1}}
    )
    assert [loss.path for loss in show(response)[1]] == ["extras.other.system_fingerprint"]


def test_an_estimate_is_told_in_place_of_what_the_provider_left_out() -> None:
    body, _ = show(answer(Text("A"), usage=Usage(3, output=4, is_estimate=True)))
    assert body["usage"]["total_tokens"] == 7
    assert show(answer(Text("A")))[0]["usage"] is None


def test_a_request_of_nobody_has_the_providers_defaults() -> None:
    unsaid = echo(Request("", []))
    assert (unsaid["tools"], unsaid["tool_choice"], unsaid["temperature"], unsaid["instructions"]) == (
        [],
        "auto",
        1.0,
        None,
    )
    assert unsaid == echo(ANYONE)


def test_which_stop_sequence_was_met_is_a_loss() -> None:
    candidate = Candidate([Text("1 2 3")], Finish("stop_sequence", "4"))
    body, losses = show(Response("msg_1", "claude", [candidate]))
    assert body["status"] == "completed"
    assert [(loss.code, loss.path) for loss in losses] == [("dropped", "candidates[0].finish.stop_sequence")]


def test_probabilities_of_anything_but_text_are_a_loss() -> None:
    token = {"token": "No", "logprob": -0.1, "bytes": None, "top_logprobs": []}
    candidate = Candidate([Text("No.")], Finish("stop"), logprobs={"content": [token], "refusal": [token], "x": None})
    body, losses = show(Response("msg_1", "claude", [candidate]))
    assert body["output"][0]["content"][0]["logprobs"] == [token]
    assert [(loss.code, loss.path) for loss in losses] == [("dropped", "candidates[0].logprobs.refusal")]


@pytest.mark.parametrize(("tier", "told"), [("standard", "default"), (None, "default"), ("priority", "priority")])
def test_a_tier_is_told_in_the_words_that_clients_know(tier: str | None, told: str) -> None:
    body, _ = show(Response("msg_1", "claude", [Candidate([], Finish("stop"))], service_tier=tier))
    SdkResponse.model_validate(body)
    assert body["service_tier"] == told
