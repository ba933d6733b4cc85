"""What OpenAI Responses refuses, as far as it is cheap to see.

Items that this list does not know pass: the dialect grows monthly. Known ones must be in order: a call and its output
belong together, and the parts of a message must suit its role.
"""

from __future__ import annotations

from typing import Any

from tests.simulator.dialect import Call
from tests.simulator.rules import TOOL_NAME, need, need_number, need_objects, need_one_of, words
from tests.simulator.say import JSON

PARTS_BY_ROLE = {
    "user": words("input_text input_image input_file input_audio"),
    "system": words("input_text input_image input_file"),
    "developer": words("input_text input_image input_file"),
    "assistant": words("output_text refusal"),
}
OUTPUT_OF = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}
ID_PREFIX = {"function_call": "fc", "reasoning": "rs", "custom_tool_call": "ctc"}
CONTINUES = ("previous_response_id", "conversation", "prompt")
TOOL_CHOICES = words("none auto required")
INCLUDES = words(
    "file_search_call.results web_search_call.results web_search_call.action.sources message.input_image.image_url"
    " computer_call_output.output.image_url code_interpreter_call.outputs reasoning.encrypted_content"
    " message.output_text.logprobs"
)
CHAT_ONLY = words(
    "messages max_tokens max_completion_tokens n stop response_format reasoning_effort functions logprobs"
)
MIN_OUTPUT_TOKENS = 16


def check(call: Call) -> None:
    """Raise a complaint about the first fault found."""
    body = call.body
    need(isinstance(body.get("model"), str) and call.model, "Missing required parameter: 'model'.", "model")
    for name in CHAT_ONLY & body.keys():
        need(False, f"Unknown parameter: '{name}'.", name)
    for name, low, high in (("temperature", 0, 2), ("top_p", 0, 1), ("top_logprobs", 0, 20)):
        need_number(body, name, low, high)
    need_number(body, "max_output_tokens", MIN_OUTPUT_TOKENS, 10_000_000)
    for name in body.get("include") or []:
        need_one_of(name, INCLUDES, "include")
    _check_format((body.get("text") or {}).get("format"))
    _check_tools(body)
    given = body.get("input")
    continues = any(body.get(name) for name in CONTINUES)
    need(given is not None or continues, "One of 'input', 'previous_response_id' or 'prompt' must be given.", "input")
    if isinstance(given, str) or given is None:
        return
    items = need_objects(given, "input", may_be_empty=continues)
    for index, item in enumerate(items):
        _check_item(item, f"input[{index}]")
    if not continues:
        _check_calls_and_outputs(items)
        _check_reasoning(items)


def _check_format(wanted: Any) -> None:
    if wanted is not None:
        need_one_of(wanted.get("type"), {"text", "json_object", "json_schema"}, "text.format.type")
        if wanted["type"] == "json_schema":
            _check_name(wanted.get("name"), "text.format.name")
            need(isinstance(wanted.get("schema"), dict), "Missing required parameter: 'text.format.schema'.")


def _check_name(name: Any, where: str) -> None:
    need(name is not None, f"Missing required parameter: '{where}'.", where)
    need(
        isinstance(name, str) and TOOL_NAME.fullmatch(name), f"{where}: {name!r} must match {TOOL_NAME.pattern}", where
    )


def _check_tools(body: JSON) -> None:
    """Unlike in chat, a function stands flat in its tool."""
    names = set()
    for index, tool in enumerate(need_objects(body.get("tools") or [], "tools", may_be_empty=True)):
        if tool.get("type") in {"function", "custom"}:
            _check_name(tool.get("name"), f"tools[{index}].name")
            names.add(tool["name"])
        if tool.get("type") == "function":
            schema = tool.get("parameters")
            is_object = schema is None or (isinstance(schema, dict) and schema.get("type", "object") == "object")
            need(
                is_object, f"tools[{index}].parameters: the schema must have type object", f"tools[{index}].parameters"
            )
    choice = body.get("tool_choice")
    if isinstance(choice, str):
        need_one_of(choice, TOOL_CHOICES, "tool_choice")
    if isinstance(choice, dict) and choice.get("type") in {"function", "custom"}:
        need(choice.get("name") in names, f"Tool choice '{choice.get('name')}' not found in 'tools'.", "tool_choice")


def _check_item(item: JSON, where: str) -> None:
    kind = item.get("type", "message" if "role" in item else None)
    need(isinstance(kind, str), f"Missing required parameter: '{where}.type'.", f"{where}.type")
    prefix = ID_PREFIX.get(str(kind))
    if prefix and item.get("id") is not None:
        is_right = isinstance(item["id"], str) and item["id"].startswith(prefix)
        need(is_right, f"Invalid '{where}.id': {item['id']!r} must begin with '{prefix}'.", f"{where}.id")
    if kind == "message":
        _check_message(item, where)
    elif kind == "function_call":
        _check_name(item.get("name"), f"{where}.name")
        need(isinstance(item.get("arguments"), str), f"'{where}.arguments' must be a string", f"{where}.arguments")
    elif kind == "reasoning":
        need(isinstance(item.get("summary"), list), f"Missing required parameter: '{where}.summary'.", where)
    if kind in OUTPUT_OF or kind in OUTPUT_OF.values():
        need(item.get("call_id"), f"Missing required parameter: '{where}.call_id'.", f"{where}.call_id")
    if kind in OUTPUT_OF.values():
        need("output" in item, f"Missing required parameter: '{where}.output'.", f"{where}.output")


def _check_message(item: JSON, where: str) -> None:
    role, content = item.get("role"), item.get("content")
    need_one_of(role, PARTS_BY_ROLE, f"{where}.role")
    if isinstance(content, str):
        return
    for index, part in enumerate(need_objects(content, f"{where}.content", may_be_empty=True)):
        need_one_of(part.get("type"), PARTS_BY_ROLE[str(role)], f"{where}.content[{index}].type")


def _check_calls_and_outputs(items: list[JSON]) -> None:
    """Calls of the maker's own kinds may be answered too, but need not be."""
    called = {item["call_id"]: item["type"] for item in items if item.get("call_id") and "output" not in item}
    answered = {item["call_id"] for item in items if item.get("call_id") and "output" in item}
    for name in answered - called.keys():
        need(False, f"No tool call found for function call output with call_id {name}.", "input")
    for name in called.keys() - answered:
        need(called[name] not in OUTPUT_OF, f"No tool output found for function call {name}.", "input")


def _check_reasoning(items: list[JSON]) -> None:
    """Thinking that the server keeps is sent back only together with what the model made of it."""
    for item, following in zip(items, [*items[1:], {}], strict=True):
        if item.get("type") == "reasoning" and item.get("id"):
            is_models_own = following and following.get("role", "assistant") == "assistant"
            need(is_models_own, f"Item '{item['id']}' of type 'reasoning' was provided without its following item.")
