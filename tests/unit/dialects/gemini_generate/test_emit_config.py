"""The model's settings as `generationConfig`, from whatever dialect they come."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.gemini_generate.emit_config import emit_config
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import JsonOutput, JsonSchemaOutput, ReasoningRequest, Request, Sampling
from tests.unit.dialects.gemini_generate.samples import Fields, codes

SCHEMA = {"type": "object", "additionalProperties": False}


def emit(profile: Profile | None = None, **wishes: Any) -> tuple[Fields, list[tuple[str, str]]]:
    losses: list[Loss] = []
    return emit_config(Request(model="m", turns=[], **wishes), profile or Profile(), losses), codes(losses)


def test_sampling_has_its_words_and_its_losses() -> None:
    sampling = Sampling(0.5, 0.9, 40, min_p=0.1, repetition_penalty=1.1, logit_bias={"1": 2.0}, seed=7)
    config, losses = emit(sampling=sampling)
    assert config == {"temperature": 0.5, "topP": 0.9, "topK": 40, "seed": 7}
    assert losses == [
        ("dropped", "sampling.min_p"),
        ("dropped", "sampling.repetition_penalty"),
        ("dropped", "sampling.logit_bias"),
    ]
    assert emit() == ({}, [])


def test_limits_of_the_target_hold() -> None:
    config, losses = emit(Profile(max_output_tokens=100), max_output_tokens=200, stop=list("abcdef"))
    assert (config["maxOutputTokens"], config["stopSequences"]) == (100, list("abcde"))
    assert losses == [("approximated", "max_output_tokens"), ("approximated", "stop")]


def test_counts_logprobs_and_modalities() -> None:
    config, losses = emit(candidates=2, logprobs=True, top_logprobs=3, modalities=["text", "audio"])
    assert config == {
        "candidateCount": 2,
        "responseLogprobs": True,
        "logprobs": 3,
        "responseModalities": ["TEXT", "AUDIO"],
    }
    assert losses == []


def test_json_is_asked_for_in_the_form_that_the_target_takes() -> None:
    media_type = {"responseMimeType": "application/json"}
    assert emit(output=JsonOutput()) == (media_type, [])
    native, losses = emit(output=JsonSchemaOutput(SCHEMA, name="x", description="A city"))
    assert native == {**media_type, "responseJsonSchema": {"description": "A city", **SCHEMA}}
    assert losses == []
    cleaned, losses = emit(Profile(json_schema="openapi"), output=JsonSchemaOutput(SCHEMA))
    assert cleaned == {**media_type, "responseSchema": {"type": "OBJECT"}}
    assert losses == [("schema", "output.schema")]


@pytest.mark.parametrize(
    ("wish", "budget", "level"),
    [
        (ReasoningRequest("off"), {"thinkingBudget": 0}, {"thinkingLevel": "MINIMAL"}),
        (ReasoningRequest("on"), {"thinkingBudget": -1, "includeThoughts": True}, {"includeThoughts": True}),
        (ReasoningRequest("adaptive", display="omitted"), {"thinkingBudget": -1}, {}),
        (ReasoningRequest(effort="medium"), {"thinkingBudget": 8192}, {"thinkingLevel": "MEDIUM"}),
        (
            ReasoningRequest("on", budget_tokens=99, display="summary"),
            *[{"thinkingBudget": 99, "includeThoughts": True}] * 2,
        ),
        (ReasoningRequest(effort="low", summary="auto"), {"thinkingBudget": 2048, "includeThoughts": True}, None),
    ],
)
def test_a_wish_to_think_is_a_budget_or_a_level(wish: ReasoningRequest, budget: Fields, level: Fields | None) -> None:
    config, losses = emit(reasoning=wish)
    assert config == {"thinkingConfig": budget}
    assert losses == ([("approximated", "reasoning.effort")] if wish.effort else [])
    if level is not None:
        assert emit(Profile(thinking_level=True), reasoning=wish)[0] == {"thinkingConfig": level}


def test_what_thinking_cannot_say_is_a_loss() -> None:
    wish = ReasoningRequest(effort="max", display="full", summary="detailed")
    config, losses = emit(Profile(thinking_level=True), reasoning=wish)
    assert config["thinkingConfig"] == {"thinkingLevel": "HIGH", "includeThoughts": True}
    assert losses == [
        ("approximated", "reasoning.effort"),
        ("dropped", "reasoning.summary"),
        ("approximated", "reasoning.display"),
    ]


def test_of_an_effort_and_a_budget_the_budget_goes_out() -> None:
    config, losses = emit(reasoning=ReasoningRequest(effort="high", budget_tokens=2048))
    assert config == {"thinkingConfig": {"thinkingBudget": 2048}}
    assert losses == [("dropped", "reasoning.effort")]
