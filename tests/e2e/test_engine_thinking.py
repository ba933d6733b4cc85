"""A small model that thinks, does not think, and calls a tool, for every dialect, whole and streaming."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import msgspec
import pytest

from dragoman.engine.models import save_added
from tests.e2e.clients import anthropic_messages, gemini_generate, openai_chat, openai_responses
from tests.e2e.gateway import Gateway, running_gateway
from tests.e2e.raw import ask
from tests.e2e.stories import Ask
from tests.tiny_models import make_thinker

CLIENTS = {
    "openai_chat": openai_chat,
    "openai_responses": openai_responses,
    "anthropic_messages": anthropic_messages,
    "gemini_generate": gemini_generate,
}
CONFIG = "discover_providers: false\nlocal: {{folder: {folder}, threads: 1}}\nproviders: {{local: }}\n"
COW = "What does a cow say?"
QUIET: dict[str, tuple[str, dict[str, Any]]] = {
    "openai_chat": (
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": COW}], "reasoning_effort": "none"},
    ),
    "openai_responses": ("/v1/responses", {"input": COW, "reasoning": {"effort": "none"}}),
    "anthropic_messages": (
        "/v1/messages",
        {"max_tokens": 60, "messages": [{"role": "user", "content": COW}], "thinking": {"type": "disabled"}},
    ),
    "gemini_generate": (
        "/v1beta/models/local/thinker:generateContent",
        {
            "contents": [{"role": "user", "parts": [{"text": COW}]}],
            "generationConfig": {"thinkingConfig": {"thinkingBudget": 0}},
        },
    ),
}
THOUGHT = "The user asks about"
ROME = "What is the weather in Rome?"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "get_weather", "description": "Get the weather"}  # as the tiny model has seen it
TOOLS: dict[str, tuple[str, dict[str, Any]]] = {
    "openai_chat": (
        "/v1/chat/completions",
        {
            "messages": [{"role": "user", "content": ROME}],
            "tools": [{"type": "function", "function": {**TOOL, "parameters": SCHEMA}}],
            "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        },
    ),
    "openai_responses": (
        "/v1/responses",
        {"input": ROME, "tools": [{"type": "function", **TOOL, "parameters": SCHEMA}]},
    ),
    "anthropic_messages": (
        "/v1/messages",
        {
            "max_tokens": 60,
            "messages": [{"role": "user", "content": ROME}],
            "tools": [{**TOOL, "input_schema": SCHEMA}],
            "tool_choice": {"type": "tool", "name": "get_weather"},
        },
    ),
    "gemini_generate": (
        "/v1beta/models/local/thinker",
        {
            "contents": [{"role": "user", "parts": [{"text": ROME}]}],
            "tools": [{"functionDeclarations": [{**TOOL, "parametersJsonSchema": SCHEMA}]}],
        },
    ),
}
CALLED = {
    "openai_chat": '"finish_reason":"tool_calls"',
    "openai_responses": '"type":"function_call"',
    "anthropic_messages": '"stop_reason":"tool_use"',
    "gemini_generate": '"functionCall":{',
}


@pytest.fixture(scope="module", params=["its own template", "our template"])
def gateway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The tiny SmolLM3, drawing greedily; once with the template in its file, and once with the catalogue's."""
    folder = tmp_path_factory.mktemp("models")
    template = "smollm3.jinja" if request.param == "our template" else ""
    row = msgspec.structs.replace(make_thinker(), template=template)
    save_added(folder, {"thinker": row})
    with running_gateway(tmp_path_factory.mktemp("gateway"), CONFIG.format(folder=folder)) as running:
        yield running


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_it_thinks_where_it_is_asked_to_and_the_thought_stays_apart(gateway: Gateway, client: ModuleType) -> None:
    for ask_model in (client.ask_plain, client.ask_stream):
        heard = ask_model(gateway.url, Ask(COW, thinking=True), "local/thinker")
        assert "says" in heard.text, heard
        assert "<think>" not in heard.text
        assert THOUGHT not in heard.text
        if client is not openai_chat:  # whose own SDK has no field for it
            assert THOUGHT in heard.thinking, heard


