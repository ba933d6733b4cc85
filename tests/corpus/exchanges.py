"""Recorded exchanges with real providers. They are not part of the project: tests that read them skip without them."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

DEFAULT = Path(__file__).parents[2].parent / "shared" / "corpus" / "exchanges.jsonl.gz"


def read_exchanges(dialect: str, operation: str = "generate") -> Iterator[dict[str, Any]]:
    """Every recorded exchange of a dialect (`openai-chat`, `openai-responses`, `anthropic`, `gemini`)."""
    path = Path(os.environ.get("DRAGOMAN_CORPUS", DEFAULT))
    if not path.exists():
        pytest.skip(f"no recorded exchanges at {path.name}; set DRAGOMAN_CORPUS")
    decode = msgspec.json.Decoder().decode
    with gzip.open(path) as lines:
        for line in lines:
            exchange = decode(line)
            if exchange["dialect"] == dialect and exchange["op"] == operation:
                yield exchange


def judge(kind: str, total: int, different: list[str]) -> None:
    """At least 99 of 100 are as they were; `-s` shows the figures and the rest."""
    sys.stdout.write(f"{kind}: {total - len(different)} of {total} as they were; not: {different}\n")
    assert total > 0
    assert len(different) <= total / 100
