"""Writes GGUF, the file format of the engine's models: facts about the model, then its tensors, taken over byte by byte.

Only what an embedding model needs: facts are numbers, words and lists of them, tensors are 32-bit floats. The same
content always gives the same bytes, so that a checksum of the result can be pinned.
Spec: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

MAGIC = b"GGUF"
VERSION = 3
ALIGNMENT = 32
FLOAT32 = 0

Fact = bool | int | float | str | list[int] | list[str]

_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9


class Tensor(msgspec.Struct, frozen=True):
    """One tensor, by where its bytes lie in another file. `shape` has the slowest dimension first."""

    name: str
    shape: tuple[int, ...]
    start: int
    size: int


def write_gguf(path: Path, facts: Mapping[str, Fact], tensors: Sequence[Tensor], source: BinaryIO) -> None:
    """The whole file."""
    with path.open("wb") as file:
        file.write(MAGIC + struct.pack("<IQQ", VERSION, len(tensors), len(facts)))
        for name, fact in facts.items():
            file.write(_pack_string(name) + _pack_fact(fact))
        offset = 0
        for tensor in tensors:
            dimensions = struct.pack(f"<{len(tensor.shape)}Q", *reversed(tensor.shape))
            file.write(_pack_string(tensor.name) + struct.pack("<I", len(tensor.shape)) + dimensions)
            file.write(struct.pack("<IQ", FLOAT32, offset))
            offset += _align(tensor.size)
        for tensor in tensors:
            file.write(bytes(_align(file.tell()) - file.tell()))
            source.seek(tensor.start)
            file.write(source.read(tensor.size))


def _align(position: int) -> int:
    return position + -position % ALIGNMENT


def _pack_string(text: str) -> bytes:
    encoded = text.encode("utf-8")
    return struct.pack("<Q", len(encoded)) + encoded


def _pack_fact(fact: Fact) -> bytes:
    """A value behind its type. Single numbers are unsigned, those of lists are not."""
    if isinstance(fact, list):
        return struct.pack("<I", _ARRAY) + b"".join(_pack_list(fact))
    if isinstance(fact, bool):
        return struct.pack("<I?", _BOOL, fact)
    if isinstance(fact, int):
        return struct.pack("<II", _UINT32, fact)
    if isinstance(fact, float):
        return struct.pack("<If", _FLOAT32, fact)
    return struct.pack("<I", _STRING) + _pack_string(fact)


def _pack_list(facts: list[int] | list[str]) -> Iterator[bytes]:
    is_text = isinstance(facts[0], str)
    yield struct.pack("<IQ", _STRING if is_text else _INT32, len(facts))
    for fact in facts:
        yield _pack_string(fact) if isinstance(fact, str) else struct.pack("<i", fact)
