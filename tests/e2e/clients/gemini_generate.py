"""The official Google GenAI SDK."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from google import genai
from google.genai import types

from tests.e2e.stories import PERSON, PIXEL, WEATHER, Ask, Call, Heard, Result

FINISHES = {"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "refusal", "PROHIBITED_CONTENT": "refusal"}


@cache
def open_client(url: str) -> genai.Client:
    return genai.Client(api_key="caller-key", http_options=types.HttpOptions(base_url=url, timeout=60_000))


def build_request(ask: Ask, model: str) -> dict[str, Any]:
    """The arguments of `models.generate_content`."""
    parts = [types.Part(text=ask.text)]
    if ask.image:
        parts.append(types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png"))
    contents = [types.Content(role="user", parts=parts)]
    if ask.calls:
        calls = [
            types.Part(function_call=types.FunctionCall(id=call.id, name=call.name, args=call.arguments))
            for call in ask.calls
        ]
        contents.append(types.Content(role="model", parts=calls))
        contents.append(types.Content(role="user", parts=[_emit_result(result) for result in ask.results]))
    config: dict[str, Any] = {"max_output_tokens": ask.max_tokens}
    if ask.system:
        config["system_instruction"] = ask.system
    if ask.tools:
        function = {"name": "get_weather", "description": "Weather.", "parameters_json_schema": WEATHER}
        config["tools"] = [{"function_declarations": [function]}]
    if ask.schema:
        config |= {"response_mime_type": "application/json", "response_json_schema": PERSON}
    if ask.thinking:
        config["thinking_config"] = {"include_thoughts": True, "thinking_budget": 2000}
    return {"model": model, "contents": contents, "config": types.GenerateContentConfig(**config)}


def _emit_result(result: Result) -> types.Part:
    parts = None
    if result.image:
        blob = types.FunctionResponseBlob(mime_type="image/png", data=base64.b64decode(PIXEL))
        parts = [types.FunctionResponsePart(inline_data=blob)]
    response = types.FunctionResponse(
        id=result.call_id, name="get_weather", response={"result": result.text}, parts=parts
    )
    return types.Part(function_response=response)


def ask_plain(url: str, ask: Ask, model: str) -> Heard:
    return hear([open_client(url).models.generate_content(**build_request(ask, model))])


def ask_stream(url: str, ask: Ask, model: str) -> Heard:
    """The SDK gathers nothing by itself: all chunks together are the answer."""
    return hear(list(open_client(url).models.generate_content_stream(**build_request(ask, model))))


def hear(chunks: list[types.GenerateContentResponse]) -> Heard:
    candidates = [chunk.candidates[0] for chunk in chunks if chunk.candidates]
    parts = [part for one in candidates if one.content for part in one.content.parts or []]
    finish = next(one.finish_reason for one in reversed(candidates) if one.finish_reason)
    usage = next(chunk.usage_metadata for chunk in reversed(chunks) if chunk.usage_metadata)
    calls = tuple(
        Call(part.function_call.name or "", part.function_call.args or {}) for part in parts if part.function_call
    )
    return Heard(
        text="".join(part.text or "" for part in parts if not part.thought),
        calls=calls,
        thinking="".join(part.text or "" for part in parts if part.thought),
        finish="tool_calls" if calls else FINISHES[finish.value],
        input_tokens=usage.prompt_token_count or 0,
        output_tokens=(usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0),
        cached_tokens=usage.cached_content_token_count or 0,
    )
