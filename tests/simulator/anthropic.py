"""Anthropic Messages.

Specification: https://docs.claude.com/en/api/messages and …/streaming. Input tokens are reported without those that a
cache held; output tokens include the thinking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.simulator import anthropic_envelope, anthropic_rules
from tests.simulator.complaint import ComplaintError
from tests.simulator.dialect import Event, Turn, last_text
from tests.simulator.say import (
    JSON,
    Citation,
    Finish,
    Part,
    Refusal,
    Text,
    Thinking,
    Tokens,
    ToolCall,
    cut_arguments,
    cut_pieces,
    parse_arguments,
)

check = anthropic_rules.check
headers = anthropic_envelope.headers
models = anthropic_envelope.models
error = anthropic_envelope.error

NAME = "anthropic"
CARRIERS = ("x-api-key", "authorization")  # the maker's SDK uses the second since 2.12
LINE_END = "\n"
INDENT = 0
PING = Event("ping", {"type": "ping"}, "ping")

STOP_REASON: dict[Finish, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "refusal": "refusal",
    "content_filter": "refusal",
    "stop_sequence": "stop_sequence",
    "pause": "pause_turn",
}


def last_user_text(body: JSON) -> str:
    return last_text(body.get("messages"))


def count(tokens: int) -> JSON:
    return {"input_tokens": tokens}


def error_events(complaint: ComplaintError, turn: Turn, sent: list[Event]) -> list[Event]:
    return [Event("error", error(complaint, ""), "error")]


def answer(turn: Turn) -> JSON:
    content = [BLOCKS[type(part)](turn, part, index) for index, part in enumerate(_shown(turn))]
    usage = {"usage": _usage_at_start(turn.reported) | _usage_at_end(turn.reported)} if turn.reported else {}
    return _message(turn) | {"content": content} | _stop(turn) | usage


def _shown(turn: Turn) -> list[Part]:
    """There is one candidate, and a refusal is no block but a reason to stop."""
    return [part for part in turn.candidates[0] if not isinstance(part, Refusal)]


def _message(turn: Turn) -> JSON:
    return {"id": turn.id("msg_01", 22), "type": "message", "role": "assistant", "model": turn.model}


def _stop(turn: Turn) -> JSON:
    words = [part.text for part in turn.candidates[0] if isinstance(part, Refusal)]
    details = {"type": "refusal", "category": None, "explanation": "".join(words)} if words else None
    return {
        "stop_reason": STOP_REASON[turn.finishes[0]],
        "stop_sequence": turn.say.stop_sequence,
        "stop_details": details,
    }


def _text_block(turn: Turn, part: Text, index: int) -> JSON:
    cited = {"citations": [_citation(citation) for citation in part.citations]} if part.citations else {}
    return {"type": "text", "text": part.text} | cited


def _thinking_block(turn: Turn, part: Thinking, index: int) -> JSON:
    if part.redacted is not None:
        return {"type": "redacted_thinking", "data": part.redacted}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature or turn.secret("thinking", index)}


def _call_block(turn: Turn, part: ToolCall, index: int) -> JSON:
    call_id = part.id or turn.id("toolu_01", 22, "call", index)
    return {"type": "tool_use", "id": call_id, "name": part.name, "input": parse_arguments(part)}


BLOCKS: dict[type[Part], Callable[[Turn, Any, int], JSON]] = {
    Text: _text_block,
    Thinking: _thinking_block,
    ToolCall: _call_block,
}


def _citation(citation: Citation) -> JSON:
    if citation.document is None:
        return {
            "type": "web_search_result_location",
            "cited_text": citation.quote,
            "url": citation.url,
            "title": citation.title or None,
            "encrypted_index": "c2ltdWxhdGVk",
        }
    return {
        "type": "char_location",
        "cited_text": citation.quote,
        "document_index": citation.document,
        "document_title": citation.title or None,
        "start_char_index": citation.start,
        "end_char_index": citation.end,
        "file_id": None,
    }


def _usage_at_start(usage: Tokens) -> JSON:
    return {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.all_cache_write,
        "cache_read_input_tokens": usage.cached,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
        },
        "output_tokens": min(1, usage.all_output),
        "service_tier": "standard",
        "inference_geo": "global",
    }


def _usage_at_end(usage: Tokens) -> JSON:
    """Everything so far, not a difference."""
    thought = {"output_tokens_details": {"thinking_tokens": usage.reasoning}} if usage.reasoning else {}
    return {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.all_cache_write,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.all_output,
    } | thought


def events(turn: Turn) -> Iterator[Event]:
    nothing_yet: JSON = {"content": [], "stop_reason": None, "stop_sequence": None, "stop_details": None}
    usage = {"usage": _usage_at_start(turn.reported)} if turn.reported else {}
    yield _event("message_start", message=_message(turn) | nothing_yet | usage)
    for index, part in enumerate(_shown(turn)):
        yield _event("content_block_start", index=index, content_block=_opening(turn, part, index))
        if index == 0:
            yield PING
        for delta in DELTAS[type(part)](turn, part, index):
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    usage = {"usage": _usage_at_end(turn.reported)} if turn.reported else {}
    yield _event("message_delta", delta=_stop(turn), **usage)
    yield _event("message_stop")


def _event(kind: str, **fields: Any) -> Event:
    return Event(kind, {"type": kind} | fields, kind, content=kind == "content_block_delta")


EMPTY: dict[str, JSON] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
    "redacted_thinking": {},
}


def _opening(turn: Turn, part: Part, index: int) -> JSON:
    """The block with nothing in it yet."""
    block = BLOCKS[type(part)](turn, part, index)
    cited: JSON = {"citations": []} if "citations" in block else {}
    return block | EMPTY[block["type"]] | cited


def _text_deltas(turn: Turn, part: Text, index: int) -> Iterator[JSON]:
    for piece in cut_pieces(part.text, turn.say.piece_size):
        yield {"type": "text_delta", "text": piece}
    for citation in part.citations:
        yield {"type": "citations_delta", "citation": _citation(citation)}


def _thinking_deltas(turn: Turn, part: Thinking, index: int) -> Iterator[JSON]:
    if part.redacted is None:
        for piece in cut_pieces(part.text, turn.say.piece_size):
            yield {"type": "thinking_delta", "thinking": piece}
        yield {"type": "signature_delta", "signature": part.signature or turn.secret("thinking", index)}


def _call_deltas(turn: Turn, part: ToolCall, index: int) -> Iterator[JSON]:
    for piece in ["", *cut_arguments(part, turn.say.piece_size)]:
        yield {"type": "input_json_delta", "partial_json": piece}


DELTAS: dict[type[Part], Callable[[Turn, Any, int], Iterator[JSON]]] = {
    Text: _text_deltas,
    Thinking: _thinking_deltas,
    ToolCall: _call_deltas,
}
