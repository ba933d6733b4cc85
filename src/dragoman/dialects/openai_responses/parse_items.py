"""Items of `input` and of `output` → parts; `parse_input.py` makes turns of those of a request.

A part that opens an item carries `_item`, the item's own marks (type, id, status, phase), so that the same items come
out again. Items without a canonical form are `Opaque` parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dragoman.dialects.openai_responses.marks import Fields, item_fields, own_extras
from dragoman.dialects.openai_responses.parse_parts import parse_content
from dragoman.dialects.openai_responses.tokens import CarriedToken, unwrap_token
from dragoman.dialects.openai_responses.wire import (
    ITEM_MARKS,
    NAME,
    NAMESPACE_JOINT,
)
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import Image, InlineData, Opaque, Part, Reasoning, Refusal, Text, ToolCall, ToolResult
from dragoman.wire.json_read import read_optional, read_required

SPOKEN = (Text, Refusal)
MESSAGE_FIELDS = frozenset({"role", "content"})
_CALL_FIELDS = frozenset({"type", "call_id", "name", "namespace", "arguments"})
_CUSTOM_CALL_FIELDS = frozenset({"type", "call_id", "name", "namespace", "input"})
_RESULT_FIELDS = frozenset({"type", "call_id", "output"})
_REASONING_FIELDS = frozenset({"type", "id", "summary", "content", "encrypted_content"})


def item_kind(item: Fields) -> str:
    """The item's type; messages and references may leave it out."""
    kind = item.get("type")
    if type(kind) is str:
        return kind
    if kind is not None:
        raise invalid("This field must be a string.", "type")
    if "role" in item:
        return "message"
    if type(item.get("id")) is str:
        return "item_reference"
    raise invalid("This field is required and must be a string.", "type")


def parse_output_item(item: Fields) -> list[Part]:
    """One item of the assistant's side. A message gives one part for each piece of its content."""
    kind = item_kind(item)
    if kind == "message":
        return parse_assistant_message(item)
    parse = _PARSERS.get(kind)
    return [Opaque(NAME, kind, item) if parse is None else parse(item)]


def flat_tool_name(name: str, namespace: str | None) -> str:
    """The one name that a tool of a namespace has in the model and in dialects without namespaces."""
    return name if namespace is None else f"{namespace}{NAMESPACE_JOINT}{name}"


# -- messages --------------------------------------------------------------------------------------------------------


def read_item_marks(item: Fields) -> Fields:
    """What a message of the assistant says of itself: its marks, and its unknown fields under `message.…`."""
    opening: Fields = {}
    marks: Fields = {"_item": opening}
    for name, value in item.items():
        if name in ITEM_MARKS:
            opening[name] = value
        elif name not in MESSAGE_FIELDS:
            marks[f"message.{name}"] = value
    return marks


def parse_assistant_message(item: Fields, *, is_marked: bool = True) -> list[Part]:
    """The first part carries what the message says of itself, if that is worth a mark."""
    content = item.get("content")
    if type(content) is str:
        return [Text(content, extras={NAME: read_item_marks(item) | {"_string": True}})]
    parts = [] if content is None else parse_content_field(content, "output_text")
    for part in parts:
        if not isinstance(part, SPOKEN):
            return [Opaque(NAME, "message", item)]
    if not parts:
        return [Opaque(NAME, "message", item)]
    if not is_marked:
        return parts
    first: Any = parts[0]
    marks = read_item_marks(item)
    if first.extras is not None:
        marks.update(first.extras[NAME])
    parts[0] = msgspec.structs.replace(first, extras={NAME: marks})
    return parts


def parse_content_field(content: Any, natural: str) -> list[Part]:
    """The content of a message that has it in a list."""
    if type(content) is not list:
        raise invalid("This field is required and must be a string or an array.", "content")
    try:
        return parse_content(content, natural)
    except DragomanError as error:
        raise error.under("content") from None


# -- calls and results -----------------------------------------------------------------------------------------------


def _parse_call(item: Fields) -> Part:
    return _read_call(item, "arguments", _CALL_FIELDS)


