"""The grammar of an Anthropic stream, read with nothing but the standard library.

message_start, then blocks one after another (start, deltas of their own type, stop; indexes from 0 without a gap), then
one message_delta with a stop reason and the usage, then message_stop; pings anywhere. A stream that failed stops
anywhere and ends with one `error` event.
"""

from __future__ import annotations

import json
from typing import Any

DELTAS = {
    "text": {"text_delta": "text", "citations_delta": "citation"},
    "thinking": {"thinking_delta": "thinking", "signature_delta": "signature"},
    "tool_use": {"input_json_delta": "partial_json"},
    "server_tool_use": {"input_json_delta": "partial_json"},
    "mcp_tool_use": {"input_json_delta": "partial_json"},
    "compaction": {"compaction_delta": "content"},
}
MESSAGE_KEYS = {"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"}


def read_events(data: bytes) -> list[dict[str, Any]]:
    """The JSON of every event; its name must be the `type` inside."""
    assert data == b"" or data.endswith(b"\n\n"), "the last event is not finished"
    events = []
    for block in data.decode().split("\n\n")[:-1]:
        name, _, payload = block.partition("\n")
        assert name.startswith("event: "), f"an event without a name: {block[:80]!r}"
        assert payload.startswith("data: "), f"an event without data: {block[:80]!r}"
        assert "\n" not in payload, "data in more than one line"
        event = json.loads(payload.removeprefix("data: "))
        assert event["type"] == name.removeprefix("event: "), f"{name} holds a {event['type']}"
        events.append(event)
    return events


def check_stream(data: bytes) -> None:
    """Assert that the bytes are a legal stream with exactly one end."""
    events = [event for event in read_events(data) if event["type"] != "ping"]
    assert events, "a stream says something"
    failed = events[-1]["type"] == "error"
    if failed:
        _check_error(events.pop())
    if not events:
        return
    _check_start(events[0])
    body = events[1:]
    if not failed:
        assert [event["type"] for event in body[-2:]] == ["message_delta", "message_stop"], "the end is not whole"
        _check_message_delta(body[-2])
        body = body[:-2]
    _check_blocks(body, failed)


def _check_start(event: dict[str, Any]) -> None:
    assert event["type"] == "message_start", f"{event['type']} stands first"
    message = event["message"]
    assert message.keys() >= MESSAGE_KEYS, f"message_start lacks {MESSAGE_KEYS - message.keys()}"
    assert message["content"] == []
    assert message["role"] == "assistant"
    assert message["stop_reason"] is None
    _check_usage(message["usage"])


def _check_message_delta(event: dict[str, Any]) -> None:
    assert isinstance(event["delta"]["stop_reason"], str), "an end without a reason"
    assert "stop_sequence" in event["delta"]
    _check_usage(event["usage"])


def _check_usage(usage: dict[str, Any]) -> None:
    for name in ("input_tokens", "output_tokens"):
        assert isinstance(usage[name], int), f"usage without {name}"


def _check_error(event: dict[str, Any]) -> None:
    assert isinstance(event["error"]["type"], str)
    assert isinstance(event["error"]["message"], str)


def _check_blocks(events: list[dict[str, Any]], failed: bool) -> None:
    opened: str | None = None
    next_index = 0
    for event in events:
        kind = event["type"]
        if kind == "content_block_start":
            assert opened is None, "a block starts inside another"
            assert event["index"] == next_index, f"index {event['index']} where {next_index} is due"
            opened = event["content_block"]["type"]
        elif kind == "content_block_delta":
            assert opened is not None, "a delta outside a block"
            assert event["index"] == next_index
            fields = DELTAS.get(opened, {})
            delta = event["delta"]
            assert delta["type"] in fields, f"a {delta['type']} in a block of type {opened}"
            assert fields[delta["type"]] in delta
        elif kind == "content_block_stop":
            assert opened is not None, "a block that was not open stops"
            assert event["index"] == next_index
            opened = None
            next_index += 1
        else:
            raise AssertionError(f"{kind} among the blocks")
    assert failed or opened is None, "a block never stopped"
