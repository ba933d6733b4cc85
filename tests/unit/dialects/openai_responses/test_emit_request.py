"""Requests of other dialects → a body of this one."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.emit_request import emit_format
from dragoman.model.content import CacheBreakpoint, Image, RemoteUrl, Text
from dragoman.model.profile import Profile
from dragoman.model.request import (
    FunctionTool,
    JsonOutput,
    JsonSchemaOutput,
    ReasoningRequest,
    Request,
    Sampling,
    ToolChoice,
    Turn,
)
from tests.unit.dialects.openai_responses.samples import ask, emit, parse

USER = Turn("user", [Text("Hi.")], shorthand=True)


def written(request: Request, profile: Profile | None = None) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    body, losses = emit(request, profile or Profile())
    return body, [(loss.code, loss.path) for loss in losses]


def test_what_others_take_for_granted_is_spelled_out() -> None:
    body, losses = written(ask(USER, tools=[FunctionTool("f")]))
    assert body == {
        "model": "gpt",
        "input": [{"type": "message", "role": "user", "content": "Hi."}],
        "tools": [{"type": "function", "name": "f", "parameters": None, "strict": False}],
        "store": False,
    }
    assert losses == []


def test_what_our_own_caller_leaves_open_stays_open() -> None:
    body, _ = emit(parse(input="Hi.", tools=[{"type": "function", "name": "f"}]))
    assert body == {"model": "gpt", "input": "Hi.", "tools": [{"type": "function", "name": "f", "parameters": None}]}


def test_the_first_system_text_is_the_instructions_and_later_ones_are_items() -> None:
    first = Turn("system", [Text("A", cache=CacheBreakpoint()), Text("B")])
    body, losses = written(ask(first, USER, Turn("system", [Text("C")], shorthand=True)))
    assert body["instructions"] == "A\n\nB"
    assert [item["role"] for item in body["input"]] == ["user", "system"]
    assert losses == [("dropped", "turns[0].parts[0].cache")]


def test_system_turns_that_hold_more_than_text_are_items() -> None:
    body, _ = written(ask(Turn("system", [Text("A"), Image(RemoteUrl("https://a"))]), USER))
    assert "instructions" not in body
    assert len(body["input"]) == 2


def test_what_the_wire_has_no_word_for_is_a_loss() -> None:
    request = ask(
        USER,
        sampling=Sampling(0.5, 0.9, 40, 0.1, 0.2, 0.3, 1.1, 7, {"50256": -100.0}),
        stop=["END"],
        candidates=2,
        modalities=["audio"],
        cache=CacheBreakpoint(),
        service_tier="standard_only",
        metadata={"a": "b", "n": 1},
        extras={"other": {"safety_settings": []}},
    )
    body, losses = written(request)
    assert (body["temperature"], body["top_p"], body["metadata"]) == (0.5, 0.9, {"a": "b"})
    assert {path for _, path in losses} == {
        "sampling.top_k",
        "sampling.min_p",
        "sampling.frequency_penalty",
        "sampling.presence_penalty",
        "sampling.repetition_penalty",
        "sampling.seed",
        "sampling.logit_bias",
        "stop",
        "candidates",
        "modalities",
        "cache",
        "service_tier",
        "metadata.n",
        "extras.other.safety_settings",
    }
    assert {code for code, _ in losses} == {"dropped"}


def test_a_model_that_takes_no_sampling_gets_none() -> None:
    body, losses = written(ask(USER, sampling=Sampling(0.5, 0.9)), Profile(sampling_with_reasoning=False))
    assert not {"temperature", "top_p"} & body.keys()
    assert losses == [("dropped", "sampling.temperature"), ("dropped", "sampling.top_p")]


@pytest.mark.parametrize(
    ("wish", "effort"),
    [
        (ReasoningRequest(effort="high", budget_tokens=1024), "high"),
        (ReasoningRequest(mode="off"), "none"),
        (ReasoningRequest(mode="on", budget_tokens=1), "minimal"),
        (ReasoningRequest(mode="on", budget_tokens=2048), "low"),
        (ReasoningRequest(mode="on", budget_tokens=16383), "medium"),
        (ReasoningRequest(mode="on", budget_tokens=999999), "max"),
        (ReasoningRequest(mode="adaptive"), None),
    ],
)
def test_a_wish_to_think_becomes_an_effort(wish: ReasoningRequest, effort: str | None) -> None:
    body, losses = written(ask(USER, reasoning=wish))
    assert body.get("reasoning", {}).get("effort") == effort
    code = "dropped" if wish.effort else "approximated"
    assert losses == ([(code, "reasoning.budget_tokens")] if wish.budget_tokens else [])


@pytest.mark.parametrize(
    ("wish", "summary"),
    [
        (ReasoningRequest(display="full"), "auto"),
        (ReasoningRequest(display="omitted"), None),
        (ReasoningRequest(summary="detailed", display="summary"), "detailed"),
    ],
)
def test_a_wish_to_see_the_thinking_becomes_a_summary(wish: ReasoningRequest, summary: str | None) -> None:
    assert written(ask(USER, reasoning=wish))[0].get("reasoning", {}).get("summary") == summary


def test_tokens_and_probabilities_are_asked_for_by_include() -> None:
    body, _ = written(ask(USER, reasoning=ReasoningRequest(encrypted=True), logprobs=True, top_logprobs=2))
    assert body["include"] == ["reasoning.encrypted_content", "message.output_text.logprobs"]
    assert body["top_logprobs"] == 2


@pytest.mark.parametrize(("wanted", "sent"), [(1, 16), (16, 16), (500, 100), (None, None)])
def test_the_limit_of_output_stays_inside_what_the_provider_takes(wanted: int | None, sent: int | None) -> None:
    body, losses = written(ask(USER, max_output_tokens=wanted), Profile(max_output_tokens=100))
    assert body.get("max_output_tokens") == sent
    assert losses == ([] if wanted == sent else [("approximated", "max_output_tokens")])


def test_a_long_user_is_sent_as_a_digest() -> None:
    body, losses = written(ask(USER, user="u" * 65))
    assert len(body["safety_identifier"]) == 64
    assert body["safety_identifier"] != written(ask(USER, user="v" * 65))[0]["safety_identifier"]
    assert losses == [("renamed", "user")]
    assert written(ask(USER, user="ada"))[0]["safety_identifier"] == "ada"


def test_a_choice_without_tools_is_not_sent() -> None:
    body, _ = written(ask(USER, tool_choice=ToolChoice("auto"), parallel_tool_calls=True))
    assert not {"tool_choice", "parallel_tool_calls"} & body.keys()


def test_the_output_may_be_any_json_or_follow_a_schema() -> None:
    schema = {"type": "object"}
    assert emit_format(ask(output=JsonOutput())) == {"type": "json_object"}
    assert emit_format(ask(output=JsonSchemaOutput(None))) == {"type": "json_object"}
    assert emit_format(ask(output=JsonSchemaOutput(schema))) == {
        "type": "json_schema",
        "name": "response",
        "schema": schema,
    }
    assert emit_format(ask(output=JsonSchemaOutput(schema, "n", "d", True))) == {
        "type": "json_schema",
        "name": "n",
        "schema": schema,
        "description": "d",
        "strict": True,
    }
    assert emit_format(ask()) is None


def test_the_rest_goes_as_it_is() -> None:
    body, losses = written(
        ask(
            USER,
            verbosity="low",
            prompt_cache_key="k",
            store=True,
            service_tier="flex",
            previous_response_id="resp_1",
            stream=True,
        )
    )
    assert body["text"] == {"verbosity": "low"}
    assert (body["prompt_cache_key"], body["store"], body["service_tier"]) == ("k", True, "flex")
    assert (body["previous_response_id"], body["stream"]) == ("resp_1", True)
    assert losses == []
