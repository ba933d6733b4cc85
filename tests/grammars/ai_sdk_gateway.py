"""The grammar of the AI SDK gateway's stream, as its clients rely on it; knows nothing of the dialect's code."""

from __future__ import annotations

import json
from typing import Any

STARTS = {"text-start": "text", "reasoning-start": "reasoning", "tool-input-start": "tool-input"}
DELTAS = {"text-delta": "text", "reasoning-delta": "reasoning", "tool-input-delta": "tool-input"}
ENDS = {"text-end": "text", "reasoning-end": "reasoning", "tool-input-end": "tool-input"}
WHOLE = {"tool-call", "file", "source", "custom"}
UNIFIED = {"stop", "length", "content-filter", "tool-calls", "error", "other"}


def check_stream(data: bytes) -> list[Any]:
    """Assert that these bytes are a legal stream: properly finished, or ending in exactly one error. Its parts."""
    parts = _read_parts(data)
    kinds = [part["type"] for part in parts]
    assert kinds[-1] in {"finish", "error"}, "a stream ends in its finish or in an error"
    assert kinds.count("finish") + kinds.count("error") == 1, "and in one of them only"
    if kinds[-1] == "error":
        assert isinstance(parts[-1]["error"]["message"], str), "an error has a message"
        assert isinstance(parts[-1]["error"]["type"], str), "and a type"
    if kinds != ["error"]:
        assert kinds[:2] == ["stream-start", "response-metadata"], "a stream begins with its warnings and its name"
        assert isinstance(parts[0]["warnings"], list)
        _check_blocks(parts[2:-1], is_whole=kinds[-1] == "finish")
    if kinds[-1] == "finish":
        assert parts[-1]["finishReason"]["unified"] in UNIFIED
        assert set(parts[-1]["usage"]) >= {"inputTokens", "outputTokens"}
    return parts


def _read_parts(data: bytes) -> list[Any]:
    assert data.endswith(b"\n\n"), "every event is closed by a blank line"
    blocks = data.decode().split("\n\n")[:-1]
    assert all(block.startswith("data: ") and "\n" not in block for block in blocks), "unnamed events of one line"
    return [json.loads(block.removeprefix("data: ")) for block in blocks]


def _check_blocks(parts: list[Any], *, is_whole: bool) -> None:
    opened: dict[str, str] = {}
    inputs: dict[str, str] = {}
    streamed: dict[str, str] = {}
    for part in parts:
        kind = part["type"]
        if kind in STARTS:
            assert part["id"] not in opened, "a block's id is its own"
            opened[part["id"]] = STARTS[kind]
            inputs[part["id"]] = ""
        elif kind in DELTAS:
            assert opened.get(part["id"]) == DELTAS[kind], f"{part} outside its block"
            inputs[part["id"]] += part["delta"]
        elif kind in ENDS:
            assert opened.pop(part["id"], None) == ENDS[kind], f"{part} ends nothing"
            if kind == "tool-input-end":
                streamed[part["id"]] = inputs[part["id"]]
        else:
            assert kind in WHOLE, f"{kind} is not known"
            if kind == "tool-call":
                _check_call(part, streamed.pop(part["toolCallId"], None))
    assert not is_whole or not opened, f"blocks {sorted(opened)} never ended"


def _check_call(part: Any, streamed: str | None) -> None:
    """A call comes whole, or repeats what was streamed of it; no arguments are an empty object, free text is written as
    JSON."""
    assert part["toolName"], "a call has a name"
    assert isinstance(part["input"], str)
    assert streamed is None or part["input"] in {streamed or "{}", json.dumps(streamed, ensure_ascii=False)}, part
