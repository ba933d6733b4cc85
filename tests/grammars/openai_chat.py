"""The grammar of a Chat Completions stream, as its clients rely on it; knows nothing of the dialect's code."""

from __future__ import annotations

import json
from typing import Any


def check_stream(data: bytes) -> None:
    """Assert that these bytes are a legal stream: properly finished, or ending in exactly one error event."""
    frames = _read_frames(data)
    assert frames, "a stream says something"
    if frames[-1] == "[DONE]":
        chunks = [json.loads(frame) for frame in frames[:-1]]
        assert all("error" not in chunk for chunk in chunks), "a stream that failed has no [DONE]"
        _check_chunks(chunks, is_whole=True)
        return
    *chunks, last = [json.loads(frame) for frame in frames if frame != "[DONE]"]
    assert "[DONE]" not in frames, "nothing follows [DONE]"
    assert isinstance(last.get("error"), dict), "a stream without [DONE] ends in an error"
    assert isinstance(last["error"].get("message"), str), "an error has a message"
    assert all("error" not in chunk for chunk in chunks), "there is one error"
    _check_chunks(chunks, is_whole=False)


def _read_frames(data: bytes) -> list[str]:
    frames = []
    assert data.endswith(b"\n\n"), "every event is closed by a blank line"
    for block in data.decode().split("\n\n")[:-1]:
        if block.startswith(":"):
            continue
        assert block.startswith("data: "), f"an unnamed event of one data line: {block[:60]}"
        assert "\n" not in block, "one line an event"
        frames.append(block.removeprefix("data: "))
    return frames


def _check_chunks(chunks: list[Any], *, is_whole: bool) -> None:
    finished: set[int] = set()
    started: set[int] = set()
    calls: dict[int, list[int]] = {}
    for position, chunk in enumerate(chunks):
        assert chunk["object"] == "chat.completion.chunk"
        assert chunk["id"] == chunks[0]["id"]
        assert chunk["model"] == chunks[0]["model"]
        assert isinstance(chunk["created"], int)
        if not chunk["choices"]:
            assert position == len(chunks) - 1, "only the last chunk has no choices"
            assert chunk["usage"], "and it tells the usage"
        for choice in chunk["choices"]:
            _check_choice(choice, started, finished, calls)
    assert not is_whole or (started and started == finished), "every candidate is told its end"


def _check_choice(choice: Any, started: set[int], finished: set[int], calls: dict[int, list[int]]) -> None:
    index, delta = choice["index"], choice["delta"]
    assert index not in finished, "a finished candidate says no more"
    if index not in started:
        assert delta.get("role") == "assistant", "a candidate begins with its role"
        started.add(index)
    assert "finish_reason" in choice, "the key is always there"
    if choice["finish_reason"] is not None:
        assert choice["finish_reason"], "a finish reason is a word"
        finished.add(index)
    seen = calls.setdefault(index, [])
    for call in delta.get("tool_calls") or []:
        if "id" in call:
            assert call["index"] == len(seen), "calls are numbered in order of their starts"
            assert call[call["type"]]["name"], "a call begins with its name"
            seen.append(call["index"])
        else:
            assert call["index"] in seen, "a call begins with its id"
