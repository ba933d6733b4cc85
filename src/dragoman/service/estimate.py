"""A guess at the number of tokens where nobody can be asked. It is always labelled as one.

The rule is one for all model families: about four bytes of UTF-8 text to a token, three of JSON (schemas, arguments),
a few tokens for the frame of each turn and tool, and a flat price for media.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dragoman.model import content
from dragoman.model.request import FunctionTool, Request
from dragoman.wire.json_document import encode_json

TEXT_BYTES_PER_TOKEN = 4.0
JSON_BYTES_PER_TOKEN = 3.0
TURN_TOKENS = 4
TOOL_TOKENS = 12
MEDIA_TOKENS = 800


def estimate_input_tokens(request: Request) -> int:
    """Tokens of everything that the model would read."""
    tokens = 3.0
    for turn in request.turns:
        tokens += TURN_TOKENS + sum(_estimate_part(part) for part in turn.parts)
    for tool in request.tools or ():
        described = tool.description or "" if not hasattr(tool, "value") else ""
        tokens += TOOL_TOKENS + _text(tool.name) + _text(described)
        if isinstance(tool, FunctionTool) and tool.schema:
            tokens += len(encode_json(tool.schema)) / JSON_BYTES_PER_TOKEN
    return max(1, round(tokens))


def _text(text: str) -> float:
    return len(text.encode("utf-8", "surrogatepass")) / TEXT_BYTES_PER_TOKEN


def _estimate_part(part: content.Part) -> float:
    estimate = _BY_KIND.get(type(part))
    return estimate(part) if estimate else MEDIA_TOKENS


def _estimate_file(part: content.File) -> float:
    return _text(part.source.text) if isinstance(part.source, content.PlainText) else MEDIA_TOKENS


def _estimate_call(part: content.ToolCall) -> float:
    return TOOL_TOKENS + _text(part.name) + len(part.arguments) / JSON_BYTES_PER_TOKEN


def _estimate_result(part: content.ToolResult) -> float:
    return TURN_TOKENS + sum(_estimate_part(inner) for inner in part.parts)


_BY_KIND: dict[type, Callable[[Any], float]] = {
    content.Text: lambda part: _text(part.text),
    content.Refusal: lambda part: _text(part.text),
    content.Reasoning: lambda part: _text(part.text),
    content.File: _estimate_file,
    content.ToolCall: _estimate_call,
    content.ToolResult: _estimate_result,
    content.Opaque: lambda part: len(encode_json(part.value)) / JSON_BYTES_PER_TOKEN,
}
