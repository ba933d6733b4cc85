"""The official Anthropic SDK."""

from __future__ import annotations

from functools import cache
from typing import Any

from anthropic import Anthropic
from anthropic.types import Message

from tests.e2e.stories import PERSON, PIXEL, WEATHER, Ask, Call, Heard, Result

FINISHES = {"end_turn": "stop", "max_tokens": "length", "tool_use": "tool_calls", "refusal": "refusal"}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}


@cache
def open_client(url: str) -> Anthropic:
    return Anthropic(base_url=url, api_key="caller-key", max_retries=0, timeout=60)


def build_request(ask: Ask, model: str) -> dict[str, Any]:
    """The arguments of `messages.create`."""
    content: Any = ask.text
    if ask.image:
        content = [{"type": "text", "text": ask.text}, IMAGE]
    messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
    if ask.calls:
        uses = [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in ask.calls]
        messages.append({"role": "assistant", "content": uses})
        messages.append({"role": "user", "content": [_emit_result(result) for result in ask.results]})
    request: dict[str, Any] = {"model": model, "messages": messages, "max_tokens": ask.max_tokens}
    if ask.system:
        request["system"] = ask.system
    if ask.tools:
        tool = {"name": "get_weather", "description": "The weather in a city.", "input_schema": WEATHER}
        request["tools"] = [tool]
    if ask.schema:
        request["output_config"] = {"format": {"type": "json_schema", "schema": PERSON}}
    if ask.thinking:
        request["thinking"] = {"type": "enabled", "budget_tokens": 2000}
    return request


def _emit_result(result: Result) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": result.text}]
    if result.image:
        content.append(IMAGE)
    return {"type": "tool_result", "tool_use_id": result.call_id, "content": content}


def ask_plain(url: str, ask: Ask, model: str) -> Heard:
    return hear(open_client(url).messages.create(**build_request(ask, model)))


def ask_stream(url: str, ask: Ask, model: str) -> Heard:
    """Through the SDK's own accumulator."""
    with open_client(url).messages.stream(**build_request(ask, model)) as stream:
        return hear(stream.get_final_message())


def hear(message: Message) -> Heard:
    usage = message.usage
    cached = usage.cache_read_input_tokens or 0
    return Heard(
        text="".join(block.text for block in message.content if block.type == "text"),
        calls=tuple(Call(block.name, dict(block.input)) for block in message.content if block.type == "tool_use"),
        thinking="".join(block.thinking for block in message.content if block.type == "thinking"),
        finish=FINISHES[message.stop_reason or ""],
        input_tokens=usage.input_tokens + cached + (usage.cache_creation_input_tokens or 0),
        output_tokens=usage.output_tokens,
        cached_tokens=cached,
    )
