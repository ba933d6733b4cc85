"""What Converse refuses, as far as it is cheap to see: unknown fields, blank text, speakers who do not alternate, calls
without tools, results without calls.
"""

from __future__ import annotations

import base64
import binascii
import re
from itertools import pairwise
from typing import Any

from tests.simulator.dialect import Call
from tests.simulator.rules import (
    TOOL_NAME,
    need,
    need_known,
    need_number,
    need_object,
    need_objects,
    need_one_of,
    words,
)
from tests.simulator.say import JSON

FIELDS = words(
    "messages system inferenceConfig toolConfig guardrailConfig additionalModelRequestFields promptVariables"
    " additionalModelResponseFieldPaths requestMetadata performanceConfig serviceTier outputConfig"
)
BLOCKS_BY_ROLE = {
    "user": words(
        "text image document video audio toolResult guardContent cachePoint searchResult toolAddition toolRemoval"
    ),
    "assistant": words("text image audio toolUse reasoningContent citationsContent cachePoint toolUse toolResult"),
    "system": words("text cachePoint"),
}
RESULT_BLOCKS = words("json text image document video searchResult")
ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
DOCUMENT_NAME = re.compile(r"[a-zA-Z0-9()\[\]-]+( [a-zA-Z0-9()\[\]-]+)*")
IMAGE_FORMATS = words("png jpeg gif webp")
CHOICES = words("auto any tool")
MAX_CACHE_POINTS = 4


def check(call: Call) -> None:
    """Raise a complaint about the first fault found."""
    if call.operation == "invoke":
        return
    if call.operation == "count":
        check_body(need_object(need_object(call.body.get("input"), "input").get("converse"), "input.converse"))
    else:
        check_body(call.body)


def check_body(body: JSON) -> None:
    """The same for what the call asks."""
    need_known(body, FIELDS, "Malformed input request: extraneous key [{}] is not permitted")
    for block in need_objects(body.get("system") or [], "system", may_be_empty=True):
        _check_block(block, "system", "system")
    messages = need_objects(body.get("messages"), "messages")
    need(messages[0].get("role") == "user", "A conversation must start with a user message.")
    roles = [message.get("role") for message in messages]
    need(all(one != other for one, other in pairwise(roles)), "Roles must alternate.")
    for index, message in enumerate(messages):
        need_one_of(message.get("role"), BLOCKS_BY_ROLE, f"messages.{index}.role")
        for block in need_objects(message.get("content"), f"messages.{index}.content"):
            _check_block(block, f"messages.{index}.content", message["role"])
    _check_tools(body, messages)
    _check_inference(body.get("inferenceConfig") or {})
    need(str(body).count("'cachePoint'") <= MAX_CACHE_POINTS, f"at most {MAX_CACHE_POINTS} cache points are allowed")
    names = [block["document"]["name"] for message in messages for block in message["content"] if "document" in block]
    need(len(set(names)) == len(names), "Duplicate document names.")


def _check_block(block: JSON, where: str, role: str) -> None:
    need(len(block) == 1, f"{where}: a block has one member")
    ((kind, value),) = block.items()
    need_one_of(kind, BLOCKS_BY_ROLE[role], where)
    checker = _CHECKS.get(kind)
    if checker is not None:
        checker(value, f"{where}.{kind}")


def _check_text(value: Any, where: str) -> None:
    need(isinstance(value, str) and value.strip(), f"The text field in the ContentBlock object at {where} is blank.")


def _check_image(value: Any, where: str) -> None:
    need_one_of(need_object(value, where).get("format"), IMAGE_FORMATS, f"{where}.format")
    _check_source(value, where)


def _check_document(value: Any, where: str) -> None:
    name = need_object(value, where).get("name")
    need(isinstance(name, str) and DOCUMENT_NAME.fullmatch(name), f"{where}.name: {name!r} is not allowed")
    _check_source(value, where)


def _check_source(value: JSON, where: str) -> None:
    source = need_object(value.get("source"), f"{where}.source")
    data = source.get("bytes")
    if data is not None:
        try:
            base64.b64decode(data, validate=True)
        except (binascii.Error, TypeError, ValueError):
            need(False, f"{where}.source.bytes: not valid Base64")


def _check_call(value: Any, where: str) -> None:
    call = need_object(value, where)
    _check_id(call.get("toolUseId"), where)
    need(TOOL_NAME.fullmatch(str(call.get("name"))), f"{where}.name: must match {TOOL_NAME.pattern}")
    need(isinstance(call.get("input"), dict), f"{where}.input: must be an object")


def _check_result(value: Any, where: str) -> None:
    result = need_object(value, where)
    _check_id(result.get("toolUseId"), where)
    for block in need_objects(result.get("content"), f"{where}.content", may_be_empty=True):
        need(len(block) == 1 and block.keys() <= RESULT_BLOCKS, f"{where}.content: no block of a result")


def _check_id(value: Any, where: str) -> None:
    need(isinstance(value, str) and ID.fullmatch(value), f"{where}.toolUseId: must match {ID.pattern}")


_CHECKS = {
    "text": _check_text,
    "image": _check_image,
    "document": _check_document,
    "toolUse": _check_call,
    "toolResult": _check_result,
}


def _check_tools(body: JSON, messages: list[JSON]) -> None:
    """Every call has its result in the very next message, and a conversation with calls has tools."""
    called: set[str] = set()
    for message in messages:
        blocks = message["content"]
        results = {block["toolResult"]["toolUseId"] for block in blocks if "toolResult" in block}
        need(called == results, "Expected toolResult blocks for exactly the toolUse blocks of the turn before.")
        called = {block["toolUse"]["toolUseId"] for block in blocks if "toolUse" in block}
    config = body.get("toolConfig")
    has_calls = any({"toolUse", "toolResult"} & block.keys() for message in messages for block in message["content"])
    need(config or not has_calls, "The toolConfig field must be defined when using toolUse and toolResult blocks.")
    if config is None:
        return
    tools = need_objects(need_object(config, "toolConfig").get("tools"), "toolConfig.tools")
    specs = [need_object(tool["toolSpec"], "toolSpec") for tool in tools if "toolSpec" in tool]
    for spec in specs:
        need(TOOL_NAME.fullmatch(str(spec.get("name"))), f"toolSpec.name: must match {TOOL_NAME.pattern}")
        need(spec.get("description", "x"), "toolSpec.description: must not be empty")
        schema = need_object(spec.get("inputSchema"), "inputSchema").get("json")
        need(isinstance(schema, dict) and schema.get("type") == "object", "inputSchema.json.type must be object")
    names = [spec["name"] for spec in specs]
    need(len(set(names)) == len(names), "toolConfig.tools: duplicate names")
    choice = config.get("toolChoice")
    if choice is not None:
        need(len(choice) == 1 and choice.keys() <= CHOICES, "toolConfig.toolChoice: auto, any or tool")
        need(choice.get("tool", {"name": names[0]}).get("name") in names, "toolConfig.toolChoice: no such tool")


def _check_inference(config: JSON) -> None:
    need_known(config, words("maxTokens temperature topP stopSequences"), "inferenceConfig: extraneous key [{}]")
    need_number(config, "maxTokens", 1, 10_000_000)
    need_number(config, "temperature", 0, 1)
    need_number(config, "topP", 0, 1)