@pytest.mark.parametrize("dialect", QUIET)
def test_it_does_not_think_where_it_is_asked_not_to(gateway: Gateway, dialect: str) -> None:
    path, body = QUIET[dialect]
    answered = ask(gateway.url, path, json.dumps({"model": "local/thinker", **body}).encode())
    assert answered.status == 200, answered.body
    assert THOUGHT not in answered.body.decode()
    assert "says" in answered.body.decode()
    assert "dropped:reasoning," not in answered.headers.get("x-dragoman-losses", "") + ","


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("dialect", TOOLS)
def test_it_calls_a_tool(gateway: Gateway, dialect: str, *, is_stream: bool) -> None:
    path, body = TOOLS[dialect]
    if dialect == "gemini_generate":
        path += ":streamGenerateContent?alt=sse" if is_stream else ":generateContent"
    else:
        body = {**body, "model": "local/thinker", "stream": is_stream}
    answered = ask(gateway.url, path, json.dumps(body).encode())
    text = answered.body.decode()
    assert answered.status == 200, text
    assert "get_weather" in text
    assert CALLED[dialect] in text.replace(" ", "")
    assert "<tool_call>" not in text


DOOR_SCHEMA = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
DOOR = {"name": "open_door", "description": "Open a door"}  # nothing that the tiny model has ever seen
DOOR_AND_MORE: dict[str, tuple[str, dict[str, Any]]] = {
    "openai_chat": (
        "/v1/chat/completions",
        {
            "messages": [{"role": "user", "content": COW}],
            "tools": [
                {"type": "function", "function": {**TOOL, "parameters": SCHEMA}},
                {"type": "function", "function": {**DOOR, "parameters": DOOR_SCHEMA}},
            ],
            "tool_choice": {"type": "function", "function": {"name": "open_door"}},
        },
    ),
    "openai_responses": (
        "/v1/responses",
        {
            "input": COW,
            "tools": [
                {"type": "function", **TOOL, "parameters": SCHEMA},
                {"type": "function", **DOOR, "parameters": DOOR_SCHEMA},
            ],
            "tool_choice": {"type": "function", "name": "open_door"},
        },
    ),
    "anthropic_messages": (
        "/v1/messages",
        {
            "max_tokens": 400,
            "messages": [{"role": "user", "content": COW}],
            "tools": [{**TOOL, "input_schema": SCHEMA}, {**DOOR, "input_schema": DOOR_SCHEMA}],
            "tool_choice": {"type": "tool", "name": "open_door"},
        },
    ),
    "gemini_generate": (
        "/v1beta/models/local/thinker",
        {
            "contents": [{"role": "user", "parts": [{"text": COW}]}],
            "tools": [
                {
                    "functionDeclarations": [
                        {**TOOL, "parametersJsonSchema": SCHEMA},
                        {**DOOR, "parametersJsonSchema": DOOR_SCHEMA},
                    ]
                }
            ],
            "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["open_door"]}},
            "generationConfig": {"maxOutputTokens": 400},
        },
    ),
}


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("dialect", DOOR_AND_MORE)
def test_a_named_tool_is_called_whatever_the_model_would_rather_say(
    gateway: Gateway, dialect: str, *, is_stream: bool
) -> None:
    path, body = DOOR_AND_MORE[dialect]
    if dialect == "gemini_generate":
        path += ":streamGenerateContent?alt=sse" if is_stream else ":generateContent"
    else:
        body = {**body, "model": "local/thinker", "stream": is_stream}
    answered = ask(gateway.url, path, json.dumps(body).encode())
    text = answered.body.decode()
    assert answered.status == 200, text
    assert "open_door" in text
    assert CALLED[dialect] in text.replace(" ", "")
    assert "number" in text
