"""Recorded requests: what was counted, and whether it is all in the request."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tools.recorded import Recorded, read_recorded

REQUEST = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
USAGE = {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13, "prompt_tokens_details": {"cached_tokens": 4}}
ANSWER = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": USAGE,
}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


def record(folder: Path, **fields: Any) -> list[Recorded]:
    """What is read of one exchange."""
    exchange = {
        "op": "generate",
        "dialect": "openai-chat",
        "group": "g",
        "model": "gpt-4o",
        "status": 200,
        "stream": False,
        "request": REQUEST,
        "response": ANSWER,
        "sse_text": None,
    }
    path = folder / "recorded.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(exchange | fields).encode() + b"\n"))
    return list(read_recorded(path))


def test_all_that_was_read_counts_also_what_a_cache_gave(tmp_path: Path) -> None:
    (one,) = record(tmp_path)
    assert (one.tokens, one.model, one.group, one.is_whole) == (11, "gpt-4o", "g", True)
    assert len(one.request.turns) == 1


def test_a_streams_usage_is_read_as_well(tmp_path: Path) -> None:
    first = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": USAGE}
    (one,) = record(tmp_path, stream=True, response=None, sse_text=f"data: {json.dumps(first)}\n\n")
    assert one.tokens == 11


def test_a_provider_that_only_counted_is_believed(tmp_path: Path) -> None:
    request = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hi"}]}
    (one,) = record(
        tmp_path, op="count_tokens", dialect="anthropic", request=request, response={"input_tokens": 9}, model=None
    )
    assert (one.tokens, one.model) == (9, "")


@pytest.mark.parametrize(
    "fields",
    [
        {"status": 400},
        {"status": None},
        {"request": None},
        {"op": "models"},
        {"response": {**ANSWER, "usage": None}},
        {"response": None},
        {"request": {"model": "m", "messages": 5}},
    ],
)
def test_what_tells_nothing_is_passed_over(fields: dict[str, Any], tmp_path: Path) -> None:
    assert record(tmp_path, **fields) == []


@pytest.mark.parametrize(
    ("dialect", "request_fields"),
    [
        ("openai-chat", {"messages": [{"role": "user", "content": [IMAGE]}]}),
        ("openai-responses", {"input": "Hi", "previous_response_id": "resp_1"}),
        ("openai-responses", {"input": "Hi", "tools": [{"type": "web_search"}]}),
    ],
)
def test_a_request_of_which_a_part_lies_elsewhere_is_not_whole(
    dialect: str, request_fields: dict[str, Any], tmp_path: Path
) -> None:
    response = ANSWER
    if dialect == "openai-responses":
        usage = {"input_tokens": 11, "output_tokens": 2, "total_tokens": 13}
        response = {"id": "r", "object": "response", "model": "m", "status": "completed", "output": [], "usage": usage}
    (one,) = record(tmp_path, dialect=dialect, request={"model": "m", **request_fields}, response=response)
    assert one.tokens == 11
    assert not one.is_whole
