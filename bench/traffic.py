"""What goes over the wire in each dialect: a request, an answer, and the events of a stream.

One table, `TRAFFIC`, from the dialect's name to its `Traffic`. The prose is our own. Sizes are those that the budget
speaks of: a small request has about 300 bytes, a large one 107 kB, an answer 700.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any, NamedTuple

JSON = dict[str, Any]
Event = bytes
"""One server-sent event, with the blank line at its end."""

SYSTEM = "You answer in a few plain sentences."
QUESTION = "Why did the harbour masters of old trust an interpreter with the key to the customs house?"
ANSWER = (
    "Because he alone in the harbour could read every bill of lading as it had been written. A captain could not "
    "flatter him and a clerk could not hurry him: what one side had said, the other side heard, no more and no less."
)
LINES = (
    'The log of that day reads: "four ships in, two held back, one turned away without a word".\n',
    "Bales are counted twice: once where they lie and once where the paper says that they lie.\n",
    "    total = sum(bale.weight for bale in bales if not bale.is_spoiled)\n",
    "Nobody on the quay remembered who had asked first, but everyone remembered the answer.\n",
    "The wind turned after noon; what had been loaded in haste was stowed again with patience.\n",
)
WORDS = (" every", " harbour", " keeps", " its", " own", " ledger", ",", " and")
TURN_BYTES = 1600
LARGE_TURNS = 65
CREATED = 1_790_000_000


class Stream(NamedTuple):
    """The events of one answer: what comes first, what comes over and over (one word each), what comes last."""

    opening: list[Event]
    deltas: list[Event]
    closing: list[Event]


class Traffic(NamedTuple):
    """One dialect. `request` takes the model's name, whether to stream, and the turns of the conversation;
    `key_headers` the key that the client shows. `{model}` in a path stands for the model's name."""

    model: str
    answer_path: str
    stream_path: str
    request: Callable[[str, bool, list[str]], JSON]
    key_headers: Callable[[str], dict[str, str]]
    answer: JSON
    stream: Stream
    end_mark: bytes

    def find_path(self, model: str, *, is_stream: bool) -> str:
        """The target of a request."""
        return (self.stream_path if is_stream else self.answer_path).format(model=model)


