"""What OpenAI Chat Completions refuses, as far as it is cheap to see.

Unknown parameters pass, because the servers that speak this dialect have many of their own.
"""

from __future__ import annotations

from typing import Any

from tests.simulator.complaint import refuse
from tests.simulator.dialect import Call
from tests.simulator.rules import TOOL_NAME, need, need_number, need_object, need_objects, need_one_of, words
from tests.simulator.say import JSON

PARTS_BY_ROLE = {
    "system": words("text"),
    "developer": words("text"),
    "tool": words("text"),
    "user": words("text image_url input_audio file"),
    "assistant": words("text refusal"),
    "function": words("text"),
}
INSTEAD_OF_CONTENT = ("tool_calls", "function_call", "refusal", "audio")
BOUNDS = (
    ("temperature", 0, 2),
    ("top_p", 0, 1),
    ("n", 1, 128),
    ("presence_penalty", -2, 2),
    ("frequency_penalty", -2, 2),
    ("top_logprobs", 0, 20),
    ("max_tokens", 1, 10_000_000),
    ("max_completion_tokens", 1, 10_000_000),
)
FORMATS = words("text json_object json_schema")
TOOL_CHOICES = words("none auto required")


def check(call: Call) -> None:
    """Raise a complaint about the first fault found."""
    need(isinstance(call.body.get("model"), str) and call.model, "you must provide a model parameter", "model")
    if call.operation != "generate":
        return
    _check_settings(call.body)
    _check_tools(call.body)
    messages = need_objects(call.body.get("messages"), "messages")
    for index, message in enumerate(messages):
        _check_message(message, f"messages[{index}]")
    _check_tool_answers(messages)


def _check_settings(body: JSON) -> None:
    for name, low, high in BOUNDS:
        need_number(body, name, low, high)
    both = body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None
    need(not both, "max_tokens and max_completion_tokens cannot both be set", "max_tokens")
    options = body.get("stream_options")
    need(options is None or body.get("stream") is True, "stream_options needs stream: true", "stream_options")
    need(not body.get("top_logprobs") or body.get("logprobs") is True, "top_logprobs needs logprobs", "top_logprobs")
    stop = body.get("stop")
    need(not isinstance(stop, list) or len(stop) <= 4, "stop: at most 4 sequences", "stop")
    wanted = body.get("response_format")
    if wanted is not None:
        need_one_of(need_object(wanted, "response_format").get("type"), FORMATS, "response_format.type")
        if wanted["type"] == "json_schema":
            named = need_object(wanted.get("json_schema"), "response_format.json_schema")
            _check_name(named.get("name"), "response_format.json_schema.name")


def _check_name(name: Any, where: str) -> None:
    need(
        isinstance(name, str) and TOOL_NAME.fullmatch(name), f"{where}: {name!r} must match {TOOL_NAME.pattern}", where
    )


def _check_tools(body: JSON) -> None:
    tools = body.get("tools")
    if tools is None:
        need(body.get("tool_choice") in {None, "none"}, "tool_choice needs tools", "tool_choice")
        need(body.get("parallel_tool_calls") is None, "parallel_tool_calls needs tools", "parallel_tool_calls")
        return
    names = []
    for index, tool in enumerate(need_objects(tools, "tools")):
        kind = tool.get("type")
        need_one_of(kind, {"function", "custom"}, f"tools[{index}].type")
        described = need_object(tool.get(str(kind)), f"tools[{index}].{kind}")
        _check_name(described.get("name"), f"tools[{index}].{kind}.name")
        schema = described.get("parameters", {"type": "object"})
        is_object = isinstance(schema, dict) and (not schema or schema.get("type") == "object")
        need(is_object, f"tools[{index}].function.parameters: the schema must have type object", f"tools[{index}]")
        names.append(described["name"])
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") in {"function", "custom"}:
        wanted = (choice.get(choice["type"]) or {}).get("name")
        need(wanted in names, f"tool_choice: {wanted!r} is not among the tools", "tool_choice")
    elif not isinstance(choice, dict | None):
        need_one_of(choice, TOOL_CHOICES, "tool_choice")


def _check_message(message: JSON, where: str) -> None:
    role, content = message.get("role"), message.get("content")
    need_one_of(role, PARTS_BY_ROLE, f"{where}.role")
    assert isinstance(role, str)
    if content is None:
        excused = role == "assistant" and any(message.get(name) for name in INSTEAD_OF_CONTENT)
        need(excused, f"{where}.content: null is only for an assistant that calls tools", f"{where}.content")
    elif isinstance(content, list):
        for index, part in enumerate(need_objects(content, f"{where}.content")):
            need_one_of(part.get("type"), PARTS_BY_ROLE[role], f"{where}.content[{index}].type")
    else:
        need(isinstance(content, str), f"{where}.content: must be a string or a list of parts", f"{where}.content")
    if "tool_calls" in message:
        need(role == "assistant", f"{where}.tool_calls: only an assistant calls tools", where)
        _check_calls(message["tool_calls"], f"{where}.tool_calls")
    if role == "tool":
        need(isinstance(message.get("tool_call_id"), str), f"{where}.tool_call_id: required", where)


def _check_calls(calls: Any, where: str) -> None:
    for index, call in enumerate(need_objects(calls, where)):
        need(isinstance(call.get("id"), str) and call["id"], f"{where}[{index}].id: required", where)
        need_one_of(call.get("type"), {"function", "custom"}, f"{where}[{index}].type")
        if call["type"] == "function":
            function = need_object(call.get("function"), f"{where}[{index}].function")
            _check_name(function.get("name"), f"{where}[{index}].function.name")
            is_text = isinstance(function.get("arguments"), str)
            need(is_text, f"{where}[{index}].function.arguments: must be a string", where)


def _check_tool_answers(messages: list[JSON]) -> None:
    """Each call of an assistant is answered by a tool message right after it, and nothing else is."""
    open_ids: set[str] = set()
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_ids:
                raise refuse(
                    "messages with role 'tool' must answer a 'tool_calls' of the message before them: "
                    f"messages[{index}] answers {message['tool_call_id']!r}",
                    f"messages[{index}].role",
                )
            open_ids.discard(message["tool_call_id"])
            continue
        _need_none_open(open_ids, index)
        open_ids = {call["id"] for call in message.get("tool_calls") or []}
    _need_none_open(open_ids, len(messages))


def _need_none_open(open_ids: set[str], index: int) -> None:
    need(
        not open_ids,
        "an assistant message with 'tool_calls' must be followed by tool messages that answer each 'tool_call_id'; "
        f"without an answer: {', '.join(sorted(open_ids))}",
        f"messages[{index}]",
    )
