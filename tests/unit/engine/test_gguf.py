"""The file format, byte by byte."""

from __future__ import annotations

import io
import struct
from pathlib import Path

from dragoman.engine.gguf import ALIGNMENT, Fact, Tensor, write_gguf

FACTS: dict[str, Fact] = {"a": True, "b": 7, "c": 0.5, "d": "word", "e": [1, -1], "f": ["x", "▁y"]}


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def test_a_file_begins_with_its_counts_and_facts(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    write_gguf(path, FACTS, [], io.BytesIO())
    expected = b"GGUF" + struct.pack("<IQQ", 3, 0, 6)
    expected += text("a") + struct.pack("<I?", 7, True) + text("b") + struct.pack("<II", 4, 7)
    expected += text("c") + struct.pack("<If", 6, 0.5) + text("d") + struct.pack("<I", 8) + text("word")
    expected += text("e") + struct.pack("<IIQii", 9, 5, 2, 1, -1)
    expected += text("f") + struct.pack("<IIQ", 9, 8, 2) + text("x") + text("▁y")
    assert path.read_bytes() == expected


def test_tensors_are_taken_over_and_each_begins_where_it_must(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    source = io.BytesIO(b"....AAAABBBBBBBB")
    write_gguf(path, {}, [Tensor("b", (2, 1), 8, 8), Tensor("a", (1,), 4, 4)], source)
    written = path.read_bytes()
    infos = text("b") + struct.pack("<IQQIQ", 2, 1, 2, 0, 0) + text("a") + struct.pack("<IQIQ", 1, 1, 0, ALIGNMENT)
    assert written[24 : 24 + len(infos)] == infos
    first = written.index(b"BBBBBBBB")
    assert first % ALIGNMENT == 0
    assert written[first + ALIGNMENT :] == b"AAAA"
