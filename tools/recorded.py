"""Recorded requests to models with the tokens that their providers counted, for `tools/calibrate.py`."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dragoman.dialects.assemble import assemble
from dragoman.dialects.base import ClientSide, ProviderSide
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError
from dragoman.model import content
from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.model.request import ProviderTool, Request
from dragoman.model.response import Response
from dragoman.model.usage import Usage

DIALECT_NAMES = {
    "openai-chat": "openai_chat",
    "openai-responses": "openai_responses",
    "anthropic": "anthropic_messages",
    "gemini": "gemini_generate",
}
"""How the recordings call a dialect, and how we do."""

_MEDIA = (content.Image, content.Audio, content.Video, content.File, content.Opaque)
_SAID = (content.Text, content.Refusal, content.ToolCall)
_ELSEWHERE = re.compile(r"cached_?content|conversation", re.IGNORECASE)


class Recorded(NamedTuple):
    """One request, and what was counted of it. `is_whole`: all that the model read is text in the request itself.
    `output` is what was counted of the answer without its thoughts, 0 where that is not known of all its parts."""

    group: str
    dialect: str
    model: str
    request: Request
    tokens: int
    is_whole: bool
    answer: Sequence[content.Part] = ()
    output: int = 0


def read_recorded(path: Path) -> Iterator[Recorded]:
    """Every request that was answered and counted."""
    decode = msgspec.json.Decoder().decode
    with gzip.open(path) as lines:
        for line in lines:
            exchange = decode(line)
            if exchange["op"] not in {"generate", "count_tokens"} or not exchange["request"]:
                continue
            try:
                found = _read(exchange)
            except DragomanError:
                continue
            if found is not None and found.tokens > 0:
                yield found


def _read(exchange: Mapping[str, Any]) -> Recorded | None:
    dialect = DIALECTS[DIALECT_NAMES[exchange["dialect"]]]
    if dialect.client is None or dialect.provider is None or not 200 <= (exchange["status"] or 0) < 300:
        return None
    request = read_request(dialect.client, exchange)
    tokens = _read_tokens(dialect.client, dialect.provider, exchange)
    if tokens is None:
        return None
    answer, output = _read_answer(dialect.provider, exchange)
    return Recorded(
        answer=answer,
        output=output,
        group=exchange["group"],
        dialect=exchange["dialect"],
        model=exchange["model"] or "",
        request=request,
        tokens=tokens,
        is_whole=is_whole(request),
    )


def read_request(client: ClientSide, exchange: Mapping[str, Any]) -> Request:
    """The request in the words of our model."""
    in_path = exchange["dialect"] == "gemini"
    path = (exchange["model"], exchange["stream"]) if in_path else (None, None)
    return client.parse_request(client.open_envelope(msgspec.json.encode(exchange["request"]), *path))


def _read_tokens(client: ClientSide, side: ProviderSide, exchange: Mapping[str, Any]) -> int | None:
    if exchange["op"] == "count_tokens":
        return side.parse_token_count(msgspec.json.encode(exchange["response"]))
    if exchange["stream"] and exchange["sse_text"]:
        in_path = exchange["dialect"] == "gemini"
        path = (exchange["model"], exchange["stream"]) if in_path else (None, None)
        envelope = client.open_envelope(msgspec.json.encode(exchange["request"]), *path)
        listener = side.open_listener(envelope, DEFAULT_PROFILE)
        listener.feed(exchange["sse_text"].encode())
        return _add_input(listener.usage)
    if exchange["response"] is None:
        return None
    return _add_input(side.read_glance(msgspec.json.encode(exchange["response"])).usage)


def _read_answer(side: ProviderSide, exchange: Mapping[str, Any]) -> tuple[Sequence[content.Part], int]:
    """The only answer, and its tokens; nothing where it has parts that are not text, or thoughts among its text."""
    try:
        response = _read_response(side, exchange)
    except DragomanError:
        return (), 0
    usage = response.usage if response is not None else None
    if response is None or usage is None or len(response.candidates) != 1:
        return (), 0
    parts = [part for part in response.candidates[0].parts if not (isinstance(part, content.Reasoning))]
    has_thoughts = len(parts) < len(response.candidates[0].parts) and not usage.reasoning
    if has_thoughts or not all(isinstance(part, _SAID) for part in parts):
        return (), 0
    return parts, usage.output


def _read_response(side: ProviderSide, exchange: Mapping[str, Any]) -> Response | None:
    if exchange["op"] != "generate":
        return None
    if exchange["sse_text"]:
        parser = side.open_parser()
        return assemble([*parser.feed(exchange["sse_text"].encode()), *parser.finish()])
    return side.parse_response(msgspec.json.encode(exchange["response"])) if exchange["response"] else None


def _add_input(usage: Usage | None) -> int | None:
    if usage is None:
        return None
    cached = usage.cache_read + usage.cache_write_5m + usage.cache_write_1h
    return usage.input + cached + usage.input_audio + usage.input_image


def is_whole(request: Request) -> bool:
    """Whether nothing that the model read lies elsewhere or is of a kind that is counted by other rules."""
    if request.previous_response_id or _ELSEWHERE.search(str(request.extras or "")):
        return False
    if any(isinstance(tool, ProviderTool) for tool in request.tools or ()):
        return False
    return not any(isinstance(part, _MEDIA) for turn in request.turns for part in _list_parts(turn.parts))


def _list_parts(parts: list[content.Part]) -> Iterator[content.Part]:
    for part in parts:
        yield part
        if isinstance(part, content.ToolResult):
            yield from _list_parts(part.parts)
