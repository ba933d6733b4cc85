"""How much memory a model takes beside its files, read from the facts at the head of its file: what it remembers of each
token of its context. Facts that are not there, or mean nothing, make the answer 0: then only the files count.

Spec: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

from dragoman.engine.gguf import MAGIC

BYTES_PER_NUMBER = 2  # half precision, which memory is kept in
MAX_FACTS = 4096
MAX_ITEMS = 16_000_000
MAX_TEXT_BYTES = 64 * 1024 * 1024
KEPT_ITEMS = 4096
"""Longer lists, which are vocabularies, are passed over."""

_PLAIN = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9

Facts = dict[str, Any]


def measure_token(path: Path) -> int:
    """Bytes that a model's memory takes for each token of its context."""
    facts = read_facts(path)
    name = facts.get("general.architecture")
    layers, width = _read_number(facts, f"{name}.block_count"), _read_number(facts, f"{name}.embedding_length")
    heads = _read_list(facts, f"{name}.attention.head_count", layers)
    shared = _read_list(facts, f"{name}.attention.head_count_kv", layers) or heads
    if not layers or not width or not heads or not shared:
        return 0
    usual = width // max(heads)
    key = _read_number(facts, f"{name}.attention.key_length") or usual
    value = _read_number(facts, f"{name}.attention.value_length") or usual
    return sum(shared) * (key + value) * BYTES_PER_NUMBER


def read_facts(path: Path) -> Facts:
    """What a file says of itself; nothing, if it cannot be read as what it should be."""
    try:
        with path.open("rb") as file:
            return _read_head(file)
    except (OSError, struct.error, ValueError):
        return {}


def _read_head(file: BinaryIO) -> Facts:
    if file.read(len(MAGIC)) != MAGIC:
        raise ValueError("another format")
    version, _, count = struct.unpack("<IQQ", file.read(20))
    if version < 2 or count > MAX_FACTS:
        raise ValueError("another version, or no head at all")
    facts: Facts = {}
    for _ in range(count):
        name = _read_text(file)
        if name.startswith("tokenizer.") and f"{facts.get('general.architecture')}.block_count" in facts:
            break  # what follows is long, and nothing to us
        facts[name] = _read_value(file, _unpack(file, "I"))
    return facts


def _read_value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _read_text(file)
    if kind == _ARRAY:
        return _read_items(file)
    return _unpack(file, _PLAIN.get(kind, ""))


def _read_items(file: BinaryIO) -> list[Any]:
    kind, count = struct.unpack("<IQ", file.read(12))
    if count > MAX_ITEMS:
        raise ValueError("too long a list")
    if count > KEPT_ITEMS and kind in _PLAIN:
        file.seek(count * struct.calcsize(_PLAIN[kind]), 1)
        return []
    items = (_read_value(file, kind) for _ in range(count))
    if count <= KEPT_ITEMS:
        return list(items)
    for _ in items:
        pass
    return []


def _read_text(file: BinaryIO) -> str:
    length = _unpack(file, "Q")
    if length > MAX_TEXT_BYTES:
        raise ValueError("too long a text")
    return file.read(length).decode("utf-8", "replace")


def _unpack(file: BinaryIO, form: str) -> Any:
    if not form:
        raise ValueError("an unknown kind of value")
    return struct.unpack(f"<{form}", file.read(struct.calcsize(form)))[0]


def _read_number(facts: Facts, name: str) -> int:
    found = facts.get(name)
    return found if type(found) is int and found > 0 else 0


def _read_list(facts: Facts, name: str, layers: int) -> list[int]:
    """A number for each layer; many models have one for all."""
    found = facts.get(name)
    items = found if isinstance(found, list) else [found] * layers
    numbers = [one for one in items if type(one) is int and one >= 0]
    return numbers if len(numbers) == len(items) and any(numbers) else []
