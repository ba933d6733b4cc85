"""A request or an answer of the model, told as a flat list of facts, so that two of them can be compared.

A fact says where it stands (`turns[2].parts[0].text`), what it is about without the numbers (`turns.text.text`) and the
value. Every field of every Struct becomes a fact unless it holds its default or nothing at all, so that a field that
is added to the model is compared from the day it is added. Left out is only what says *how* something was written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from dragoman.model.content import ToolCall
from dragoman.model.loss import SILENT
from dragoman.model.request import Request, Turn
from dragoman.model.response import Response

NOTES = frozenset({"joined", "shorthand", "reported", "wire", "is_estimate", "effort_only", "stream_usage", "tier"})
"""Bookkeeping of the model: the form that a dialect chose among equal ones, and the provider's own words."""

_ONE_FACT = frozenset({"schema", "metadata", "format", "value", "logprobs", "logit_bias"})
"""JSON that belongs together."""

_EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Fact:
    """One thing that was said; `path` is where, in the words that a loss uses. A part as such is a fact without value."""

    path: str
    topic: str
    value: str

    @property
    def meaning(self) -> tuple[str, str]:
        """What must arrive, wherever it then stands."""
        return self.topic, self.value


def list_facts(root: Request | Response) -> list[Fact]:
    """All that it says, in the order in which it says it."""
    return list(_read_struct(root, "", ""))


def _read_struct(struct: msgspec.Struct, path: str, topic: str) -> Iterator[Fact]:
    for field in msgspec.structs.fields(struct):
        value = getattr(struct, field.name)
        inner_path = f"{path}.{field.name}" if path else field.name
        inner_topic = f"{topic}.{field.name}" if topic else field.name
        if isinstance(struct, ToolCall) and field.name == "arguments":
            yield Fact(inner_path, inner_topic, _normal_json(value))
        elif field.name in NOTES or value in _EMPTY or (not field.required and value == field.default):
            continue
        elif field.name == "extras":
            yield from _read_extras(value, inner_path)
        else:
            yield from _read_value(value, inner_path, inner_topic)


def _read_value(value: Any, path: str, topic: str) -> Iterator[Fact]:
    if isinstance(value, msgspec.Struct):
        tag = value.__struct_config__.tag
        yield Fact(path, f"{topic}.kind", tag) if isinstance(tag, str) else Fact(path, topic, "given")
        yield from _read_struct(value, path, topic)
    elif isinstance(value, list):
        yield from _read_list(value, path, topic)
    elif isinstance(value, dict) and path.rpartition(".")[2] not in _ONE_FACT:
        for name, inner in value.items():
            yield from _read_value(inner, f"{path}.{name}", f"{topic}.{name}")
    else:
        yield Fact(path, topic, json.dumps(value, sort_keys=True, ensure_ascii=False))


def _read_list(values: list[Any], path: str, topic: str) -> Iterator[Fact]:
    for index, value in enumerate(values):
        here = f"{path}[{index}]"
        if isinstance(value, Turn):
            yield from _read_struct(value, here, "turns")
        elif isinstance(value, msgspec.Struct):
            yield from _read_tagged(value, here, topic)
        else:
            yield from _read_value(value, here, topic)


def _read_tagged(value: msgspec.Struct, path: str, topic: str) -> Iterator[Fact]:
    tag = value.__struct_config__.tag
    inner = topic
    if isinstance(tag, str):
        inner = f"{topic.removesuffix('parts').rstrip('.')}.{tag}".strip(".")
        yield Fact(path, inner, "")
    yield from _read_struct(value, path, inner)


def _read_extras(extras: dict[str, dict[str, Any]], path: str) -> Iterator[Fact]:
    for dialect, fields in extras.items():
        for name, value in fields.items():
            is_silent = name == "minted" or name.startswith("_") or name in SILENT.get(dialect, ())
            if not is_silent and value not in _EMPTY:
                yield Fact(f"{path}.{dialect}.{name}", f"extras.{dialect}.{name}", json.dumps(value, sort_keys=True))


def _normal_json(text: str) -> str:
    """Arguments are compared as what they mean; no arguments and an empty object are the same."""
    try:
        return json.dumps(json.loads(text or "{}"), sort_keys=True, ensure_ascii=False)
    except ValueError:
        return text
