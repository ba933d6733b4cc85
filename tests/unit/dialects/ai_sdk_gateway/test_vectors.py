"""Every vector of the dialect against its parallel text in the dialects of providers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.dialects.base import ClientSide
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import ToolResult
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from tests.grammars.ai_sdk_gateway import check_stream
from tests.matrix.crossing import PROFILES, list_vectors, parse_own, provider_of
from tests.matrix.facts import Fact, list_facts
from tests.unit.dialects.ai_sdk_gateway.samples import (
    ANYONE,
    CLIENT,
    REQUESTS,
    SOURCES,
    V3_CLIENT,
    VECTORS,
    find_source,
    read_answer,
    read_events,
    send_back,
    tell,
)
from tests.vector_files import Vector, load_vectors

PROVIDERS = ("openai_chat", "openai_responses", "anthropic_messages", "gemini_generate")
SAME_AS = {
    "image-base64-v3": "image-base64",
    "image-wildcard": "image-base64",
    "tool-result-image-v3": "tool-result-image",
    **{
        name: name
        for name in (
            "citations",
            "document-pdf",
            "empty-arguments",
            "image-base64",
            "image-url",
            "multi-turn",
            "reasoning-with-tool-call",
            "redacted-reasoning",
            "stop-sequence",
            "system-prompt",
            "text",
            "tool-error",
            "tool-result",
            "tool-result-image",
            "truncation",
        )
    },
}
"""Requests that say exactly what Anthropic's vector of this name says."""

UNSAID = ("model", "max_output_tokens", "stream", "tool_choice", "turns.tool_result.name")
"""What only one of the two wire formats must say: a model, a limit, a choice that is the default, a name twice."""


@pytest.mark.parametrize("name", SAME_AS)
def test_a_request_says_what_its_parallel_text_says(name: str) -> None:
    theirs = next(vector for vector in load_vectors("anthropic_messages") if vector.name == SAME_AS[name])
    ours = parse_vector(VECTORS[name])
    assert told(list_facts(ours)) == told(list_facts(parse_own("anthropic_messages", theirs.request or b"")))


def parse_vector(vector: Vector) -> Request:
    return CLIENT.parse_request(CLIENT.open_envelope(vector.request or b"", "a-model", False))


def told(facts: list[Fact]) -> list[tuple[str, str, str]]:
    return sorted((fact.path, fact.topic, fact.value) for fact in facts if not fact.topic.startswith(UNSAID))


@pytest.mark.parametrize("target", PROVIDERS)
@pytest.mark.parametrize("vector", REQUESTS, ids=lambda vector: vector.name)
def test_every_request_crosses_to_every_provider(vector: Vector, target: str) -> None:
    request = parse_vector(vector)
    losses: list[Loss] = []
    if vector.name == "provider-tools" and target != "anthropic_messages":
        with pytest.raises(DragomanError, match="web_search") as refused:
            provider_of(target).emit_request(request, PROFILES[target], losses)
        assert refused.value.kind is Kind.UNSUPPORTED
        return
    wire = provider_of(target).emit_request(request, PROFILES[target], losses)
    again = parse_own(target, wire.body, wire.path)
    names = {part.name for turn in again.turns for part in turn.parts if isinstance(part, ToolResult)}
    assert all(turn.parts for turn in again.turns)
    assert names <= {None, "get_weather", "take_screenshot", "write_file"}
    assert all(not loss.path.startswith("extras.") for loss in losses) or vector.name == "gateway-options"


@pytest.mark.parametrize("name", SOURCES)
def test_an_answer_is_told_as_its_vector_says(name: str) -> None:
    source = find_source(name)
    assert tell(read_answer(source.dialect, source.response or b"")) == json.loads(VECTORS[name].response or b"")


@pytest.mark.parametrize("name", SOURCES)
def test_a_stream_is_told_as_its_vector_says(name: str) -> None:
    events = read_events(find_source(name))
    expected = VECTORS[name].stream
    assert CLIENT.open_emitter(ANYONE, []).emit(events) == expected
    emitter = CLIENT.open_emitter(ANYONE, [])
    assert b"".join(emitter.emit([event]) for event in events) == expected


@pytest.mark.parametrize("name", SOURCES)
def test_a_stream_tells_what_the_plain_answer_tells(name: str) -> None:
    plain = json.loads(VECTORS[name].response or b"")
    parts = check_stream(VECTORS[name].stream or b"")
    for kind in ("text", "reasoning"):
        streamed = "".join(part["delta"] for part in parts if part["type"] == f"{kind}-delta")
        assert streamed == "".join(entry["text"] for entry in plain["content"] if entry["type"] == kind)
    for kind in ("tool-call", "file", "source", "custom"):
        streamed_whole = [drop_ids(part) for part in parts if part["type"] == kind]
        assert streamed_whole == [drop_ids(entry) for entry in plain["content"] if entry["type"] == kind]
    assert parts[-1]["finishReason"] == plain["finishReason"]


def drop_ids(entry: dict[str, Any]) -> dict[str, Any]:
    """Without what a provider makes up for each answer, and without the spaces in its JSON."""
    kept = {name: value for name, value in entry.items() if name not in {"toolCallId", "providerMetadata"}}
    return {**kept, "input": json.loads(str(entry["input"]))} if "input" in entry else kept


@pytest.mark.parametrize("client", [CLIENT, V3_CLIENT], ids=["v4", "v3"])
@pytest.mark.parametrize("dialect", PROVIDERS)
def test_every_stream_of_every_provider_is_told_in_legal_order(dialect: str, client: ClientSide) -> None:
    count = 0
    for vector in list_vectors(dialect, "stream"):
        try:
            events = read_events(vector)
        except DragomanError:
            continue
        check_stream(client.open_emitter(ANYONE, []).emit(events))
        count += 1
    assert count > 10


@pytest.mark.parametrize("name", ["reasoning-with-tool-call", "redacted-reasoning", "provider-tools"])
def test_what_anthropic_minted_goes_home_byte_for_byte(name: str) -> None:
    source = find_source(name)
    turns = parse_turns(json.loads(VECTORS[name].response or b"")["content"])
    blocks = [block for message in turns["messages"] for block in message["content"] if type(block) is dict]
    original = json.loads(source.response or b"")["content"]
    for block in original:
        block.pop("citations", None)
    assert [block for block in blocks if block in original] == original


@pytest.mark.parametrize(
    ("name", "target", "token"),
    [
        ("thought-signature", "gemini_generate", b"CiQBVKhc7vT8Zm9vYmFyYmF6c2lnbmF0dXJlX3R3bw=="),
        ("encrypted-reasoning", "openai_responses", b"gAAAAABqVectorOne_-abc0123456789="),
    ],
)
def test_tokens_go_home_and_nowhere_else(name: str, target: str, token: bytes) -> None:
    content = json.loads(VECTORS[name].response or b"")["content"]
    for dialect in PROVIDERS:
        body = json.dumps(parse_turns(content, dialect)).encode()
        assert (token in body) is (dialect == target), dialect


def parse_turns(content: list[Any], target: str = "anthropic_messages") -> Any:
    """The next request after this answer, as a provider of `target` gets it."""
    question = {"role": "user", "content": [{"type": "text", "text": "Go on."}]}
    body = {"prompt": [question, send_back(content), question], "maxOutputTokens": 4096}
    request = CLIENT.parse_request(CLIENT.open_envelope(json.dumps(body).encode(), "m", False))
    provider = DIALECTS[target].provider
    assert provider is not None
    return json.loads(provider.emit_request(request, PROFILES[target], []).body)
