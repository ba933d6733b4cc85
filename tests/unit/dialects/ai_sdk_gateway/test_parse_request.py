"""A whole request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.errors import DragomanError
from dragoman.model.request import JsonSchemaOutput, ReasoningRequest, Sampling, ToolChoice
from tests.unit.dialects.ai_sdk_gateway.samples import CLIENT, ask, parse

HELLO = {"role": "user", "content": [{"type": "text", "text": "Hi."}]}
TOOL = {"type": "function", "name": "f", "inputSchema": {}}


def test_model_and_stream_come_from_the_headers() -> None:
    envelope = CLIENT.open_envelope(b'{"prompt":[]}', "openai/gpt-5", True)
    assert (envelope.model, envelope.stream) == ("openai/gpt-5", True)
    assert CLIENT.open_envelope(b'{"prompt":[]}', "m", None).stream is False
    with pytest.raises(DragomanError) as caught:
        CLIENT.open_envelope(b'{"prompt":[]}', None, None)
    assert caught.value.path == "ai-language-model-id"


def test_every_setting_has_its_field() -> None:
    request = ask(
        HELLO,
        maxOutputTokens=9,
        temperature=0.5,
        topP=0.9,
        topK=4,
        presencePenalty=0.1,
        frequencyPenalty=0.2,
        seed=7,
        stopSequences=["END"],
        reasoning="high",
        responseFormat={"type": "json", "schema": {"a": 1}, "name": "n"},
        providerOptions={"openai": {"strictJsonSchema": False}},
    )
    assert request.sampling == Sampling(0.5, 0.9, 4, None, 0.2, 0.1, None, 7)
    assert (request.max_output_tokens, request.stop) == (9, ["END"])
    assert request.reasoning == ReasoningRequest(effort="high")
    assert request.output == JsonSchemaOutput({"a": 1}, "n", None, False)
    assert request.extras is None


def test_a_choice_without_tools_counts_only_if_it_demands_one() -> None:
    assert ask(HELLO, toolChoice={"type": "auto"}).tool_choice is None
    assert ask(HELLO, toolChoice={"type": "required"}).tool_choice == ToolChoice("required")
    assert ask(HELLO, tools=[TOOL], toolChoice={"type": "auto"}).tool_choice == ToolChoice("auto")


def test_what_has_no_word_is_kept_for_the_losses() -> None:
    request = ask(HELLO, includeRawChunks=True, novelty=1, headers={"User-Agent": "ai", "x-team": "blue"})
    assert request.extras == {"ai_sdk_gateway": {"includeRawChunks": True, "novelty": 1, "headers.x-team": "blue"}}
    assert ask(HELLO, includeRawChunks=False, headers={"user-agent": "ai"}).extras is None


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "prompt"),
        ({"prompt": [], "stopSequences": [1]}, "stopSequences"),
        ({"prompt": [], "temperature": "hot"}, "temperature"),
        ({"prompt": [], "tools": [{"type": "function"}]}, "tools[0].name"),
        ({"prompt": [], "toolChoice": {"type": "x"}}, "toolChoice.type"),
        ({"prompt": [], "responseFormat": {"type": "x"}}, "responseFormat.type"),
        ({"prompt": [], "headers": 1}, "headers"),
    ],
)
def test_what_is_wrong_is_named(body: Any, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse(body)
    assert caught.value.path == path


def test_a_body_that_is_no_object_is_refused() -> None:
    for body in (b"", b"[]", b"{", json.dumps("x").encode()):
        with pytest.raises(DragomanError):
            CLIENT.parse_request(CLIENT.open_envelope(body, "m", False))
