"""How quickly a provider says that it answered, as it has a price of its own: told in every dialect, however it is heard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from dragoman.dialects.base import ProviderSide
from dragoman.dialects.registry import DIALECTS
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.model.stream import UsageReport
from dragoman.wire.aws_eventstream import emit_message
from tests.unit.dialects.openai_chat.samples import open_body

CHAT_USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
CHAT = {
    "id": "c",
    "object": "chat.completion",
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}],
    "usage": CHAT_USAGE,
}
CHUNK = {
    "id": "c",
    "object": "chat.completion.chunk",
    "model": "m",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}],
}
ITEM = {
    "type": "message",
    "id": "i",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Hi.", "annotations": []}],
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "model": "m",
    "status": "completed",
    "created_at": 1,
    "output": [ITEM],
    "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5},
}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "Hi."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 2},
}
GEMINI = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "Hi."}]}, "finishReason": "STOP", "index": 0}],
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5},
}
CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hi."}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
}


def merge(body: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """The body with what is told laid over it, one level deep."""
    return {**body, **{k: {**body[k], **v} if isinstance(v, dict) and k in body else v for k, v in told.items()}}


def write_events(*events: Mapping[str, Any]) -> bytes:
    return b"".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        if "type" in event
        else f"data: {json.dumps(event)}\n\n".encode()
        for event in events
    )


def stream_chat(told: Mapping[str, Any]) -> bytes:
    last = {**CHUNK, "choices": [], "usage": CHAT_USAGE, **told}
    return write_events({**CHUNK, **told}, last) + b"data: [DONE]\n\n"


def stream_response(told: Mapping[str, Any]) -> bytes:
    created = {"type": "response.created", "response": {**RESPONSE, "status": "in_progress", "output": []}}
    added = {"type": "response.output_item.added", "output_index": 0, "item": {**ITEM, "content": []}}
    done = {"type": "response.output_item.done", "output_index": 0, "item": ITEM}
    return write_events(created, added, done, {"type": "response.completed", "response": merge(RESPONSE, told)})


def stream_message(told: Mapping[str, Any]) -> bytes:
    begun = merge({**MESSAGE, "content": [], "stop_reason": None}, told)
    return write_events(
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    )


def stream_gemini(told: Mapping[str, Any]) -> bytes:
    return write_events(merge(GEMINI, told))


def stream_converse(told: Mapping[str, Any]) -> bytes:
    usage = {"usage": CONVERSE["usage"], **told}
    events: list[tuple[str, dict[str, Any]]] = [
        ("messageStart", {"role": "assistant"}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hi."}}),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("messageStop", {"stopReason": "end_turn"}),
        ("metadata", usage),
    ]
    heads = [{":message-type": "event", ":event-type": kind, ":content-type": "application/json"} for kind, _ in events]
    return b"".join(
        emit_message(head, json.dumps(body).encode()) for head, (_, body) in zip(heads, events, strict=True)
    )


ANSWERS: dict[str, tuple[Mapping[str, Any], Any]] = {
    "openai_chat": (CHAT, stream_chat),
    "openai_responses": (RESPONSE, stream_response),
    "anthropic_messages": (MESSAGE, stream_message),
    "gemini_generate": (GEMINI, stream_gemini),
    "bedrock_converse": (CONVERSE, stream_converse),
}

TOLD: list[tuple[str, dict[str, Any], str]] = [
    *[
        (dialect, {"service_tier": word}, tier)
        for dialect in ("openai_chat", "openai_responses")
        for word, tier in (
            ("priority", "priority"),
            ("flex", "flex"),
            ("batch", "batch"),
            ("fast", "fast"),
            ("scale", "provisioned"),
            ("default", ""),
            ("auto", ""),
            ("unheard-of", ""),
        )
    ],
    ("openai_chat", {"service_tier": None}, ""),
    ("anthropic_messages", {"usage": {"service_tier": "standard"}}, ""),
    ("anthropic_messages", {"usage": {"service_tier": "priority"}}, "priority"),
    ("anthropic_messages", {"usage": {"service_tier": "batch"}}, "batch"),
    ("anthropic_messages", {"usage": {"service_tier": "standard", "speed": "fast"}}, "fast"),
    ("gemini_generate", {"usageMetadata": {"serviceTier": "flex"}}, "flex"),
    ("gemini_generate", {"usageMetadata": {"serviceTier": "priority"}}, "priority"),
    ("gemini_generate", {"usageMetadata": {"serviceTier": "standard"}}, ""),
    ("gemini_generate", {"usageMetadata": {"trafficType": "ON_DEMAND"}}, ""),
    ("gemini_generate", {"usageMetadata": {"trafficType": "ON_DEMAND_FLEX"}}, "flex"),
    ("gemini_generate", {"usageMetadata": {"trafficType": "ON_DEMAND_PRIORITY"}}, "priority"),
    ("gemini_generate", {"usageMetadata": {"trafficType": "PROVISIONED_THROUGHPUT"}}, "provisioned"),
    ("bedrock_converse", {"serviceTier": {"type": "flex"}}, "flex"),
    ("bedrock_converse", {"serviceTier": {"type": "priority"}}, "priority"),
    ("bedrock_converse", {"serviceTier": {"type": "reserved"}}, "provisioned"),
    ("bedrock_converse", {"serviceTier": {"type": "default"}}, ""),
]


def find_provider(dialect: str) -> ProviderSide:
    provider = DIALECTS[dialect].provider
    assert provider is not None
    return provider


@pytest.mark.parametrize(("dialect", "told", "tier"), TOLD)
def test_a_whole_answer_tells_its_tier(dialect: str, told: dict[str, Any], tier: str) -> None:
    provider, body = find_provider(dialect), json.dumps(merge(ANSWERS[dialect][0], told)).encode()
    seen, parsed = provider.read_glance(body).usage, provider.parse_response(body).usage
    assert seen is not None
    assert parsed is not None
    assert seen.tier == parsed.tier == tier
    assert (seen.input, seen.output) == (3, 2)


@pytest.mark.parametrize(("dialect", "told", "tier"), TOLD)
def test_a_stream_tells_its_tier(dialect: str, told: dict[str, Any], tier: str) -> None:
    provider, stream = find_provider(dialect), ANSWERS[dialect][1](told)
    listener = provider.open_listener(open_body({"model": "m", "stream": True, "messages": []}), DEFAULT_PROFILE)
    listener.feed(stream)
    listener.finish()
    assert listener.usage is not None
    assert listener.usage.tier == tier
    parser = provider.open_parser()
    events = [*parser.feed(stream), *parser.finish()]
    assert [event.usage.tier for event in events if isinstance(event, UsageReport)][-1] == tier
