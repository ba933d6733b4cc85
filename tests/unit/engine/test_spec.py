"""What goes to a worker and what comes back."""

from __future__ import annotations

import pytest

from dragoman.engine.spec import Abilities, WorkerSpec, decode_abilities, decode_spec, encode_line
from dragoman.errors import DragomanError

SPEC = WorkerSpec("m", "/m.gguf", "/s.sock", "secret-key", 1, sampling={"temperature": 0.2})


def test_a_spec_is_one_line_and_reads_back_the_same() -> None:
    line = encode_line(SPEC)
    assert line.count(b"\n") == 1
    assert decode_spec(line) == SPEC


def test_its_key_does_not_show() -> None:
    assert "secret-key" not in repr(SPEC)


def test_abilities_read_back_the_same() -> None:
    assert decode_abilities(encode_line(Abilities(tools=True))) == Abilities(tools=True, images=False)


@pytest.mark.parametrize("line", [b"", b"Traceback\n", b"[]\n"])
def test_a_worker_that_says_anything_else_was_not_loaded(line: bytes) -> None:
    with pytest.raises(DragomanError, match="could not be loaded"):
        decode_abilities(line)
