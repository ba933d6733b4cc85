"""Parts to content blocks, and the tables that say which part may stand where.

A part that its place does not allow is left out, and said so. So is what the API refuses in any case: blank text, and
thinking that nobody signed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dragoman.dialects.bedrock_converse import wire
from dragoman.dialects.bedrock_converse.emission import Emission
from dragoman.dialects.bedrock_converse.emit_media import emit_audio, emit_file, emit_image, emit_video
from dragoman.model.content import (
    Audio,
    File,
    Image,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from dragoman.wire.json_read import Fields

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

Emit = Callable[[Any, Emission], Fields | None]
Table = dict[type, Emit]
"""What may stand in a place, and how it is said there."""


def emit_parts(parts: list[Part], table: Table, emission: Emission, *, has_points: bool = True) -> list[Fields]:
    """The blocks for these parts, with their cache points; losses get the part's index into their path."""
    blocks: list[Fields] = []
    for index, part in enumerate(parts):
        mark = len(emission.losses)
        block = table.get(type(part), _emit_nothing)(part, emission)
        if block is not None:
            blocks.append(block)
        if block is not None and not isinstance(part, Opaque):
            emission.report_extras(part.extras)
            if getattr(part, "cache", None) is not None:
                blocks += _emit_cache(part, emission, has_points=has_points)
        if len(emission.losses) > mark:
            emission.under(mark, f"parts[{index}]")
    return blocks


def _emit_cache(part: Part, emission: Emission, *, has_points: bool) -> list[Fields]:
    if has_points:
        return emission.emit_cache(part)
    emission.lose("dropped", "cache", "cache points stand between blocks only")
    return []


def _emit_nothing(part: Part, emission: Emission) -> None:
    emission.lose("dropped", "", f"{part.__struct_config__.tag} has no place here")


# -- text and thinking -----------------------------------------------------------------------------------------------


def _emit_text(part: Text, emission: Emission) -> Fields | None:
    if not part.text or part.text.isspace():
        emission.lose("dropped", "", "blocks of text must hold more than white space")
        return None
    if part.citations:
        emission.lose("dropped", "citations", "a request has no place for citations")
    if part.signature is not None:
        emission.lose("stripped_token", "signature")
    return {"text": part.text}


def _emit_result_text(part: Text, emission: Emission) -> Fields | None:
    """A tool that says nothing needs no block for it."""
    return _emit_text(part, emission) if part.text else None


def _emit_refusal(part: Refusal, emission: Emission) -> Fields:
    emission.lose("approximated", "", "refusal as text")
    return {"text": part.text}


def is_minted(part: Reasoning, emission: Emission) -> bool:
    """Whether the target itself signed this thinking, so that it may go back."""
    if part.extras is None or not (part.signature or part.redacted):
        return False
    if "minted" in part.extras.get(wire.NAME, {}):
        return True
    return emission.profile.converse_extras == "anthropic" and "minted" in part.extras.get(wire.ANTHROPIC, {})


def _emit_reasoning(part: Reasoning, emission: Emission) -> Fields | None:
    """Past thinking goes back to who signed it; what nobody signed only to targets that want it all the same."""
    if is_minted(part, emission):
        if part.redacted is not None:
            return {"reasoningContent": {"redactedContent": part.redacted}}
        return {"reasoningContent": {"reasoningText": {"text": part.text, "signature": part.signature}}}
    has_token = bool(part.signature or part.encrypted or part.redacted)
    if has_token:
        emission.lose("stripped_token", "", "only its minter can read it")
    text = part.text or "\n\n".join(part.summary or ())
    if text and emission.profile.replay_reasoning:
        return {"reasoningContent": {"reasoningText": {"text": text}}}
    if not has_token:
        emission.lose("dropped", "", "thinking that the target did not sign")
    return None


# -- tools -----------------------------------------------------------------------------------------------------------


def _emit_call(part: ToolCall, emission: Emission) -> Fields:
    if part.signature is not None:
        emission.lose("stripped_token", "signature")
    call = {
        "toolUseId": emission.tool_id(part.id, "id"),
        "name": emission.tool_name(part.name),
        "input": _emit_arguments(part, emission),
    }
    return {"toolUse": call}


def _emit_arguments(part: ToolCall, emission: Emission) -> Any:
    """The arguments' own bytes if they are a JSON object; anything else becomes the property `input` of one."""
    if part.kind == "custom":
        emission.lose("approximated", "", "free text is sent as the property `input`")
        return {"input": part.arguments}
    text = part.arguments
    if not text or text.isspace():
        return {}
    try:
        _decode_object(text)
        return msgspec.Raw(text.encode())
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        emission.lose("approximated", "arguments", "not a JSON object; sent as the property `input`")
        return {"input": text}


def _emit_result(part: ToolResult, emission: Emission) -> Fields:
    result: Fields = {
        "toolUseId": emission.tool_id(part.call_id, "call_id"),
        "content": emit_parts(part.parts, _RESULT_PARTS, emission, has_points=False),
    }
    if part.is_error is not None:
        result["status"] = "error" if part.is_error else "success"
    return {"toolResult": result}


def _emit_opaque(part: Opaque, emission: Emission) -> Fields | None:
    if part.dialect == wire.NAME:
        return part.value
    emission.lose("dropped", "", f"{part.kind} is known to {part.dialect} only")
    return None


# -- what may stand where --------------------------------------------------------------------------------------------

SYSTEM_PARTS: Table = {Text: _emit_text, Opaque: _emit_opaque}
USER_PARTS: Table = {
    Text: _emit_text,
    Image: emit_image,
    Audio: emit_audio,
    Video: emit_video,
    File: emit_file,
    Opaque: _emit_opaque,
}
TOOL_PARTS: Table = {ToolResult: _emit_result}
ASSISTANT_PARTS: Table = {
    Text: _emit_text,
    Refusal: _emit_refusal,
    Reasoning: _emit_reasoning,
    ToolCall: _emit_call,
    Audio: emit_audio,
    Opaque: _emit_opaque,
}
_RESULT_PARTS: Table = {
    Text: _emit_result_text,
    Image: emit_image,
    Video: emit_video,
    File: emit_file,
    Refusal: _emit_refusal,
    Opaque: _emit_opaque,
}
