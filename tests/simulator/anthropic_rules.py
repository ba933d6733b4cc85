"""What Anthropic Messages refuses, as far as it is cheap to see.

Unlike OpenAI's servers this one refuses fields that it does not know, and it is strict about the order of tool results.
"""

from __future__ import annotations

import re
from typing import Any

from tests.simulator.dialect import Call
from tests.simulator.rules import need, need_known, need_number, need_objects, need_one_of, words
from tests.simulator.say import JSON

FIELDS = words(
    "model messages max_tokens cache_control container context_management diagnostics inference_geo mcp_servers metadata"
    " output_config output_format service_tier speed stop_sequences stream system temperature thinking tool_choice tools"
    " top_k top_p user_profile_id workspace_id fallbacks compaction thread billing_policy"
)
BLOCKS_BY_ROLE = {
    "user": words("text image document search_result tool_result container_upload mcp_tool_result"),
    "assistant": words(
        "text thinking redacted_thinking tool_use server_tool_use web_search_tool_result web_fetch_tool_result"
        " code_execution_tool_result bash_code_execution_tool_result text_editor_code_execution_tool_result"
        " tool_search_tool_result mcp_tool_use mcp_tool_result container_upload compaction advisor_tool_result"
    ),
    "system": words("text tool_addition tool_removal"),
}
ID = re.compile(r"[a-zA-Z0-9_-]+")
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
IMAGE_TYPES = words("image/jpeg image/png image/gif image/webp")
SOURCES = words("base64 url file text content")
CHOICES = words("auto any tool none")
RESULT_BLOCKS = words("text image document search_result tool_reference")
MAX_CACHE_MARKS = 4


def check(call: Call) -> None:
    """Raise a complaint about the first fault found."""
    body = call.body
    if call.request.path.endswith("awPredict"):
        need(body.get("anthropic_version") == "vertex-2023-10-16", "anthropic_version: Field required")
        need("model" not in body, "model: Extra inputs are not permitted")
        need_known(body, FIELDS | {"anthropic_version"}, "{}: Extra inputs are not permitted")
    else:
        need(call.request.headers.get("anthropic-version"), "anthropic-version: header is required")
        need(isinstance(body.get("model"), str) and call.model, "model: Field required")
        need_known(body, FIELDS, "{}: Extra inputs are not permitted")
    if call.operation == "generate":
        need(isinstance(body.get("max_tokens"), int), "max_tokens: Field required")
        need_number(body, "max_tokens", 1, 10_000_000)
    for name, high in (("temperature", 1), ("top_p", 1), ("top_k", 1_000_000)):
        need_number(body, name, 0, high)
    _check_system(body.get("system"))
    _check_tools(body)
    messages = need_objects(body.get("messages"), "messages")
    for index, message in enumerate(messages):
        _check_message(message, f"messages.{index}", is_last=index == len(messages) - 1)
    _check_tool_order(messages)
    _check_thinking(body, messages)
    need(_cache_marks(body) <= MAX_CACHE_MARKS, f"at most {MAX_CACHE_MARKS} blocks may have cache_control")


def _check_system(system: Any) -> None:
    if system is not None and not isinstance(system, str):
        for index, block in enumerate(need_objects(system, "system", may_be_empty=True)):
            need_one_of(block.get("type"), {"text"}, f"system.{index}.type")
            need(block.get("text"), f"system.{index}: text content blocks must be non-empty")


def _check_tools(body: JSON) -> None:
    names = []
    for index, tool in enumerate(need_objects(body.get("tools") or [], "tools", may_be_empty=True)):
        where = f"tools.{index}"
        if tool.get("type") == "mcp_toolset":
            continue
        name = tool.get("name")
        need(
            isinstance(name, str) and TOOL_NAME.fullmatch(name),
            f"{where}.name: {name!r} must match {TOOL_NAME.pattern}",
        )
        if tool.get("type", "custom") == "custom":
            schema = tool.get("input_schema")
            is_object = isinstance(schema, dict) and schema.get("type") == "object"
            need(is_object, f"{where}.input_schema: required, with type object")
        names.append(name)
    need(len(set(names)) == len(names), "tools: Tool names must be unique")
    choice = body.get("tool_choice")
    if choice is not None:
        need(isinstance(choice, dict), "tool_choice: must be an object")
        need_one_of(choice.get("type"), CHOICES, "tool_choice.type")
        need(names or choice["type"] == "none", "tool_choice: may only be given together with tools")
        is_known = choice["type"] != "tool" or choice.get("name") in names
        need(is_known, f"tool_choice: tool {choice.get('name')!r} not found in tools")


def _check_message(message: JSON, where: str, *, is_last: bool) -> None:
    need_known(message, {"role", "content"}, where + ".{}: Extra inputs are not permitted")
    role, content = message.get("role"), message.get("content")
    need_one_of(role, BLOCKS_BY_ROLE, f"{where}.role")
    assert isinstance(role, str)
    if isinstance(content, str):
        need(content or (is_last and role == "assistant"), f"{where}: all messages must have non-empty content")
        blocks = [{"type": "text", "text": content}] if content else []
    else:
        blocks = need_objects(content, f"{where}.content", may_be_empty=is_last and role == "assistant")
    for index, block in enumerate(blocks):
        _check_block(block, f"{where}.content.{index}", role)
    if is_last and role == "assistant" and blocks and blocks[-1].get("type") == "text":
        text = blocks[-1]["text"]
        need(text == text.rstrip(), f"{where}: final assistant content cannot end with trailing whitespace")


