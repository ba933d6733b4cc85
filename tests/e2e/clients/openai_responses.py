"""The official OpenAI SDK, Responses."""

from __future__ import annotations

import json
from typing import Any

from openai.types.responses import Response

from tests.e2e.clients.openai_chat import open_client
from tests.e2e.stories import PERSON, PIXEL, WEATHER, Ask, Call, Heard, Result

IMAGE = {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "auto"}


def build_request(ask: Ask, model: str) -> dict[str, Any]:
    """The arguments of `responses.create`."""
    content: list[dict[str, Any]] = [{"type": "input_text", "text": ask.text}]
    if ask.image:
        content.append(IMAGE)
    items: list[dict[str, Any]] = [{"role": "user", "content": content}]
    for call in ask.calls:
        arguments = json.dumps(call.arguments)
        items.append({"type": "function_call", "call_id": call.id, "name": call.name, "arguments": arguments})
    items += [_emit_result(result) for result in ask.results]
    request: dict[str, Any] = {"model": model, "input": items, "max_output_tokens": ask.max_tokens, "store": False}
    if ask.system:
        request["instructions"] = ask.system
    if ask.tools:
        tool = {
            "type": "function",
            "name": "get_weather",
            "description": "Weather.",
            "parameters": WEATHER,
            "strict": True,
        }
        request["tools"] = [tool]
    if ask.schema:
        request["text"] = {"format": {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True}}
    if ask.thinking:
        request["reasoning"] = {"effort": "medium", "summary": "auto"}
    return request


def _emit_result(result: Result) -> dict[str, Any]:
    output: Any = result.text
    if result.image:
        output = [{"type": "input_text", "text": result.text}, IMAGE]
    return {"type": "function_call_output", "call_id": result.call_id, "output": output}


def ask_plain(url: str, ask: Ask, model: str) -> Heard:
    return hear(open_client(url).responses.create(**build_request(ask, model)))


def ask_stream(url: str, ask: Ask, model: str) -> Heard:
    """Through the SDK's own accumulator; the last event holds the answer."""
    with open_client(url).responses.stream(**build_request(ask, model)) as stream:
        ended = [event.response for event in stream if event.type in {"response.completed", "response.incomplete"}]
    assert len(ended) == 1
    return hear(ended[0])


def hear(response: Response) -> Heard:
    usage = response.usage
    assert usage is not None
    calls = [item for item in response.output if item.type == "function_call"]
    thoughts = [item for item in response.output if item.type == "reasoning"]
    said = [part for item in response.output if item.type == "message" for part in item.content]
    finish = "tool_calls" if calls else "stop"
    if response.status == "incomplete":
        assert response.incomplete_details is not None
        finish = "length" if response.incomplete_details.reason == "max_output_tokens" else "refusal"
    if any(part.type == "refusal" for part in said):
        finish = "refusal"
    return Heard(
        text="".join(part.text for part in said if part.type == "output_text"),
        calls=tuple(Call(call.name, json.loads(call.arguments)) for call in calls),
        thinking="".join(
            part.text for item in thoughts for part in [*item.summary, *(getattr(item, "content", None) or [])]
        ),
        finish=finish,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.input_tokens_details.cached_tokens,
    )
