"""Tools and thinking to blocks, and the tables that say which part may stand where.

A part that its place does not allow is left out, and said so. What the API refuses in any case (empty text blocks,
thinking that it did not sign) is left out too, whoever sent it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.emission import Emission, Table, emit_opaque, emit_parts, read_own
from dragoman.dialects.anthropic_messages.emit_media import emit_audio, emit_file, emit_image
from dragoman.dialects.anthropic_messages.emit_text import emit_answer_text, emit_refusal, emit_text, is_bare
from dragoman.model.content import (
    Audio,
    File,
    Image,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.wire.json_read import Fields

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_value = msgspec.json.Decoder().decode


def emit_tool_call(part: ToolCall, emission: Emission) -> Fields:
    """A past call in a request."""
    block = _emit_call(part, emission.tool_name(part.name), emission)
    emission.decorate(block, part)
    return block


def emit_answer_tool_call(part: ToolCall, emission: Emission) -> Fields:
    """A call in an answer: the name must be the one that the client knows."""
    block = _emit_call(part, part.name, emission)
    emission.decorate(block, part)
    return block


def _emit_call(part: ToolCall, name: str, emission: Emission) -> Fields:
    if part.signature is not None:
        emission.lose("stripped_token", "signature")
    return {
        "type": "tool_use",
        "id": emission.tool_id(part.id, "id"),
        "name": name,
        "input": _emit_arguments(part, emission),
    }


def _emit_arguments(part: ToolCall, emission: Emission) -> Any:
    """The arguments' own bytes if they are a JSON object; anything else becomes the property `input` of one."""
    if part.kind == "custom":
        emission.lose("approximated", "", "free text is sent as the property `input`")
        return {"input": part.arguments}
    text = part.arguments
    if text in ("", "{}") or text.isspace():
        return {}
    try:
        _decode_object(text)
        return msgspec.Raw(text.encode())
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        emission.lose("approximated", "arguments", "not a JSON object; sent as the property `input`")
    try:
        return {"input": _decode_value(text)}
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return {"input": text}


def emit_tool_result(part: ToolResult, emission: Emission) -> Fields:
    """A tool's result. Its content is a bare string where it was one, or where it is empty."""
    block: Fields = {"type": "tool_result", "tool_use_id": emission.tool_id(part.call_id, "call_id")}
    parts = part.parts
    first = parts[0] if len(parts) == 1 else None
    if type(first) is Text and (part.shorthand or not first.text) and is_bare(first):
        block["content"] = first.text
    elif parts:
        content = emit_parts(parts, RESULT_PARTS, emission)
        if content:
            block["content"] = content
    if part.is_error is not None:
        block["is_error"] = part.is_error
    if part.cache is not None or part.extras is not None:
        emission.decorate(block, part)
    return block


def is_minted(part: Reasoning) -> bool:
    """Whether Anthropic itself signed this thinking, so that it may go back."""
    return "minted" in read_own(part.extras) and bool(part.signature or part.redacted)


def emit_reasoning(part: Reasoning, emission: Emission) -> Fields | None:
    """Past thinking goes back only to its minter."""
    if not is_minted(part):
        has_token = bool(part.signature or part.encrypted or part.redacted) or part.signature == ""
        emission.lose("stripped_token" if has_token else "dropped", "", "thinking that Anthropic did not sign")
        return None
    return _emit_minted(part, emission)


def emit_unsigned_reasoning(part: Reasoning, emission: Emission) -> Fields | None:
    """For targets that want past thinking back whoever thought it."""
    if is_minted(part):
        return _emit_minted(part, emission)
    return emit_answer_reasoning(part, emission)


def emit_answer_reasoning(part: Reasoning, emission: Emission) -> Fields | None:
    """Thinking in an answer; what Anthropic did not sign carries an empty signature, which is never sent back."""
    if is_minted(part):
        return _emit_minted(part, emission)
    if part.signature or part.encrypted or part.redacted:
        emission.lose("stripped_token", "")
    text = part.text or "\n\n".join(part.summary or [])
    if not text:
        return None
    block: Fields = {"type": "thinking", "thinking": text, "signature": ""}
    emission.decorate(block, part)
    return block


def _emit_minted(part: Reasoning, emission: Emission) -> Fields:
    block: Fields = (
        {"type": "redacted_thinking", "data": part.redacted}
        if part.redacted is not None
        else {"type": "thinking", "thinking": part.text, "signature": part.signature}
    )
    if part.cache is not None or part.extras is not wire.MINTED:
        emission.decorate(block, part)
    return block


# -- what may stand where --------------------------------------------------------------------------------------------

SYSTEM_PARTS: Table = {Text: emit_text, Opaque: emit_opaque}
RESULT_PARTS: Table = {
    Text: emit_text,
    Image: emit_image,
    File: emit_file,
    Audio: emit_audio,
    Refusal: emit_refusal,
    Opaque: emit_opaque,
}
USER_PARTS: Table = RESULT_PARTS
TOOL_PARTS: Table = {ToolResult: emit_tool_result}
ASSISTANT_PARTS: Table = {
    Text: emit_text,
    Reasoning: emit_reasoning,
    ToolCall: emit_tool_call,
    Refusal: emit_refusal,
    Audio: emit_audio,
    Opaque: emit_opaque,
}
ASSISTANT_PARTS_WITH_UNSIGNED: Table = {**ASSISTANT_PARTS, Reasoning: emit_unsigned_reasoning}
ANSWER_PARTS: Table = {
    Text: emit_answer_text,
    Reasoning: emit_answer_reasoning,
    ToolCall: emit_answer_tool_call,
    Refusal: emit_refusal,
    Audio: emit_audio,
    Opaque: emit_opaque,
}