def build_turns(*, is_large: bool) -> list[str]:
    """What was said so far: one question, or a long conversation that begins and ends with the user."""
    if not is_large:
        return [QUESTION]
    prose = "".join(LINES)
    turn = (prose * (TURN_BYTES // len(prose) + 1))[:TURN_BYTES]
    return [f"{number}. {turn}" for number in range(LARGE_TURNS)]


def encode_json(value: JSON) -> bytes:
    """Compact, as the makers' own SDKs write it."""
    return json.dumps(value, separators=(",", ":")).encode()


def build_request(dialect: str, model: str, *, is_stream: bool, is_large: bool) -> bytes:
    """A client's request body."""
    return encode_json(TRAFFIC[dialect].request(model, is_stream, build_turns(is_large=is_large)))


def list_events(stream: Stream, count: int) -> list[Event]:
    """A whole stream of `count` events."""
    delta_count = count - len(stream.opening) - len(stream.closing)
    return [*stream.opening, *islice(cycle(stream.deltas), delta_count), *stream.closing]


def _event(value: JSON, name: str = "") -> Event:
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + encode_json(value) + b"\n\n"


def _typed(**value: Any) -> Event:
    return _event(value, value["type"])


def _speakers(turns: list[str], answering: str) -> list[tuple[str, str]]:
    return [("user" if index % 2 == 0 else answering, turn) for index, turn in enumerate(turns)]


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


# -- Chat Completions ------------------------------------------------------------------------------------------------

_CHAT_USAGE: JSON = {
    "prompt_tokens": 57,
    "completion_tokens": 42,
    "total_tokens": 99,
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0},
}


def _chat_request(model: str, is_stream: bool, turns: list[str]) -> JSON:
    said = [{"role": role, "content": text} for role, text in _speakers(turns, "assistant")]
    messages = [{"role": "system", "content": SYSTEM}, *said]
    request: JSON = {"model": model, "messages": messages, "temperature": 0.7, "max_tokens": 256, "stream": is_stream}
    return request | ({"stream_options": {"include_usage": True}} if is_stream else {})


def _chat_chunk(delta: JSON, finish: str | None = None) -> Event:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event(_chat_body("chat.completion.chunk", [choice], None))


def _chat_body(kind: str, choices: list[JSON], usage: JSON | None) -> JSON:
    return {
        "id": "chatcmpl-Bq7sD2mXw0dHn4RkTz",
        "object": kind,
        "created": CREATED,
        "model": "gpt-4o-mini",
        "choices": choices,
        "usage": usage,
        "service_tier": "default",
        "system_fingerprint": "fp_5e1c2a",
    }


_MESSAGE = {"role": "assistant", "content": ANSWER, "refusal": None}
_CHAT = Traffic(
    model="gpt-4o-mini",
    answer_path="/v1/chat/completions",
    stream_path="/v1/chat/completions",
    request=_chat_request,
    key_headers=_bearer,
    answer=_chat_body(
        "chat.completion",
        [{"index": 0, "message": _MESSAGE, "logprobs": None, "finish_reason": "stop"}],
        _CHAT_USAGE,
    ),
    stream=Stream(
        [_chat_chunk({"role": "assistant", "content": "", "refusal": None})],
        [_chat_chunk({"content": word}) for word in WORDS],
        [
            _chat_chunk({}, "stop"),
            _event(_chat_body("chat.completion.chunk", [], _CHAT_USAGE)),
            b"data: [DONE]\n\n",
        ],
    ),
    end_mark=b"data: [DONE]",
)

# -- Messages --------------------------------------------------------------------------------------------------------


def _messages_request(model: str, is_stream: bool, turns: list[str]) -> JSON:
    messages = [{"role": role, "content": text} for role, text in _speakers(turns, "assistant")]
    return {"model": model, "max_tokens": 256, "system": SYSTEM, "messages": messages, "stream": is_stream}


def _message(content: list[JSON], stop_reason: str | None, output_tokens: int) -> JSON:
    usage = {
        "input_tokens": 57,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }
    return {
        "id": "msg_01HqV7Zr3kWmXb9TfYcLs2Na",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }


_MESSAGES = Traffic(
    model="claude-haiku-4-5",
    answer_path="/v1/messages",
    stream_path="/v1/messages",
    request=_messages_request,
    key_headers=lambda key: {"x-api-key": key, "anthropic-version": "2023-06-01"},
    answer=_message([{"type": "text", "text": ANSWER}], "end_turn", 42),
    stream=Stream(
        [
            _typed(type="message_start", message=_message([], None, 1)),
            _typed(type="content_block_start", index=0, content_block={"type": "text", "text": ""}),
        ],
        [_typed(type="content_block_delta", index=0, delta={"type": "text_delta", "text": word}) for word in WORDS],
        [
            _typed(type="content_block_stop", index=0),
            _typed(
                type="message_delta",
                delta={"stop_reason": "end_turn", "stop_sequence": None},
                usage={"output_tokens": 42},
            ),
            _typed(type="message_stop"),
        ],
    ),
    end_mark=b"message_stop",
)

# -- Responses -------------------------------------------------------------------------------------------------------

_ITEM_ID = "msg_68d2f0b7a1c48190b3e5d7"


def _responses_request(model: str, is_stream: bool, turns: list[str]) -> JSON:
    kinds = {"user": "input_text", "assistant": "output_text"}
    items = [
        {"type": "message", "role": role, "content": [{"type": kinds[role], "text": text}]}
        for role, text in _speakers(turns, "assistant")
    ]
    return {"model": model, "instructions": SYSTEM, "input": items, "max_output_tokens": 256, "stream": is_stream}


def _part(text: str) -> JSON:
    return {"type": "output_text", "text": text, "annotations": []}


def _item(status: str, content: list[JSON]) -> JSON:
    return {"type": "message", "id": _ITEM_ID, "status": status, "role": "assistant", "content": content}


def _responses_body(status: str, output: list[JSON], usage: JSON | None) -> JSON:
    return {
        "id": "resp_68d2f0b6e4d88190a7c1f2",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": SYSTEM,
        "model": "gpt-4o-mini",
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": usage,
    }


_RESPONSES_USAGE: JSON = {
    "input_tokens": 57,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 42,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 99,
}
_PLACE: JSON = {"item_id": _ITEM_ID, "output_index": 0, "content_index": 0, "sequence_number": 4}
_DONE = [_item("completed", [_part(ANSWER)])]
_RESPONSES = Traffic(
    model="gpt-4o-mini",
    answer_path="/v1/responses",
    stream_path="/v1/responses",
    request=_responses_request,
    key_headers=_bearer,
    answer=_responses_body("completed", _DONE, _RESPONSES_USAGE),
    stream=Stream(
        [
            _typed(type="response.created", sequence_number=0, response=_responses_body("in_progress", [], None)),
            _typed(type="response.output_item.added", sequence_number=1, output_index=0, item=_item("in_progress", [])),
            _typed(type="response.content_part.added", part=_part(""), **_PLACE),
        ],
        [_typed(type="response.output_text.delta", delta=word, logprobs=[], **_PLACE) for word in WORDS],
        [
            _typed(type="response.output_text.done", text=ANSWER, logprobs=[], **_PLACE),
            _typed(type="response.content_part.done", part=_part(ANSWER), **_PLACE),
            _typed(type="response.output_item.done", sequence_number=5, output_index=0, item=_DONE[0]),
            _typed(
                type="response.completed",
                sequence_number=6,
                response=_responses_body("completed", _DONE, _RESPONSES_USAGE),
            ),
        ],
    ),
    end_mark=b"response.completed",
)

# -- generateContent -------------------------------------------------------------------------------------------------


def _gemini_request(_model: str, _is_stream: bool, turns: list[str]) -> JSON:
    contents = [{"role": role, "parts": [{"text": text}]} for role, text in _speakers(turns, "model")]
    return {
        "systemInstruction": {"parts": [{"text": SYSTEM}]},
        "contents": contents,
        "generationConfig": {"temperature": 0.7, "maxOutputTokens": 256},
    }


def _gemini_body(text: str, finish: str | None) -> JSON:
    candidate: JSON = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
    usage = {
        "promptTokenCount": 57,
        "candidatesTokenCount": 42,
        "totalTokenCount": 99,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 57}],
    }
    return {
        "candidates": [candidate | ({"finishReason": finish} if finish else {})],
        "usageMetadata": usage,
        "modelVersion": "gemini-2.5-flash",
        "responseId": "kVtQaJ6yBNm1xN8P",
    }


_GEMINI = Traffic(
    model="gemini-2.5-flash",
    answer_path="/v1beta/models/{model}:generateContent",
    stream_path="/v1beta/models/{model}:streamGenerateContent?alt=sse",
    request=_gemini_request,
    key_headers=lambda key: {"x-goog-api-key": key},
    answer=_gemini_body(ANSWER, "STOP"),
    stream=Stream([], [_event(_gemini_body(word, None)) for word in WORDS], [_event(_gemini_body(" .", "STOP"))]),
    end_mark=b'"STOP"',
)

TRAFFIC: dict[str, Traffic] = {
    "openai_chat": _CHAT,
    "anthropic_messages": _MESSAGES,
    "openai_responses": _RESPONSES,
    "gemini_generate": _GEMINI,
}