def _parse_custom_call(item: Fields) -> Part:
    return msgspec.structs.replace(_read_call(item, "input", _CUSTOM_CALL_FIELDS), kind="custom")


def _read_call(item: Fields, arguments: str, known: frozenset[str]) -> ToolCall:
    marks = item_fields(item, known)
    namespace = read_optional(item, "namespace", str)
    if namespace is not None:
        marks["_namespace"] = namespace
    return ToolCall(
        id=read_required(item, "call_id", str),
        name=flat_tool_name(read_required(item, "name", str), namespace),
        arguments=read_required(item, arguments, str),
        extras=own_extras(marks),
    )


def _parse_result(item: Fields) -> ToolResult:
    marks = item_fields(item, _RESULT_FIELDS)
    output = item.get("output")
    if type(output) is str:
        parts: list[Part] = [Text(output)]
    elif type(output) is list:
        marks["_list"] = True
        try:
            parts = parse_content(output, "input_text")
        except DragomanError as error:
            raise error.under("output") from None
    else:
        raise invalid("This field is required and must be a string or an array.", "output")
    return ToolResult(read_required(item, "call_id", str), parts, extras=own_extras(marks))


def _parse_custom_result(item: Fields) -> ToolResult:
    return msgspec.structs.replace(_parse_result(item), kind="custom")


# -- reasoning -------------------------------------------------------------------------------------------------------


def _parse_reasoning(item: Fields) -> Part:
    token = read_token(item)
    if token is not None and token.call_id is None:
        return _open_token(token, item)
    encrypted = read_optional(item, "encrypted_content", str)
    marks = item_fields(item, _REASONING_FIELDS)
    marks.setdefault("_item", {})
    if encrypted is not None:
        marks["minted"] = True
    elif "encrypted_content" in item:
        marks["_encrypted_null"] = True
    summary = _read_texts(item, "summary", "summary_text", marks)
    content = _read_texts(item, "content", "reasoning_text", marks)
    if content is not None and len(content) != 1:
        marks["_content"] = item["content"]
    return Reasoning(
        text="\n\n".join(content or ()),
        summary=summary,
        encrypted=encrypted,
        id=read_optional(item, "id", str),
        extras={NAME: marks},
    )


def read_token(item: Fields) -> CarriedToken | None:
    """What an item of thinking carries for another dialect."""
    encrypted = item.get("encrypted_content")
    return unwrap_token(encrypted) if type(encrypted) is str else None


def _read_texts(item: Fields, name: str, kind: str, marks: Fields) -> list[str] | None:
    """The texts of a list of `{type, text}`. A list that holds anything else is kept whole beside them."""
    values = read_optional(item, name, list)
    if values is None:
        return None
    texts = [value["text"] for value in values if type(value) is dict and type(value.get("text")) is str]
    if [{"type": kind, "text": text} for text in texts] != values:
        marks[f"_{name}"] = values
    return texts


def _open_token(token: CarriedToken, item: Fields) -> Reasoning:
    """Thinking of another dialect comes home: its tokens get their minter's mark back."""
    return Reasoning(
        text=token.text,
        signature=token.signature,
        encrypted=token.encrypted,
        redacted=token.redacted,
        id=read_optional(item, "id", str),
        extras={token.minter: {"minted": True}},
    )


# -- other items -----------------------------------------------------------------------------------------------------


def _parse_generated_image(item: Fields) -> Part:
    result = item.get("result")
    if type(result) is not str or not result:
        return Opaque(NAME, "image_generation_call", item)
    kind = item.get("output_format")
    media_type = f"image/{kind}" if type(kind) is str else "image/png"
    marks = {name: value for name, value in item.items() if name != "result"}
    return Image(InlineData(media_type, result), extras={NAME: {"_item": marks}})


RESULTS: dict[str, Callable[[Fields], ToolResult]] = {
    "function_call_output": _parse_result,
    "custom_tool_call_output": _parse_custom_result,
}

_PARSERS: dict[str, Callable[[Fields], Part]] = {
    "function_call": _parse_call,
    "custom_tool_call": _parse_custom_call,
    "reasoning": _parse_reasoning,
    "image_generation_call": _parse_generated_image,
}
