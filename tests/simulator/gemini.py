"""Gemini generateContent.

Specification: https://ai.google.dev/api/generate-content. A stream is the answer in instalments: each chunk is a whole
response with the parts that are new, and the last piece of content travels with the finish reason. Thinking has no
signature of its own: it rides on the part that comes after.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from tests.simulator import gemini_envelope, gemini_rules
from tests.simulator.complaint import ComplaintError
from tests.simulator.dialect import Event, Turn, last_text
from tests.simulator.say import (
    JSON,
    Citation,
    Finish,
    Part,
    Parts,
    Refusal,
    Text,
    Thinking,
    Tokens,
    ToolCall,
    cut_pieces,
    parse_arguments,
)

check = gemini_rules.check
error = gemini_envelope.error
headers = gemini_envelope.headers
models = gemini_envelope.models

NAME = "gemini"
CARRIERS = ("x-goog-api-key", "key", "authorization")  # the last one at Vertex AI
LINE_END = "\r\n"
INDENT = 2
PING = None

FINISH: dict[Finish, str] = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "tool_calls": "STOP",
    "refusal": "SAFETY",
    "content_filter": "SAFETY",
    "stop_sequence": "STOP",
    "pause": "OTHER",
}


class Wired(NamedTuple):
    """One part as it is on the wire, and what kind of event brings it."""

    label: str
    part: JSON


def last_user_text(body: JSON) -> str:
    return last_text(body.get("contents"), "parts")


def count(tokens: int) -> JSON:
    return {"totalTokens": tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}]}


def error_events(complaint: ComplaintError, turn: Turn, sent: list[Event]) -> list[Event]:
    return [Event("error", error(complaint, ""))]


def answer(turn: Turn) -> JSON:
    if _is_blocked(turn):
        return _response(turn, None, turn.reported)
    whole = 1 << 62
    candidates = [
        _candidate(turn, index, [wired.part for wired in _wire_parts(turn, parts, whole)], is_last=True)
        for index, parts in enumerate(turn.candidates)
    ]
    return _response(turn, candidates, turn.reported)


def events(turn: Turn) -> Iterator[Event]:
    """Candidates take turns; usage grows from chunk to chunk."""
    if _is_blocked(turn):
        yield Event("blocked", _response(turn, None, turn.reported), content=True)
        return
    each = [list(_wire_parts(turn, parts, turn.say.piece_size)) or [EMPTY] for parts in turn.candidates]
    whole, done = sum(len(pieces) for pieces in each), 0
    for place, row in enumerate(zip_longest(*each)):
        for index, wired in enumerate(row):
            if wired is not None:
                done += 1
                is_last = place == len(each[index]) - 1
                usage = turn.reported.share(done, whole) if turn.reported else None
                chunk = _response(turn, [_candidate(turn, index, [wired.part], is_last=is_last)], usage)
                yield Event(f"{wired.label}+finish" if is_last else wired.label, chunk, content=True)


EMPTY = Wired("empty", {"text": ""})


def _is_blocked(turn: Turn) -> bool:
    """The prompt was refused before any candidate: a script of a filter and nothing but a refusal."""
    only_refuses = all(isinstance(part, Refusal) for part in turn.candidates[0])
    return only_refuses and turn.say.finish == "content_filter"


def _response(turn: Turn, candidates: list[JSON] | None, usage: Tokens | None) -> JSON:
    said: JSON = {"candidates": candidates}
    if candidates is None:
        said = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
    metered = {"usageMetadata": _usage(usage)} if usage else {}
    return said | metered | {"modelVersion": turn.model, "responseId": turn.id("", 22)}


def _candidate(turn: Turn, index: int, parts: list[JSON], *, is_last: bool) -> JSON:
    candidate: JSON = {"index": index}
    if parts and parts != [EMPTY.part]:
        candidate["content"] = {"parts": parts, "role": "model"}
    if is_last:
        candidate["finishReason"] = FINISH[turn.finishes[index]]
        candidate |= _finish_message(turn.candidates[index]) | _sources(turn.candidates[index])
    return candidate


def _finish_message(parts: Parts) -> JSON:
    refusals = [part.text for part in parts if isinstance(part, Refusal)]
    if refusals:
        rating = {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": True}
        return {"finishMessage": "".join(refusals), "safetyRatings": [rating]}
    if any(isinstance(part, ToolCall) for part in parts):
        return {"finishMessage": "Model generated function call(s)."}
    return {}


def _sources(parts: Parts) -> JSON:
    """Where the text comes from: pages that were searched, or passages of the prompt."""
    cited = [citation for part in parts if isinstance(part, Text) for citation in part.citations]
    pages = [citation for citation in cited if citation.document is None]
    passages = [{"startIndex": c.start, "endIndex": c.end, "uri": c.url} for c in cited if c.document is not None]
    sources: JSON = {"citationMetadata": {"citationSources": passages}} if passages else {}
    return sources | ({"groundingMetadata": _grounding(pages)} if pages else {})


def _grounding(pages: list[Citation]) -> JSON:
    return {
        "webSearchQueries": [],
        "groundingChunks": [{"web": {"uri": page.url, "title": page.title}} for page in pages],
        "groundingSupports": [
            {
                "segment": {"startIndex": page.start, "endIndex": page.end, "text": page.quote},
                "groundingChunkIndices": [index],
            }
            for index, page in enumerate(pages)
        ],
    }


def _wire_parts(turn: Turn, parts: Parts, size: int) -> Iterator[Wired]:
    """Every part in pieces. A signature waits for the next part that is no thinking, or gets an empty one."""
    waiting: str | None = None
    for part in parts:
        match part:
            case Thinking(text, signature, redacted):
                yield from (Wired("thinking", {"text": piece, "thought": True}) for piece in cut_pieces(text, size))
                waiting = signature or redacted or turn.secret("thinking", text)
            case Text(text):
                pieces = [{"text": piece} for piece in cut_pieces(text, size)]
                yield from _sign("text", pieces, part.signature or waiting)
                waiting = None
            case ToolCall():
                yield from _sign("tool_call", [{"functionCall": _call(part)}], part.signature or waiting)
                waiting = None
    if waiting:
        yield Wired("signature", {"text": "", "thoughtSignature": waiting})


def _sign(label: str, pieces: list[JSON], signature: str | None) -> Iterator[Wired]:
    *before, last = pieces or [{"text": ""}]
    yield from (Wired(label, piece) for piece in before)
    yield Wired(label, last | ({"thoughtSignature": signature} if signature else {}))


def _call(part: Part) -> JSON:
    assert isinstance(part, ToolCall)
    named = {"id": part.id} if part.id else {}
    return named | {"name": part.name, "args": parse_arguments(part)}


def _usage(usage: Tokens) -> JSON:
    """The prompt counts with what a cache held, the candidates without the thinking."""
    counted: JSON = {"promptTokenCount": usage.all_input}
    if usage.output:
        counted["candidatesTokenCount"] = usage.output
    counted["totalTokenCount"] = usage.all_input + usage.all_output
    if usage.cached:
        counted["cachedContentTokenCount"] = usage.cached
        counted["cacheTokensDetails"] = [{"modality": "TEXT", "tokenCount": usage.cached}]
    counted["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": usage.all_input}]
    if usage.reasoning:
        counted["thoughtsTokenCount"] = usage.reasoning
    return counted
