"""What the same-dialect round trip may change: each rule with its reason."""

from __future__ import annotations

import copy
from typing import Any

import msgspec

from dragoman.model.response import Response

Fields = dict[str, Any]


def _without_nulls(fields: Fields) -> Fields:
    """Null and absent mean the same."""
    return {name: value for name, value in fields.items() if value is not None}


def normalise_request(body: Fields, model: str | None = None) -> Fields:
    """A request."""
    body = _without_nulls(copy.deepcopy(body))
    if model is not None:
        body.setdefault("model", model)  # Azure has it in the path
    if not body.get("stream", True):
        del body["stream"]  # false is the default
    if body.get("stream"):
        body.setdefault("stream_options", {})["include_usage"] = True  # the meter asks for usage in any case
    body["messages"] = [_normalise_message(message) for message in body["messages"]]
    for tool in body.get("tools", []):
        if "function" in tool:
            tool.setdefault("type", "function")  # the payload's name tells the type
            tool["function"] = _without_nulls(tool["function"])
    return body


def normalise_response(body: Fields) -> Fields:
    """An answer."""
    body = _without_nulls(copy.deepcopy(body))
    body["object"] = "chat.completion"  # some servers leave it out
    body.setdefault("created", 0)  # and this
    for position, choice in enumerate(body["choices"]):
        choice["message"] = _normalise_message(choice.get("message") or {})  # Azure leaves out what it filtered
        choice.setdefault("index", position)
        choice["finish_reason"] = choice.get("finish_reason") or "stop"  # a client always gets one of OpenAI's words
    body["choices"] = [_without_nulls(choice) for choice in body["choices"]]
    return body


def _normalise_message(message: Fields) -> Fields:
    message = _without_nulls(message)
    message.setdefault("role", "assistant")  # it can be nothing else where it is missing
    if not message.get("annotations"):
        message.pop("annotations", None)  # none and an empty list mean the same
    for place, call in enumerate(message.get("tool_calls", [])):
        call["id"] = call.get("id") or f"made-up-{place}"  # a missing id is made up
        call.setdefault("type", "function")
        if "function" in call:
            call["function"]["arguments"] = call["function"].get("arguments") or "{}"  # clients and servers parse them
    if type(message.get("content")) is list:
        message["content"] = [_without_nulls(part) for part in message["content"]]
    return message


def essence(response: Response) -> Any:
    """What an answer says, in plain values, but for the spelling of no arguments."""
    built = msgspec.to_builtins(response)
    for candidate in built["candidates"]:
        for part in candidate["parts"]:
            if part["type"] == "tool_call":
                part["arguments"] = part["arguments"] or "{}"
    return built
