"""The makers' own judgement: their descriptions of requests, and the types with which their SDKs read answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from anthropic.types import Message, RawMessageStreamEvent
from google.genai import types
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter, ValidationError

from tests.corpus.openapi import load_description

Fields = dict[str, Any]
Judge = Callable[[Fields], None]

_DESCRIBED = {
    "openai_chat": ("openai", "CreateChatCompletionRequest"),
    "openai_responses": ("openai", "CreateResponse"),
    "anthropic_messages": ("anthropic", "CreateMessageParams"),
}


def complain_of_request(dialect: str, body: bytes) -> str | None:
    """What the maker of a dialect finds wrong with a request; None: nothing."""
    fields = json.loads(body)
    if dialect == "gemini_generate":
        return _complain_of_gemini(fields)
    name, schema = _DESCRIBED[dialect]
    return load_description(name).complain(fields, {"$ref": f"#/components/schemas/{schema}"})


def _complain_of_gemini(fields: Fields) -> str | None:
    """Google's SDK has a type for each part of the body, but none for the whole."""
    parts: list[tuple[Any, Any]] = [
        *((types.Content, content) for content in fields["contents"]),
        *((types.Tool, tool) for tool in fields.get("tools", ())),
        (types.Content, fields.get("systemInstruction", {})),
        (types.ToolConfig, fields.get("toolConfig", {})),
        (types.GenerationConfig, fields.get("generationConfig", {})),
    ]
    for kind, value in parts:
        try:
            kind.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            return f"{kind.__name__} {'.'.join(map(str, first['loc']))}: {first['msg']}"
    return None


def complain_of_answer(dialect: str, body: bytes) -> str | None:
    """What the maker's SDK cannot read of a whole answer."""
    return _try(_ANSWERS[dialect], [json.loads(body)])


def complain_of_stream(dialect: str, data: bytes) -> str | None:
    """What the maker's SDK cannot read of a stream."""
    return _try(_EVENTS[dialect], _read_frames(data))


def _try(read: Judge, values: Iterator[Fields] | list[Fields]) -> str | None:
    for value in values:
        try:
            read(value)
        except ValidationError as error:
            first = error.errors()[0]
            return f"{'.'.join(str(step) for step in first['loc'] if type(step) is str)}: {first['msg']}"
    return None


def _read_frames(data: bytes) -> Iterator[Fields]:
    for line in data.decode().split("\n"):
        if line.startswith("data: ") and line != "data: [DONE]":
            yield json.loads(line.removeprefix("data: "))


def _read_as(kind: Any) -> Judge:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return lambda fields: adapter.validate_python(fields) and None


def _read_gemini(fields: Fields) -> None:
    types.GenerateContentResponse._from_response(response=fields, kwargs={})


_ANSWERS: dict[str, Judge] = {
    "openai_chat": _read_as(ChatCompletion),
    "openai_responses": _read_as(Response),
    "anthropic_messages": _read_as(Message),
    "gemini_generate": _read_gemini,
}
_EVENTS: dict[str, Judge] = {
    "openai_chat": _read_as(ChatCompletionChunk),
    "openai_responses": _read_as(ResponseStreamEvent),
    "anthropic_messages": _read_as(RawMessageStreamEvent),
    "gemini_generate": _read_gemini,
}
