"""A request into the model. Which model is asked for, and whether to stream, stands in the headers, not in the body."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.ai_sdk_gateway.options import FIELD
from dragoman.dialects.ai_sdk_gateway.parse_options import Wishes
from dragoman.dialects.ai_sdk_gateway.parse_prompt import parse_prompt
from dragoman.dialects.ai_sdk_gateway.parse_tools import parse_output, parse_tool, parse_tool_choice
from dragoman.dialects.ai_sdk_gateway.steering import hoist_steering
from dragoman.dialects.ai_sdk_gateway.wire import MODEL_HEADER
from dragoman.dialects.base import Envelope
from dragoman.errors import invalid
from dragoman.model.request import CustomTool, ReasoningRequest, Request, Sampling, Tool, ToolChoice
from dragoman.wire.json_document import JsonDocument
from dragoman.wire.json_read import Fields, read_each, read_number, read_optional, read_under, read_whole

_SAMPLING = {
    "temperature": "temperature",
    "topP": "top_p",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
}

_KNOWN = frozenset(
    {
        *_SAMPLING,
        "topK",
        "seed",
        "prompt",
        "maxOutputTokens",
        "stopSequences",
        "responseFormat",
        "tools",
        "toolChoice",
        "reasoning",
        "providerOptions",
        "headers",
        "includeRawChunks",
    }
)


def open_envelope(body: bytes, path_model: str | None, path_stream: bool | None) -> Envelope:
    """What the headers say; they come as what other dialects have in their paths."""
    if not path_model:
        raise invalid("This header is required: it names the model.", MODEL_HEADER)
    document = JsonDocument(body)
    if FIELD in document.fields:
        document = hoist_steering(document)
    return Envelope(path_model, path_stream or False, document)


def parse_request(envelope: Envelope) -> Request:
    """The whole request."""
    body = envelope.document.decode()
    wishes = Wishes(body)
    tools = _read_tools(body)
    custom = frozenset(tool.name for tool in tools or () if isinstance(tool, CustomTool))
    return Request(
        model=envelope.model,
        turns=parse_prompt(body, custom),
        tools=tools,
        tool_choice=_read_tool_choice(body, has_tools=tools is not None),
        output=read_under(body, "responseFormat", lambda wanted: parse_output(wanted, wishes.strict)),
        sampling=_read_sampling(body),
        max_output_tokens=read_whole(body, "maxOutputTokens"),
        stop=_read_stop(body),
        reasoning=ReasoningRequest(**wishes.reasoning) if wishes.reasoning else None,
        stream=envelope.stream,
        extras=wishes.extras(_read_rest(body)),
        **wishes.plain,
    )


def _read_tools(body: Fields) -> list[Tool] | None:
    tools = read_optional(body, "tools", list)
    return read_each(tools, "tools", parse_tool) if tools else None


def _read_tool_choice(body: Fields, *, has_tools: bool) -> ToolChoice | None:
    """The SDK always sends one. Without tools, only a demand for a call says anything."""
    choice = read_under(body, "toolChoice", parse_tool_choice)
    return choice if choice is not None and (has_tools or choice.mode == "required") else None


def _read_sampling(body: Fields) -> Sampling:
    said: dict[str, Any] = {field: read_number(body, name) for name, field in _SAMPLING.items()}
    return Sampling(**said, top_k=read_whole(body, "topK"), seed=read_whole(body, "seed"))


def _read_stop(body: Fields) -> list[str] | None:
    stop = read_optional(body, "stopSequences", list)
    if stop and not all(type(word) is str for word in stop):
        raise invalid("This field must be an array of strings.", "stopSequences")
    return stop or None


def _read_rest(body: Fields) -> Fields:
    """What has no word: fields that we do not know, chunks of a provider as they come, headers meant for a provider."""
    rest = {name: value for name, value in body.items() if name not in _KNOWN and value is not None}
    if body.get("includeRawChunks") is True:
        rest["includeRawChunks"] = True
    headers = read_optional(body, "headers", dict) or {}
    rest.update({f"headers.{name}": value for name, value in headers.items() if name.lower() != "user-agent"})
    return rest
