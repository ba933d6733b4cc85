"""Losses on their way to the caller: a header, or a refusal under strict."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss

MAX_HEADER_BYTES = 2048

_NOT_PLAIN = re.compile(r"[^ -~]")


def emit_losses_header(losses: Sequence[Loss]) -> bytes:
    """`code:path` for each, comma separated; what does not fit is counted at the end."""
    pieces: list[bytes] = []
    size = 0
    for position, loss in enumerate(losses):
        piece = emit_header_text(f"{loss.code}:{loss.path}").replace(b",", b"?")
        size += len(piece) + 2
        if size > MAX_HEADER_BYTES:
            pieces.append(b"and %d more" % (len(losses) - position))
            break
        pieces.append(piece)
    return b", ".join(pieces)


def emit_header_text(text: str) -> bytes:
    """A text as one header value: whatever could end the line or is not plain becomes a question mark."""
    return _NOT_PLAIN.sub("?", text).encode("ascii")


def refuse_losses(losses: Sequence[Loss], target_name: str) -> DragomanError:
    """The answer under strict: each loss by name, nothing sent."""
    named = "; ".join(f"{loss.path} ({loss.code}{': ' + loss.detail if loss.detail else ''})" for loss in losses)
    return DragomanError(
        Kind.UNSUPPORTED, f"Strict translation was asked for and {target_name} cannot carry: {named}", code="strict"
    )
