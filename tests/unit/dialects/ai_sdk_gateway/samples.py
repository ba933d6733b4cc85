"""What the tests of this dialect share: both clients, the vectors, and what the AI SDK does between two turns."""

from __future__ import annotations

import json
from typing import Any

from dragoman.dialects.ai_sdk_gateway.dialect import DIALECT, V3_DIALECT
from dragoman.dialects.base import ClientSide
from dragoman.dialects.registry import DIALECTS
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Response
from dragoman.model.stream import StreamEvent
from tests.grammars.ai_sdk_gateway import check_stream
from tests.matrix.crossing import read_stream
from tests.vector_files import Vector, load_vectors

assert DIALECT.client is not None
assert V3_DIALECT.client is not None
CLIENT: ClientSide = DIALECT.client
V3_CLIENT: ClientSide = V3_DIALECT.client

ANYONE = Request("a-model", [], stream=True)
VECTORS = {vector.name: vector for vector in load_vectors("ai_sdk_gateway")}
REQUESTS = [vector for vector in VECTORS.values() if vector.request]

SOURCES = {
    "cached-usage": "anthropic_messages:cached-usage",
    "citations": "anthropic_messages:citations",
    "custom-tool": "openai_chat:custom-tool",
    "empty-arguments": "anthropic_messages:empty-arguments",
    "encrypted-reasoning": "openai_responses:reasoning",
    "image-output": "openai_chat:image-output",
    "interleaved-text-and-tools": "anthropic_messages:interleaved-text-and-tools",
    "logprobs": "openai_chat:logprobs",
    "parallel-tool-calls": "anthropic_messages:parallel-tool-calls",
    "provider-tools": "anthropic_messages:provider-tools",
    "reasoning": "anthropic_messages:reasoning",
    "reasoning-with-tool-call": "anthropic_messages:reasoning-with-tool-call",
    "redacted-reasoning": "anthropic_messages:redacted-reasoning",
    "refusal": "anthropic_messages:refusal",
    "several-candidates": "openai_chat:several-candidates",
    "stop-sequence": "anthropic_messages:stop-sequence",
    "text": "anthropic_messages:text",
    "thought-signature": "gemini_generate:reasoning-with-tool-call",
    "tool-call": "anthropic_messages:tool-call",
    "truncation": "anthropic_messages:truncation",
    "unicode": "anthropic_messages:unicode",
}
"""Whose answer each answer among the vectors tells: the parallel text in the dialect of a provider."""


def parse(body: Any, *, stream: bool = False) -> Request:
    """A request of version 4."""
    return CLIENT.parse_request(CLIENT.open_envelope(json.dumps(body).encode(), "a-model", stream))


def ask(*messages: Any, **more: Any) -> Request:
    """A request with these messages."""
    return parse({"prompt": list(messages), **more})


def find_source(name: str) -> Vector:
    """The parallel text of an answer."""
    dialect, _, behaviour = SOURCES[name].partition(":")
    return next(vector for vector in load_vectors(dialect) if vector.name == behaviour)


def read_answer(dialect: str, body: bytes) -> Response:
    provider = DIALECTS[dialect].provider
    assert provider is not None
    return provider.parse_response(body)


def tell(response: Response, client: ClientSide = CLIENT, losses: list[Loss] | None = None) -> Any:
    """The body of a whole answer."""
    return json.loads(client.emit_response(response, ANYONE, [] if losses is None else losses).body)


def stream(events: list[StreamEvent], client: ClientSide = CLIENT, losses: list[Loss] | None = None) -> list[Any]:
    """The parts of a stream, which must be a legal one."""
    return check_stream(client.open_emitter(ANYONE, [] if losses is None else losses).emit(events))


def read_events(vector: Vector) -> list[StreamEvent]:
    return read_stream(vector.dialect, vector.stream or b"")


def send_back(content: list[Any]) -> Any:
    """An answer as the AI SDK puts it into the next prompt: metadata become options, inputs are parsed, sources go."""
    parts = []
    for entry in content:
        if entry["type"] == "source":
            continue
        part = {name: value for name, value in entry.items() if name not in {"providerMetadata", "citations"}}
        if "providerMetadata" in entry:
            part["providerOptions"] = entry["providerMetadata"]
        if entry["type"] == "tool-call":
            part["input"] = json.loads(entry["input"])
        parts.append(part)
    return {"role": "assistant", "content": parts}
