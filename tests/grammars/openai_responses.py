"""The order of events in a Responses stream, as its clients rely on it. Reads bytes by itself, with no code of ours.

Rules: every frame names its event in the `event` line and in `type`; numbers run from 0 without a gap; `created` and
`in_progress` come first; items that hold content are added and done one after the other, items of the provider's own
tools may overlap them; deltas stand inside their content part and add up to what `done` says; one terminal event ends
the stream, and its answer holds exactly the items that were done.
"""

from __future__ import annotations

import json
from typing import Any

TERMINAL = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
}
DELTAS = {
    "response.output_text.delta": ("response.output_text.done", "text"),
    "response.refusal.delta": ("response.refusal.done", "refusal"),
    "response.function_call_arguments.delta": ("response.function_call_arguments.done", "arguments"),
    "response.custom_tool_call_input.delta": ("response.custom_tool_call_input.done", "input"),
    "response.reasoning_summary_text.delta": ("response.reasoning_summary_text.done", "text"),
    "response.reasoning_text.delta": ("response.reasoning_text.done", "text"),
}
DONES = {done: (delta, field) for delta, (done, field) in DELTAS.items()}
PART_ADDED = {"response.content_part.added", "response.reasoning_summary_part.added"}
PART_DONE = {"response.content_part.done", "response.reasoning_summary_part.done"}
PREFIXES = {"message": "msg", "reasoning": "rs", "function_call": "fc", "custom_tool_call": "ctc"}


def check_stream(data: bytes, *, is_failed: bool | None = None, has_our_ids: bool = False) -> None:
    """Assert that the bytes are a whole stream, or one that says how it failed; `is_failed` demands one or the other."""
    events = read_events(data)
    for number, event in enumerate(events):
        assert event["sequence_number"] == number, f"event {number} is numbered {event['sequence_number']}"
    kinds = [event["type"] for event in events]
    terminals = [kind for kind in kinds if kind in TERMINAL]
    assert len(terminals) == 1, f"exactly one terminal event, not {terminals}"
    assert kinds[-1] in TERMINAL, f"nothing follows the terminal event, not even {kinds[-1]}"
    has_failed = kinds[-1] == "response.failed"
    assert is_failed in (None, has_failed), kinds[-1]
    if not (has_failed and len(kinds) == 1):
        assert kinds[:2] == ["response.created", "response.in_progress"], kinds[:2]
        assert not {"response.created", "response.in_progress"} & set(kinds[2:]), "a stream begins once"
        assert events[0]["response"]["id"] == events[-1]["response"]["id"], "the answer keeps its id"
    walk = Walk()
    for event in events[2:-1]:
        walk.take(event)
    last = events[-1]["response"]
    assert last["status"] == TERMINAL[kinds[-1]], last["status"]
    assert last["output"] == [walk.done[index] for index in sorted(walk.done)], "the answer is what was streamed"
    if not has_failed:
        assert walk.open_item is None, f"item {walk.open_item} was never done"
        assert not walk.own, f"items {sorted(walk.own)} were never done"
        assert sorted(walk.done) == list(range(len(walk.done))), "items are numbered without a gap"
    if has_our_ids:
        check_ids(last["output"])


def read_events(data: bytes) -> list[dict[str, Any]]:
    """The events of a stream; every frame names its event twice."""
    assert data.endswith(b"\n\n"), "the last frame is whole"
    events: list[dict[str, Any]] = []
    for block in data.decode("utf-8").removesuffix("\n\n").split("\n\n"):
        if block.startswith(":"):
            continue
        name, payload = block.split("\n")
        assert name.startswith("event: "), block[:80]
        assert payload.startswith("data: "), block[:80]
        event = json.loads(payload.removeprefix("data: "))
        assert event["type"] == name.removeprefix("event: "), block[:80]
        events.append(event)
    return events


def check_ids(output: list[dict[str, Any]]) -> None:
    """Ids of our own making: unique, short enough to be sent back, with the prefix of their kind."""
    ids = [item["id"] for item in output]
    assert len(set(ids)) == len(ids), ids
    for item in output:
        assert len(item["id"]) <= 64, item["id"]
        prefix = PREFIXES.get(item["type"])
        assert prefix is None or item["id"].startswith(f"{prefix}_"), item["id"]


class Walk:
    """Walks through the items of a stream."""

    def __init__(self) -> None:
        self.open_item: int | None = None
        self.item: dict[str, Any] = {}
        self.own: dict[int, dict[str, Any]] = {}
        self.count = 0
        self.done: dict[int, dict[str, Any]] = {}
        self.open_part: str | None = None
        self.parts: list[Any] = []
        self.text = ""

    def take(self, event: dict[str, Any]) -> None:
        """One event between the first two and the last."""
        kind = event["type"]
        if kind == "response.output_item.added":
            self._add_item(event)
        elif kind == "response.output_item.done":
            self._finish_item(event)
        elif event.get("output_index") in self.own:
            assert kind not in DELTAS, f"{kind} in an item of the provider's own"
        elif "output_index" in event:
            assert event["output_index"] == self.open_item, f"{kind} outside its item"
            assert event.get("item_id", self.item.get("id")) == self.item.get("id"), f"{kind} names another item"
            self._take_content(kind, event)

    def _add_item(self, event: dict[str, Any]) -> None:
        index, item = event["output_index"], event["item"]
        assert index == self.count, "items are numbered in order"
        assert item.get("status", "in_progress") == "in_progress"
        self.count += 1
        if item["type"] not in PREFIXES:
            self.own[index] = item
            return
        assert self.open_item is None, f"item {self.open_item} is still open"
        self.open_item, self.item, self.parts, self.text = index, item, [], ""

    def _finish_item(self, event: dict[str, Any]) -> None:
        index, item = event["output_index"], event["item"]
        assert index not in self.done, "an item is done once"
        self.done[index] = item
        added = self.own.pop(index, None)
        if added is None:
            assert index == self.open_item, "an item is done after it was added"
            assert self.open_part is None, f"{self.open_part} was never done"
            added, self.open_item = self.item, None
            self._check_content(item)
        assert item.get("id") == added.get("id"), "an item keeps its id"
        assert item["type"] == added["type"], "an item keeps its type"

    def _check_content(self, item: dict[str, Any]) -> None:
        if item["type"] == "message":
            assert item["content"] == self.parts, "the message is what was streamed"
        if item["type"] == "reasoning" and self.parts:
            assert self.parts in (item.get("summary"), item.get("content")), "the thinking is what was streamed"
        if item["type"] in ("function_call", "custom_tool_call"):
            assert item.get("arguments", item.get("input")) == self.text, "the call is what was streamed"

    def _take_content(self, kind: str, event: dict[str, Any]) -> None:
        if kind in PART_ADDED:
            assert self.open_part is None, "one part at a time"
            assert event.get("content_index", event.get("summary_index")) == len(self.parts), "parts in order"
            self.open_part, self.text = kind, ""
        elif kind in DELTAS:
            self.text += event["delta"]
        elif kind in DONES:
            assert event[DONES[kind][1]] == self.text, f"{kind} is not the sum of its deltas"
        elif kind in PART_DONE:
            assert self.open_part is not None, "a part is done after it was added"
            part = event["part"]
            assert part.get("text", part.get("refusal")) == self.text, "the part is what was streamed"
            self.open_part = None
            self.parts.append(part)
