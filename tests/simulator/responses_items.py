"""The output items of OpenAI Responses, as they are when they are done."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any, NamedTuple

from tests.simulator.dialect import Turn
from tests.simulator.say import JSON, Part, Refusal, Text, Thinking, ToolCall, join_arguments

ENCRYPTED = "reasoning.encrypted_content"


class Item(NamedTuple):
    """One output item: the parts it is made of, and what it is when it is done."""

    number: int
    parts: list[Any]
    done: JSON

    @property
    def place(self) -> JSON:
        return {"item_id": self.done["id"], "output_index": self.number}


def build_items(turn: Turn) -> list[Item]:
    """Neighbouring texts and refusals share a message; everything else is an item of its own."""
    groups = groupby(
        enumerate(turn.candidates[0]), key=lambda pair: -1 if isinstance(pair[1], Text | Refusal) else pair[0]
    )
    parts = [[part for _, part in group] for _, group in groups]
    return [Item(index, group, ITEMS[type(group[0])](turn, group, index)) for index, group in enumerate(parts)]


def _message(turn: Turn, parts: list[Text | Refusal], index: int) -> JSON:
    made = {"id": turn.id("msg_", 48, index), "type": "message", "status": "completed", "role": "assistant"}
    return made | {"content": [build_content(part) for part in parts]}


def build_content(part: Text | Refusal) -> JSON:
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.text}
    return {"type": "output_text", "annotations": _annotations(part), "logprobs": [], "text": part.text}


def _annotations(part: Text) -> list[JSON]:
    return [
        {"type": "url_citation", "start_index": c.start, "end_index": c.end, "title": c.title, "url": c.url}
        for c in part.citations
    ]


def _reasoning(turn: Turn, parts: list[Thinking], index: int) -> JSON:
    [part] = parts
    item: JSON = {"id": turn.id("rs_", 48, index), "type": "reasoning", "content": [], "summary": []}
    if part.text:
        item["summary"] = [{"type": "summary_text", "text": part.text}]
    if ENCRYPTED in (turn.call.body.get("include") or []):
        item["encrypted_content"] = part.redacted or part.signature or turn.secret("thinking", index)
    return item


def _call(turn: Turn, parts: list[ToolCall], index: int) -> JSON:
    [part] = parts
    kind, prefix, field = name_call(turn, part)
    return {
        "id": turn.id(prefix, 48, index),
        "type": kind,
        "status": "completed",
        field: join_arguments(part),
        "call_id": part.id or turn.id("call_", 24, index),
        "name": part.name,
    }


def name_call(turn: Turn, part: ToolCall) -> tuple[str, str, str]:
    """A tool that the request declared as custom takes free text."""
    custom = {tool.get("name") for tool in turn.call.body.get("tools") or [] if tool.get("type") == "custom"}
    return ("custom_tool_call", "ctc_", "input") if part.name in custom else ("function_call", "fc_", "arguments")


ITEMS: dict[type[Part], Callable[[Turn, list[Any], int], JSON]] = {
    Text: _message,
    Refusal: _message,
    Thinking: _reasoning,
    ToolCall: _call,
}
