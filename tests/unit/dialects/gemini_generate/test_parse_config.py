"""Settings of `generationConfig`."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.gemini_generate.parse_config import ConfigReader, read_config
from dragoman.errors import DragomanError
from dragoman.model.request import JsonOutput, JsonSchemaOutput, ReasoningRequest, Sampling

SCHEMA = {"type": "object"}


def read(**fields: Any) -> ConfigReader:
    return read_config({"generationConfig": fields})


def test_every_setting_has_its_place() -> None:
    config = read(
        temperature=0.5,
        topP=0.9,
        topK=40.0,
        seed=7,
        presencePenalty=0.1,
        frequencyPenalty=1,
        candidateCount=2,
        maxOutputTokens=64,
        stopSequences=["END"],
        responseLogprobs=True,
        logprobs=3,
        responseModalities=["TEXT", "IMAGE"],
        speechConfig={"languageCode": "en"},
    )
    assert config.said == {
        "sampling": Sampling(0.5, 0.9, 40, frequency_penalty=1, presence_penalty=0.1, seed=7),
        "candidates": 2,
        "max_output_tokens": 64,
        "stop": ["END"],
        "logprobs": True,
        "top_logprobs": 3,
        "modalities": ["text", "image"],
    }
    assert config.rest == {"speechConfig": {"languageCode": "en"}}


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({"responseMimeType": "application/json"}, JsonOutput()),
        ({"responseMimeType": "application/json", "responseJsonSchema": SCHEMA}, JsonSchemaOutput(SCHEMA)),
        ({"responseMimeType": "application/json", "_responseJsonSchema": SCHEMA}, JsonSchemaOutput(SCHEMA)),
        ({"responseSchema": {"type": "OBJECT"}}, JsonSchemaOutput(SCHEMA)),
        ({"responseMimeType": "text/plain"}, None),
    ],
)
def test_an_output_format_means(fields: dict[str, Any], output: object) -> None:
    assert read(**fields).said.get("output") == output


def test_an_enum_stays_with_this_dialect() -> None:
    fields = {"responseMimeType": "text/x.enum", "responseSchema": {"type": "STRING", "enum": ["a"]}}
    config = read(**fields)
    assert (config.said, config.rest, config.notes) == ({}, fields, {})


@pytest.mark.parametrize(
    ("thinking", "wish"),
    [
        ({"thinkingBudget": 0}, ReasoningRequest("off", display="omitted")),
        ({"thinkingBudget": -1}, ReasoningRequest("adaptive", display="omitted")),
        ({"thinkingBudget": 512}, ReasoningRequest(budget_tokens=512, display="omitted")),
        ({"thinkingLevel": "HIGH"}, ReasoningRequest(effort="high", display="omitted")),
        ({"thinkingLevel": "low", "includeThoughts": True}, ReasoningRequest(effort="low", display="summary")),
    ],
)
def test_a_wish_to_think_means(thinking: dict[str, Any], wish: ReasoningRequest) -> None:
    assert read(thinkingConfig=thinking).said == {"reasoning": wish}


def test_nothing_said_is_nothing_asked() -> None:
    for fields in ({}, {"generationConfig": None}, {"generationConfig": {"temperature": None}}):
        config = read_config(fields)
        assert (config.said, config.rest, config.notes) == ({}, {}, {})


def test_a_setting_that_nobody_knows_is_kept_even_if_it_is_null() -> None:
    assert read(speechConfig=None).rest == {"speechConfig": None}


def test_wrong_types_are_refused() -> None:
    for fields in ({"stopSequences": [1]}, {"maxOutputTokens": "64"}, {"thinkingConfig": {"thinkingBudget": 0.5}}):
        with pytest.raises(DragomanError, match="must be"):
            read(**fields)
