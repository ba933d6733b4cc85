"""The official Mistral SDK, which speaks Chat Completions in a stricter accent: `finish_reason` must stand in each chunk.

Because Mistral's own API has none of it, the SDK shows neither `reasoning_content` nor cached tokens, has no way to ask
a stream for its usage, and takes no tool call that comes in pieces.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from mistralai.client import Mistral
from mistralai.client.models import AssistantMessage, DeltaMessage, UsageInfo

from tests.e2e.clients import openai_chat
from tests.e2e.stories import PIXEL, Ask, Call, Heard


@cache
def open_client(url: str) -> Mistral:
    return Mistral(api_key="caller-key", server_url=url, timeout_ms=60_000)


def build_request(ask: Ask, model: str) -> dict[str, Any]:
    """The arguments of `chat.complete`: those of OpenAI's, under Mistral's names."""
    request = openai_chat.build_request(ask, model)
    request["max_tokens"] = request.pop("max_completion_tokens")
    if ask.image:
        image = {"type": "image_url", "image_url": f"data:image/png;base64,{PIXEL}"}
        request["messages"][-1]["content"] = [{"type": "text", "text": ask.text}, image]
    return request


def ask_plain(url: str, ask: Ask, model: str) -> Heard:
    response = open_client(url).chat.complete(**build_request(ask, model))
    choice = response.choices[0]
    assert choice.message is not None
    return hear([choice.message], str(choice.finish_reason), response.usage)


def ask_stream(url: str, ask: Ask, model: str) -> Heard:
    with open_client(url).chat.stream(**build_request(ask, model)) as stream:
        chunks = [event.data for event in stream]
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    finish = next(choice.finish_reason for choice in reversed(choices) if choice.finish_reason)
    return hear([choice.delta for choice in choices], str(finish), UsageInfo())


def hear(messages: list[AssistantMessage] | list[DeltaMessage], finish: str, usage: UsageInfo) -> Heard:
    texts: list[str] = []
    calls: list[Call] = []
    for message in messages:
        texts += [message.content] if isinstance(message.content, str) else []
        for call in message.tool_calls or []:
            arguments = call.function.arguments
            calls.append(
                Call(call.function.name, json.loads(arguments) if isinstance(arguments, str) else dict(arguments))
            )
    return Heard(
        text="".join(texts),
        calls=tuple(calls),
        finish=openai_chat.FINISHES[finish],
        input_tokens=usage.prompt_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
    )
