"""OpenAI Chat Completions, as OpenAI speaks it, with the reasoning fields that compatible servers add.

Specification: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from tests.simulator import chat_rules
from tests.simulator.complaint import ComplaintError
from tests.simulator.dialect import Event, Turn, last_text, letters
from tests.simulator.openai_envelope import describe_error, openai_headers, openai_models
from tests.simulator.say import (
    JSON,
    Finish,
    Part,
    Parts,
    Refusal,
    Text,
    Thinking,
    Tokens,
    ToolCall,
    cut_arguments,
    cut_pieces,
    join_arguments,
)

NAME = "openai-chat"
CARRIERS = ("authorization", "api-key")
LINE_END = "\n"
INDENT = 2
PING = None

FINISH: dict[Finish, str] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "refusal": "stop",
    "content_filter": "content_filter",
    "stop_sequence": "stop",
    "pause": "stop",
}

check = chat_rules.check
headers = openai_headers
models = openai_models


def last_user_text(body: JSON) -> str:
    return last_text(body.get("messages"))


def count(tokens: int) -> JSON:
    """This dialect has no such operation."""
    raise ComplaintError(404)


def error(complaint: ComplaintError, request_id: str) -> JSON:
    return {"error": describe_error(complaint)}


def error_events(complaint: ComplaintError, turn: Turn, sent: list[Event]) -> list[Event]:
    return [Event("error", error(complaint, ""))]


def answer(turn: Turn) -> JSON:
    choices = [
        {
            "index": index,
            "message": _message(turn, parts, index),
            "logprobs": _logprobs(turn, _spoken(parts)),
            "finish_reason": FINISH[turn.finishes[index]],
        }
        for index, parts in enumerate(turn.candidates)
    ]
    usage = {"usage": _usage(turn.reported)} if turn.reported else {}
    return _envelope(turn, "chat.completion") | {"choices": choices} | usage | {"service_tier": "default"}


def _message(turn: Turn, parts: Parts, index: int) -> JSON:
    refusals = [part.text for part in parts if isinstance(part, Refusal)]
    calls = [part for part in parts if isinstance(part, ToolCall)]
    message: JSON = {
        "role": "assistant",
        "content": "".join(_spoken(parts)) or None,
        "refusal": "".join(refusals) if refusals else None,
        "annotations": _annotations(parts),
    }
    if thought := "".join(part.text for part in parts if isinstance(part, Thinking)):
        message[turn.say.reasoning_field] = thought
    if calls:
        message["tool_calls"] = [
            _call_start(turn, call, index, place) | {"function": {"name": call.name, "arguments": join_arguments(call)}}
            for place, call in enumerate(calls)
        ]
    return message


def _call_start(turn: Turn, call: ToolCall, index: int, place: int) -> JSON:
    return {"id": call.id or turn.id("call_", 24, "call", index, place), "type": "function"}


def _spoken(parts: Parts) -> list[str]:
    return [part.text for part in parts if isinstance(part, Text)]


def _annotations(parts: Parts) -> list[JSON]:
    return [
        {
            "type": "url_citation",
            "url_citation": {"start_index": c.start, "end_index": c.end, "title": c.title, "url": c.url},
        }
        for part in parts
        if isinstance(part, Text)
        for c in part.citations
    ]


def _logprobs(turn: Turn, texts: list[str]) -> JSON | None:
    if turn.call.body.get("logprobs") is not True:
        return None
    size = turn.say.piece_size
    return {"content": [_token(turn, piece) for text in texts for piece in cut_pieces(text, size)], "refusal": None}


def _token(turn: Turn, piece: str) -> JSON:
    token = {"token": piece, "logprob": -0.125, "bytes": list(piece.encode())}
    return token | {"top_logprobs": [token] * int(turn.call.body.get("top_logprobs") or 0)}


def _usage(usage: Tokens) -> JSON:
    return {
        "prompt_tokens": usage.all_input,
        "completion_tokens": usage.all_output,
        "total_tokens": usage.all_input + usage.all_output,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached,
            "audio_tokens": 0,
            "cache_write_tokens": usage.all_cache_write,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _envelope(turn: Turn, kind: str) -> JSON:
    return {
        "id": turn.id("chatcmpl-", 29),
        "object": kind,
        "created": turn.created,
        "model": turn.model,
        "system_fingerprint": f"fp_{letters(10, turn.model).lower()}",
    }


def events(turn: Turn) -> Iterator[Event]:
    """Candidates take turns, as they do at the maker's."""
    wants_usage = (turn.call.body.get("stream_options") or {}).get("include_usage") is True
    base = _envelope(turn, "chat.completion.chunk") | {"service_tier": "default"}
    silence = {"usage": None} if wants_usage and turn.reported else {}
    each = [_candidate_deltas(turn, parts, index) for index, parts in enumerate(turn.candidates)]
    for row in zip_longest(*each):
        for index, step in enumerate(row):
            if step is None:
                continue
            label, delta, finish = step
            logprobs = _logprobs(turn, [delta["content"]]) if label == "text" else None
            choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
            chunk = base | {"choices": [choice]} | silence | {"obfuscation": letters(7, label, delta)}
            yield Event(label, chunk, content=label in CONTENT)
    if wants_usage and turn.reported:
        yield Event("usage", base | {"choices": [], "usage": _usage(turn.reported), "obfuscation": ""})
    yield Event("[DONE]", "[DONE]")


Delta = tuple[str, JSON, str | None]

CONTENT = frozenset({"text", "thinking", "refusal", "tool_call", "arguments"})


def _candidate_deltas(turn: Turn, parts: Parts, index: int) -> Iterator[Delta]:
    calls_at_once = isinstance(parts[0], ToolCall)
    yield "role", {"role": "assistant", "content": None if calls_at_once else "", "refusal": None}, None
    place = 0
    for part in parts:
        yield from DELTAS[type(part)](turn, part, (index, place))
        place += isinstance(part, ToolCall)
    yield "finish", {}, FINISH[turn.finishes[index]]


def _text_deltas(turn: Turn, part: Text, where: tuple[int, int]) -> Iterator[Delta]:
    for piece in cut_pieces(part.text, turn.say.piece_size):
        yield "text", {"content": piece}, None
    if part.citations:
        yield "citation", {"annotations": _annotations((part,))}, None


def _thinking_deltas(turn: Turn, part: Thinking, where: tuple[int, int]) -> Iterator[Delta]:
    for piece in cut_pieces(part.text, turn.say.piece_size):
        yield "thinking", {turn.say.reasoning_field: piece}, None


def _refusal_deltas(turn: Turn, part: Refusal, where: tuple[int, int]) -> Iterator[Delta]:
    for piece in cut_pieces(part.text, turn.say.piece_size):
        yield "refusal", {"refusal": piece}, None


def _call_deltas(turn: Turn, part: ToolCall, where: tuple[int, int]) -> Iterator[Delta]:
    index, place = where
    start = _call_start(turn, part, index, place) | {"function": {"name": part.name, "arguments": ""}}
    yield "tool_call", {"tool_calls": [{"index": place} | start]}, None
    for piece in cut_arguments(part, turn.say.piece_size):
        yield "arguments", {"tool_calls": [{"index": place, "function": {"arguments": piece}}]}, None


DELTAS: dict[type[Part], Callable[[Turn, Any, tuple[int, int]], Iterator[Delta]]] = {
    Text: _text_deltas,
    Thinking: _thinking_deltas,
    Refusal: _refusal_deltas,
    ToolCall: _call_deltas,
}
