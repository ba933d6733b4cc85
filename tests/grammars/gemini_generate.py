"""The grammar of a Gemini stream, read with nothing but the standard library.

Every frame is one line `data: ` with a chunk. A chunk holds candidates, each with an index and a content of parts that
have one kind of data each, or a blocked prompt. Each candidate ends once, with a finish reason, and says nothing after.
A stream that failed stops anywhere and ends with one chunk that begins with `{"error":`.
"""

from __future__ import annotations

import json
from typing import Any

DATA = {
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
}
COUNTS = {"promptTokenCount", "candidatesTokenCount", "totalTokenCount", "thoughtsTokenCount"}


def read_chunks(data: bytes) -> list[str]:
    """The JSON text of every frame."""
    assert data == b"" or data.endswith(b"\n\n"), "the last event is not finished"
    chunks = []
    for block in data.decode().split("\n\n")[:-1]:
        assert block.startswith("data: "), f"a frame that the SDK would not see: {block[:80]!r}"
        assert "\n" not in block, "data in more than one line"
        chunks.append(block.removeprefix("data: "))
    return chunks


def check_stream(data: bytes) -> None:
    """Assert that the bytes are a legal stream with exactly one end."""
    check_chunks(read_chunks(data))


def check_array(data: bytes) -> None:
    """The same for a stream that is one JSON array."""
    check_chunks([json.dumps(chunk) for chunk in json.loads(data)])


def check_chunks(chunks: list[str]) -> None:
    """Assert that the chunks are those of a whole stream, or of one that says that it failed."""
    assert chunks, "a stream says something"
    failed = chunks[-1].startswith('{"error":')
    if failed:
        _check_error(json.loads(chunks.pop()))
    finished: dict[int, bool] = {}
    ids = set()
    blocked = False
    for text in chunks:
        chunk = json.loads(text)
        assert "error" not in chunk, "an error that is not the first key, or not the last chunk"
        ids.add(chunk.get("responseId"))
        blocked = blocked or "blockReason" in chunk.get("promptFeedback", {})
        for candidate in chunk.get("candidates", []):
            _check_candidate(candidate, finished)
        for name in COUNTS & chunk.get("usageMetadata", {}).keys():
            assert isinstance(chunk["usageMetadata"][name], int)
    assert len(ids) <= 1, "an answer has one id"
    if not failed:
        assert blocked or finished, "an end without any candidate"
        assert all(finished.values()), "a candidate never finished"


def _check_candidate(candidate: dict[str, Any], finished: dict[int, bool]) -> None:
    index = candidate["index"]
    assert not finished.get(index), "a candidate that has finished says more"
    finished[index] = "finishReason" in candidate
    assert isinstance(candidate.get("finishReason", ""), str)
    content = candidate["content"]
    assert content["role"] == "model"
    assert content["parts"] or finished[index], "a chunk that says nothing"
    for part in content["parts"]:
        kinds = DATA & part.keys()
        assert len(kinds) <= 1, f"a part of two kinds: {kinds}"
        assert kinds or "thoughtSignature" in part, "a part without data"
        assert part.get("thought", True) is True
        if "functionCall" in part:
            assert part["functionCall"]["name"], "a call without a name"
            assert isinstance(part["functionCall"]["args"], dict), "arguments that are no object"


def _check_error(chunk: dict[str, Any]) -> None:
    error = chunk["error"]
    assert type(error["code"]) is int, "the SDK raises on a whole number only"
    assert 400 <= error["code"] <= 599
    assert isinstance(error["message"], str)
    assert isinstance(error["status"], str)
