"""Reads requests of Bedrock's Converse, as the service at the other end would: no client of ours speaks that dialect, so
only the crossings need it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from dragoman.dialects.bedrock_converse.wire import (
    AUDIO_FORMATS,
    DOCUMENT_FORMATS,
    IMAGE_FORMATS,
    TIER_BY_CANONICAL,
    VIDEO_FORMATS,
)
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    File,
    Image,
    InlineData,
    Part,
    PartList,
    PlainText,
    Reasoning,
    Source,
    StoredFile,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from dragoman.model.request import (
    FunctionTool,
    JsonSchemaOutput,
    ReasoningRequest,
    Request,
    Role,
    Sampling,
    Tool,
    ToolChoice,
    Turn,
)

Fields = dict[str, Any]

KNOWN = frozenset(
    """messages system inferenceConfig toolConfig outputConfig additionalModelRequestFields
    additionalModelResponseFieldPaths serviceTier requestMetadata""".split()
)
CHOICES: dict[str, ToolChoice] = {"auto": ToolChoice("auto"), "any": ToolChoice("required")}


def _types(formats: dict[str, str]) -> dict[str, str]:
    """The first media type of each format."""
    return {word: media_type for media_type, word in reversed(formats.items())}


MEDIA_TYPES = {
    "image": _types(IMAGE_FORMATS),
    "document": _types(DOCUMENT_FORMATS),
    "video": _types(VIDEO_FORMATS),
    "audio": _types(AUDIO_FORMATS),
}
TIERS = _types(TIER_BY_CANONICAL)


def read_request(body: bytes, model: str, *, is_stream: bool) -> Request:
    """What the request says."""
    fields = json.loads(body)
    assert fields.keys() <= KNOWN, fields.keys() - KNOWN
    turns = [Turn("system", read_blocks(fields["system"]))] if "system" in fields else []
    for message in fields["messages"]:
        turns += read_message(message)
    inference, extra = fields.get("inferenceConfig", {}), fields.get("additionalModelRequestFields", {})
    config = fields.get("toolConfig")
    tier = fields.get("serviceTier", {}).get("type")
    return Request(
        model,
        turns,
        tools=read_tools(config["tools"]) if config else None,
        tool_choice=read_choice(config.get("toolChoice")) if config else None,
        output=read_output(fields.get("outputConfig", {})),
        sampling=Sampling(inference.get("temperature"), inference.get("topP"), extra.get("top_k")),
        max_output_tokens=inference.get("maxTokens"),
        stop=inference.get("stopSequences"),
        reasoning=read_reasoning(extra.get("thinking"), fields.get("outputConfig", {}).get("effort")),
        stream=is_stream,
        metadata=fields.get("requestMetadata"),
        service_tier=TIERS[tier] if tier else None,
    )


# -- turns -----------------------------------------------------------------------------------------------------------


def read_message(message: Fields) -> list[Turn]:
    """A message's turns: results of tools stand in turns of their own."""
    role: Role = message["role"]
    turns: list[Turn] = []
    for part in read_blocks(message["content"]):
        speaker: Role = "tool" if isinstance(part, ToolResult) else role
        if turns and turns[-1].role == speaker:
            turns[-1].parts.append(part)
        else:
            turns.append(Turn(speaker, [part], joined=bool(turns)))
    return turns


def read_blocks(blocks: list[Fields]) -> list[Part]:
    """Blocks; a cache point belongs to the part before it."""
    parts: list[Part] = []
    for block in blocks:
        ((word, value),) = block.items()
        if word == "cachePoint":
            parts[-1] = replace(parts[-1], cache=CacheBreakpoint(value.get("ttl")))
        else:
            parts.append(BLOCKS[word](value))
    return parts


def _read_text(text: str) -> Part:
    assert text.strip(), "blank text is refused"
    return Text(text)


def _read_reasoning(value: Fields) -> Part:
    if "redactedContent" in value:
        return Reasoning(redacted=value["redactedContent"])
    return Reasoning(value["reasoningText"]["text"], signature=value["reasoningText"].get("signature"))


def _read_call(value: Fields) -> Part:
    return ToolCall(value["toolUseId"], value["name"], json.dumps(value["input"]))


def _read_result(value: Fields) -> Part:
    is_error = {"error": True, "success": False, None: None}[value.get("status")]
    return ToolResult(value["toolUseId"], read_blocks(value["content"]), is_error=is_error)


def _read_document(value: Fields) -> Part:
    cite = value.get("citations", {}).get("enabled")
    return File(_read_source("document", value), value["name"], value.get("context"), cite)


def _read_source(word: str, value: Fields) -> Source:
    media_type = MEDIA_TYPES[word].get(value.get("format", ""), "")
    source = value["source"]
    if "bytes" in source:
        return InlineData(media_type, source["bytes"])
    if "text" in source:
        return PlainText(source["text"], media_type)
    if "content" in source:
        return PartList(read_blocks(source["content"]))
    return StoredFile(source["s3Location"]["uri"])


BLOCKS: dict[str, Callable[[Any], Part]] = {
    "text": _read_text,
    "image": lambda value: Image(_read_source("image", value)),
    "video": lambda value: Video(_read_source("video", value)),
    "audio": lambda value: Audio(_read_source("audio", value)),
    "document": _read_document,
    "reasoningContent": _read_reasoning,
    "toolUse": _read_call,
    "toolResult": _read_result,
}


# -- the rest --------------------------------------------------------------------------------------------------------


def read_tools(entries: list[Fields]) -> list[Tool]:
    tools: list[Tool] = []
    for entry in entries:
        if "cachePoint" in entry:
            tools[-1] = replace(tools[-1], cache=CacheBreakpoint(entry["cachePoint"].get("ttl")))
        else:
            spec = entry["toolSpec"]
            schema = spec["inputSchema"]["json"]
            tools.append(FunctionTool(spec["name"], spec.get("description"), schema, spec.get("strict")))
    return tools


def read_choice(choice: Fields | None) -> ToolChoice | None:
    if choice is None:
        return None
    return ToolChoice("required", [choice["tool"]["name"]]) if "tool" in choice else CHOICES[next(iter(choice))]


def read_output(config: Fields) -> JsonSchemaOutput | None:
    if "textFormat" not in config:
        return None
    definition = config["textFormat"]["structure"]["jsonSchema"]
    return JsonSchemaOutput(json.loads(definition["schema"]), definition.get("name"), definition.get("description"))


def read_reasoning(thinking: Fields | None, effort: Any) -> ReasoningRequest | None:
    if thinking is None:
        return ReasoningRequest(effort=effort, effort_only=True) if effort else None
    modes: dict[str, Any] = {"enabled": "on", "disabled": "off", "adaptive": "adaptive"}
    displays: dict[str | None, Any] = {"summarized": "summary", "omitted": "omitted", None: None}
    return ReasoningRequest(
        modes[thinking["type"]],
        effort,
        thinking.get("budget_tokens"),
        display=displays[thinking.get("display")],
    )
