"""The official OpenAI SDK, Chat Completions."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from typing import Any

from openai import LengthFinishReasonError, OpenAI
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion

from tests.e2e.stories import PERSON, PIXEL, WEATHER, Ask, Call, Heard

FINISHES = {"stop": "stop", "length": "length", "tool_calls": "tool_calls", "content_filter": "refusal"}


@cache
def open_client(url: str) -> OpenAI:
    """One client for each gateway: to make one costs more than a whole story."""
    return OpenAI(base_url=f"{url}/v1", api_key="caller-key", max_retries=0, timeout=60)


def build_request(ask: Ask, model: str) -> dict[str, Any]:
    """The arguments of `chat.completions.create`."""
    messages: list[dict[str, Any]] = []
    if ask.system:
        messages.append({"role": "system", "content": ask.system})
    content: Any = ask.text
    if ask.image:
        url = {"url": f"data:image/png;base64,{PIXEL}"}
        content = [{"type": "text", "text": ask.text}, {"type": "image_url", "image_url": url}]
    messages.append({"role": "user", "content": content})
    if ask.calls:
        calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
            }
            for call in ask.calls
        ]
        messages.append({"role": "assistant", "content": None, "tool_calls": calls})
        messages += [{"role": "tool", "tool_call_id": one.call_id, "content": one.text} for one in ask.results]
    request: dict[str, Any] = {"model": model, "messages": messages, "max_completion_tokens": ask.max_tokens}
    if ask.tools:
        function = {"name": "get_weather", "description": "The weather in a city.", "parameters": WEATHER}
        request["tools"] = [{"type": "function", "function": function}]
    if ask.schema:
        schema = {"name": "person", "schema": PERSON, "strict": True}
        request["response_format"] = {"type": "json_schema", "json_schema": schema}
    if ask.thinking:
        request["reasoning_effort"] = "medium"
    return request


def ask_plain(url: str, ask: Ask, model: str) -> Heard:
    return hear(open_client(url).chat.completions.create(**build_request(ask, model)))


def ask_stream(url: str, ask: Ask, model: str) -> Heard:
    """Through the SDK's own accumulator (which refuses truncated answers where its `stream` uses it)."""
    create = open_client(url).chat.completions.create
    gathered: ChatCompletionStreamState[None] = ChatCompletionStreamState()
    thinking = ""
    for chunk in create(**build_request(ask, model), stream=True, stream_options={"include_usage": True}):
        with suppress(LengthFinishReasonError):
            gathered.handle_chunk(chunk)
        for choice in chunk.choices:
            thinking += getattr(choice.delta, "reasoning_content", None) or ""
    return hear(gathered.current_completion_snapshot, thinking)


def hear(completion: ChatCompletion, thinking: str = "") -> Heard:
    choice = completion.choices[0]
    message = choice.message
    usage = completion.usage
    assert usage is not None
    details = usage.prompt_tokens_details
    calls = [call for call in message.tool_calls or [] if call.type == "function"]
    return Heard(
        text=message.content or "",
        calls=tuple(Call(call.function.name, json.loads(call.function.arguments)) for call in calls),
        thinking=thinking or getattr(message, "reasoning_content", None) or "",
        finish="refusal" if message.refusal else FINISHES[choice.finish_reason],
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cached_tokens=(details.cached_tokens if details else 0) or 0,
    )