def _check_block(block: JSON, where: str, role: str) -> None:
    kind = block.get("type")
    need_one_of(kind, BLOCKS_BY_ROLE[role], f"{where}.type")
    match kind:
        case "text":
            text = block.get("text")
            need(isinstance(text, str) and text, f"{where}: text content blocks must be non-empty")
        case "image" | "document":
            _check_source(block.get("source"), where, kind)
        case "tool_use":
            _check_id(block.get("id"), f"{where}.tool_use.id")
            need(
                isinstance(block.get("name"), str) and TOOL_NAME.fullmatch(block["name"]), f"{where}.tool_use.name: bad"
            )
            need(isinstance(block.get("input"), dict), f"{where}.tool_use.input: must be an object")
        case "tool_result":
            _check_id(block.get("tool_use_id"), f"{where}.tool_result.tool_use_id")
            _check_result(block.get("content"), where)
        case "thinking":
            need(isinstance(block.get("thinking"), str), f"{where}.thinking.thinking: Field required")
            need(block.get("signature"), f"{where}.thinking.signature: Field required")
        case "redacted_thinking":
            need(block.get("data"), f"{where}.redacted_thinking.data: Field required")


def _check_id(value: Any, where: str) -> None:
    need(isinstance(value, str) and ID.fullmatch(value), f"{where}: String should match pattern '^{ID.pattern}$'")


def _check_source(source: Any, where: str, kind: str) -> None:
    need(isinstance(source, dict), f"{where}.{kind}.source: Field required")
    need_one_of(source.get("type"), SOURCES, f"{where}.{kind}.source.type")
    if kind == "image" and source["type"] == "base64":
        need_one_of(source.get("media_type"), IMAGE_TYPES, f"{where}.image.source.base64.media_type")
        need(source.get("data"), f"{where}.image.source.base64.data: must not be empty")


def _check_result(content: Any, where: str) -> None:
    if content is None or isinstance(content, str):
        return
    for index, block in enumerate(need_objects(content, f"{where}.content", may_be_empty=True)):
        need_one_of(block.get("type"), RESULT_BLOCKS, f"{where}.tool_result.content.{index}.type")
        if block["type"] == "text":
            need(block.get("text"), f"{where}.tool_result.content.{index}: text content blocks must be non-empty")


def _blocks(message: JSON) -> list[JSON]:
    content = message["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _check_tool_order(messages: list[JSON]) -> None:
    """Every call is answered in the turn after it, and the answers come first there."""
    open_ids: set[str] = set()
    for where, role, blocks in _turns(messages):
        kinds = [block["type"] == "tool_result" for block in blocks]
        need(kinds == sorted(kinds, reverse=True), f"{where}: tool_result blocks must come first in the content")
        answered = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        strange, lost = ", ".join(sorted(answered - open_ids)), ", ".join(sorted(open_ids - answered))
        need(not strange, f"{where}: unexpected `tool_use_id` found in `tool_result` blocks: {strange}")
        need(not lost, f"{where}: `tool_use` ids were found without `tool_result` blocks immediately after: {lost}")
        called = [block["id"] for block in blocks if block["type"] == "tool_use" and role == "assistant"]
        need(len(set(called)) == len(called), f"{where}: `tool_use` ids must be unique")
        open_ids = set(called)
    need(
        not open_ids,
        f"`tool_use` ids were found without `tool_result` blocks after them: {', '.join(sorted(open_ids))}",
    )


def _turns(messages: list[JSON]) -> list[tuple[str, str, list[JSON]]]:
    """The API sees neighbours of the same role as one message; what the system says in between does not count."""
    turns: list[tuple[str, str, list[JSON]]] = []
    for index, message in enumerate(messages):
        if message["role"] == "system":
            continue
        if turns and turns[-1][1] == message["role"]:
            turns[-1][2].extend(_blocks(message))
        else:
            turns.append((f"messages.{index}", message["role"], list(_blocks(message))))
    return turns


def _check_thinking(body: JSON, messages: list[JSON]) -> None:
    thinking = body.get("thinking") or {}
    need_one_of(thinking.get("type", "disabled"), {"enabled", "disabled", "adaptive"}, "thinking.type")
    if thinking.get("type", "disabled") == "disabled":
        return
    need(body.get("temperature") in {None, 1}, "`temperature` may only be set to 1 when thinking is enabled")
    need(body.get("top_k") is None, "`top_k` must be unset when thinking is enabled")
    if thinking["type"] == "enabled":
        forced = (body.get("tool_choice") or {}).get("type") in {"any", "tool"}
        need(not forced, "Thinking may not be enabled when tool_choice forces tool use")
        need_number(thinking, "budget_tokens", 1024, body.get("max_tokens", 1 << 31) - 1)
        need("budget_tokens" in thinking, "thinking.enabled.budget_tokens: Field required")
        _need_thinking_first(messages)


def _need_thinking_first(messages: list[JSON]) -> None:
    """While tools are being called, the assistant's turn must start with its thinking."""
    spoken = [_blocks(message) for message in messages if message["role"] == "assistant"]
    last = spoken[-1] if spoken else []
    if any(block["type"] == "tool_use" for block in last):
        first = last[0]["type"]
        allowed = {"thinking", "redacted_thinking"}
        need(
            first in allowed,
            f"Expected `thinking` or `redacted_thinking`, but found `{first}`: when thinking is enabled",
        )


def _cache_marks(value: Any) -> int:
    """How many objects under `value` carry a cache mark."""
    if isinstance(value, list):
        return sum(_cache_marks(item) for item in value)
    if not isinstance(value, dict):
        return 0
    return (value.get("cache_control") is not None) + sum(_cache_marks(item) for item in value.values())
