"""Amazon Bedrock's Converse.

Specification: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and …_ConverseStream.html.
Streams come in Amazon's binary framing. Input tokens are reported without those that a cache held; output tokens include
the thinking. An answer names neither its id nor its model.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.simulator import bedrock_rules
from tests.simulator.complaint import ComplaintError
from tests.simulator.dialect import Event, Turn, texts_of
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

check = bedrock_rules.check

NAME = "bedrock"
CARRIERS = ("authorization", "sigv4")
LINE_END = "\n"
INDENT = 0
PING = None

STOP_REASON: dict[Finish, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "refusal": "content_filtered",
    "content_filter": "guardrail_intervened",
    "stop_sequence": "stop_sequence",
    "pause": "end_turn",
}

EXCEPTION = {
    400: "ValidationException",
    403: "AccessDeniedException",
    401: "UnrecognizedClientException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
    529: "ServiceUnavailableException",
}
IN_STREAM = {
    "ValidationException",
    "ThrottlingException",
    "InternalServerException",
    "ServiceUnavailableException",
}


def last_user_text(body: JSON) -> str:
    messages = body.get("messages")
    for message in reversed(messages if isinstance(messages, list) else []):
        if isinstance(message, dict) and message.get("role") == "user" and (found := texts_of(message.get("content"))):
            return found[-1]
    return ""


def count(tokens: int) -> JSON:
    return {"inputTokens": tokens}


def models(names: Iterable[str]) -> JSON:
    return {"modelSummaries": [{"modelId": name} for name in names]}


def headers(request_id: str) -> dict[str, str]:
    return {"x-amzn-requestid": request_id}


def refusal_headers(complaint: ComplaintError) -> dict[str, str]:
    """The type of an error stands in a header."""
    return {"x-amzn-errortype": f"{_exception(complaint)}:http://internal.amazon.com/coral/"}


def error(complaint: ComplaintError, request_id: str) -> JSON:
    return {"message": complaint.message}


def error_events(complaint: ComplaintError, turn: Turn, sent: list[Event]) -> list[Event]:
    word = _exception(complaint)
    word = word if word in IN_STREAM else "ModelStreamErrorException"
    name = word[0].lower() + word[1:]
    return [Event(name, {"message": complaint.message}, name)]


def _exception(complaint: ComplaintError) -> str:
    default = "InternalServerException" if complaint.status >= 500 else "ValidationException"
    return complaint.code or EXCEPTION.get(complaint.status, default)


# -- answers ---------------------------------------------------------------------------------------------------------


def answer(turn: Turn) -> JSON:
    content = [BLOCKS[type(part)](turn, part, index) for index, part in enumerate(_shown(turn))]
    usage = {"usage": _usage(turn.reported)} if turn.reported else {}
    return {"output": {"message": {"role": "assistant", "content": content}}, "metrics": {"latencyMs": 1}} | (
        _stop(turn) | usage
    )


def _shown(turn: Turn) -> list[Part]:
    """There is one candidate, and a refusal is no block but a reason to stop."""
    return [part for part in turn.candidates[0] if not isinstance(part, Refusal)]


def _stop(turn: Turn) -> JSON:
    stop: JSON = {"stopReason": STOP_REASON[turn.finishes[0]]}
    if turn.say.stop_sequence and turn.call.body.get("additionalModelResponseFieldPaths"):
        stop["additionalModelResponseFields"] = {"stop_sequence": turn.say.stop_sequence}
    return stop


def _text_block(turn: Turn, part: Text, index: int) -> JSON:
    if not part.citations:
        return {"text": part.text}
    citations = [_citation(citation) for citation in part.citations]
    return {"citationsContent": {"content": [{"text": part.text}], "citations": citations}}


def _thinking_block(turn: Turn, part: Thinking, index: int) -> JSON:
    if part.redacted is not None:
        return {"reasoningContent": {"redactedContent": base64.b64encode(part.redacted.encode()).decode()}}
    signature = part.signature or turn.secret("thinking", index)
    return {"reasoningContent": {"reasoningText": {"text": part.text, "signature": signature}}}


def _call_block(turn: Turn, part: ToolCall, index: int) -> JSON:
    return {"toolUse": _call_head(turn, part, index) | {"input": parse_arguments(part)}}


def _call_head(turn: Turn, part: ToolCall, index: int) -> JSON:
    return {"toolUseId": part.id or turn.id("tooluse_", 22, "call", index), "name": part.name}


BLOCKS: dict[type[Part], Callable[[Turn, Any, int], JSON]] = {
    Text: _text_block,
    Thinking: _thinking_block,
    ToolCall: _call_block,
}


def _citation(citation: Citation) -> JSON:
    if citation.document is None:
        location: JSON = {"web": {"url": citation.url}}
    else:
        location = {"documentChar": {"documentIndex": citation.document, "start": citation.start, "end": citation.end}}
    return {"title": citation.title, "sourceContent": [{"text": citation.quote}], "location": location}


def _usage(usage: Tokens) -> JSON:
    counts = {"inputTokens": usage.input, "outputTokens": usage.all_output}
    if usage.cached or usage.all_cache_write:
        counts |= {"cacheReadInputTokens": usage.cached, "cacheWriteInputTokens": usage.all_cache_write}
    details = [{"ttl": "5m", "inputTokens": usage.cache_write}, {"ttl": "1h", "inputTokens": usage.cache_write_1h}]
    total: JSON = {**counts, "totalTokens": sum(counts.values())}
    return total | ({"cacheDetails": details} if usage.all_cache_write else {})


# -- streams ---------------------------------------------------------------------------------------------------------


def events(turn: Turn) -> Iterator[Event]:
    yield _event("messageStart", role="assistant")
    for index, part in enumerate(_shown(turn)):
        if isinstance(part, ToolCall):
            yield _event("contentBlockStart", contentBlockIndex=index, start={"toolUse": _call_head(turn, part, index)})
        for delta in DELTAS[type(part)](turn, part, index):
            yield _event("contentBlockDelta", contentBlockIndex=index, delta=delta)
        yield _event("contentBlockStop", contentBlockIndex=index)
    yield _event("messageStop", **_stop(turn))
    if turn.reported:
        yield _event("metadata", usage=_usage(turn.reported), metrics={"latencyMs": 1})


def _event(kind: str, **fields: Any) -> Event:
    return Event(kind, fields | {"p": "abcdefghijkl"[: len(kind) % 12]}, kind, content=kind == "contentBlockDelta")


def _text_deltas(turn: Turn, part: Text, index: int) -> Iterator[JSON]:
    for piece in cut_pieces(part.text, turn.say.piece_size):
        yield {"text": piece}
    for citation in part.citations:
        yield {"citation": _citation(citation)}


def _thinking_deltas(turn: Turn, part: Thinking, index: int) -> Iterator[JSON]:
    block = _thinking_block(turn, part, index)["reasoningContent"]
    if part.redacted is not None:
        yield {"reasoningContent": block}
        return
    for piece in cut_pieces(part.text, turn.say.piece_size):
        yield {"reasoningContent": {"text": piece}}
    yield {"reasoningContent": {"signature": block["reasoningText"]["signature"]}}


def _call_deltas(turn: Turn, part: ToolCall, index: int) -> Iterator[JSON]:
    for piece in cut_arguments(part, turn.say.piece_size):
        yield {"toolUse": {"input": piece}}


DELTAS: dict[type[Part], Callable[[Turn, Any, int], Iterator[JSON]]] = {
    Text: _text_deltas,
    Thinking: _thinking_deltas,
    ToolCall: _call_deltas,
}
