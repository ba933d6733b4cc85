"""The project's own vectors: what each dialect looks like on the wire, one behaviour a name.

`tests/vectors/<dialect>/<behaviour>.request.json`, `.response.json` and `.stream.sse`; any of the three may be missing.
The same behaviour has the same name in every dialect, so that a crossing can be judged against its parallel text.
Streams in Amazon's binary framing are kept as `.stream.jsonl`, one event a line, and framed when they are read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from dragoman.wire.aws_eventstream import emit_message
from dragoman.wire.json_document import encode_json

VECTORS = Path(__file__).parent / "vectors"
SUFFIXES = (".request.json", ".response.json", ".stream.sse", ".stream.jsonl")


@dataclass(frozen=True)
class Vector:
    """One behaviour in one dialect, as bytes."""

    dialect: str
    name: str
    request: bytes | None
    response: bytes | None
    stream: bytes | None

    def __repr__(self) -> str:
        return f"{self.dialect}:{self.name}"


def load_vectors(dialect: str) -> list[Vector]:
    """All vectors of a dialect, by name."""
    names: set[str] = set()
    for path in (VECTORS / dialect).iterdir():
        for suffix in SUFFIXES:
            if path.name.endswith(suffix):
                names.add(path.name.removesuffix(suffix))
    return [_load(dialect, name) for name in sorted(names)]


def _load(dialect: str, name: str) -> Vector:
    request, response, stream, events = (_read(VECTORS / dialect / f"{name}{suffix}") for suffix in SUFFIXES)
    return Vector(dialect, name, request, response, stream if events is None else frame_events(events))


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def frame_events(lines: bytes) -> bytes:
    """Events in Amazon's framing; each line is an object with one field, the event's or the exception's name."""
    return b"".join(_frame(word, fields) for line in lines.splitlines() for word, fields in json.loads(line).items())


def _frame(word: str, fields: object) -> bytes:
    kind = "exception" if word.endswith("Exception") else "event"
    headers = {f":{kind}-type": word, ":content-type": "application/json", ":message-type": kind}
    return emit_message(headers, encode_json(fields))
