"""What is asked beside chat and embeddings of OpenAI's kind: legacy completions, moderations, images, speech, reranking,
and Gemini's embeddings. Each answer is decided by the request alone.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from tests.simulator.complaint import refuse
from tests.simulator.dialect import Call, Event, letters
from tests.simulator.say import JSON, Tokens

PICTURE = base64.b64encode(b"a picture").decode()


class Told(NamedTuple):
    """The answer: JSON, raw bytes under a type of their own, or events."""

    data: JSON | bytes | list[Event]
    usage: Tokens = Tokens()
    content_type: str = ""


def make_vector(value: Any, dimensions: int) -> list[float]:
    """A vector that depends on nothing but what is embedded."""
    text = letters(dimensions, msgspec.json.encode(value))
    return [(ord(letter) - 85) / 64 for letter in text]


def _need_text(call: Call, name: str) -> str:
    value = call.body.get(name)
    if not isinstance(value, str) or not value:
        raise refuse(f"'{name}' must be a string that is not empty.", name)
    return value


def _complete(call: Call) -> Told:
    words = _need_text(call, "prompt").split()
    usage = Tokens(input=len(words), output=2)
    counts = {"prompt_tokens": usage.input, "completion_tokens": 2, "total_tokens": usage.input + 2}
    head: JSON = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": call.model}
    if not call.stream:
        choice = {"index": 0, "text": "and then", "logprobs": None, "finish_reason": "stop"}
        return Told({**head, "choices": [choice], "usage": counts}, usage)
    pieces: list[JSON] = [
        {**head, "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": reason}]}
        for text, reason in (("and ", None), ("then", None), ("", "stop"))
    ]
    if (call.body.get("stream_options") or {}).get("include_usage"):
        pieces.append({**head, "choices": [], "usage": counts})
    events = [Event("text", piece, content=True) for piece in pieces]
    return Told([*events, Event("[DONE]", "[DONE]")], usage)


def _moderate(call: Call) -> Told:
    given = call.body.get("input")
    inputs = given if isinstance(given, list) else [given]
    verdicts = [
        {"flagged": False, "categories": {}, "category_scores": {}, "category_applied_input_types": {}} for _ in inputs
    ]
    return Told({"id": "modr-1", "model": call.model, "results": verdicts})


def _draw(call: Call) -> Told:
    words = _need_text(call, "prompt").split()
    usage = Tokens(input=len(words), output=100)
    counts = {
        "input_tokens": usage.input,
        "output_tokens": 100,
        "total_tokens": usage.input + 100,
        "input_tokens_details": {"text_tokens": usage.input, "image_tokens": 0},
    }
    if not call.stream:
        return Told({"created": 1, "data": [{"b64_json": PICTURE}], "usage": counts}, usage)
    sketch = {"type": "image_generation.partial_image", "b64_json": PICTURE, "partial_image_index": 0}
    whole = {"type": "image_generation.completed", "b64_json": PICTURE, "usage": counts}
    return Told([Event(str(one["type"]), one, str(one["type"]), content=True) for one in (sketch, whole)], usage)


def _speak(call: Call) -> Told:
    return Told(b"ID3\x00\xff\xfb" + _need_text(call, "input").encode()[::-1], content_type="audio/mpeg")


def _rerank(call: Call) -> Told:
    documents = call.body.get("documents")
    if not isinstance(documents, list) or not documents:
        raise refuse("'documents' must be a list that is not empty.", "documents")
    spent = len(_need_text(call, "query").split()) + len(documents)
    ranked = [{"index": index, "relevance_score": 1 / (index + 1)} for index in range(len(documents))]
    return Told({"model": call.model, "results": ranked, "usage": {"total_tokens": spent}}, Tokens(input=spent))


def _embed_content(call: Call) -> Told:
    return Told({"embedding": {"values": _embed_one(call, call.body, "")}})


def _embed_contents(call: Call) -> Told:
    """Unlike a single one, each request of a batch has to name the model of the path."""
    requests = call.body.get("requests")
    if not isinstance(requests, list) or not requests:
        raise refuse("BatchEmbedContentsRequest.requests: at least one request is needed")
    for index, request in enumerate(requests):
        if request.get("model") != f"models/{call.model}":
            raise refuse(f"requests[{index}].model must match the model of the path")
    return Told({"embeddings": [{"values": _embed_one(call, request, "requests")} for request in requests]})


def _embed_one(call: Call, request: JSON, where: str) -> list[float]:
    if request.get("model", f"models/{call.model}") != f"models/{call.model}":
        raise refuse(f"{where}.model must match the model of the path")
    if not isinstance(request.get("content"), dict):
        raise refuse(f"{where}.content: is missing")
    return make_vector(request["content"], int(request.get("outputDimensionality") or 8))


def _hear(call: Call) -> Told:
    """What was said, in the form that is asked for."""
    if b'filename="' not in call.request.body:
        raise refuse("'file' is required.", "file")
    if call.body.get("response_format") == "srt":
        return Told(b"1\n00:00:00,000 --> 00:00:01,000\nHello.\n", content_type="application/x-subrip")
    usage = Tokens(input=14, output=3)
    counts: JSON = {"type": "tokens", "input_tokens": 14, "output_tokens": 3, "total_tokens": 17}
    return Told({"text": "Hello.", "usage": counts}, usage)


def _invoke(call: Call) -> Told:
    """Bedrock's makers of vectors: Titan takes one text and tells its tokens, Cohere takes many and their purpose."""
    if "cohere" not in call.model:
        text = _need_text(call, "inputText")
        vector = make_vector(text, int(call.body.get("dimensions") or 8))
        return Told({"embedding": vector, "inputTextTokenCount": len(text)}, Tokens(input=len(text)))
    texts = call.body.get("texts")
    if not isinstance(texts, list) or not all(texts) or not call.body.get("input_type"):
        raise refuse("Malformed input request: texts and input_type are required")
    size = int(call.body.get("output_dimension") or 8)
    return Told({"embeddings": {"float": [make_vector(text, size) for text in texts]}})


OPERATIONS: dict[str, Callable[[Call], Told]] = {
    "hear": _hear,
    "invoke": _invoke,
    "complete": _complete,
    "moderate": _moderate,
    "draw": _draw,
    "speak": _speak,
    "rerank": _rerank,
    "embed_content": _embed_content,
    "embed_contents": _embed_contents,
}
