"""How wide and high an image is, by its first bytes; nothing of it is decoded. PNG, JPEG, GIF and WebP."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

Size = tuple[int, int]

HEAD_CHARACTERS = 128 * 1024
"""Base64 text that is looked at: a camera may put a picture of its own before a JPEG's size."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x00, 0x01, 0xFF, *range(0xD0, 0xDA)})
"""Markers without a length behind them."""


def read_base64_size(data: str) -> Size | None:
    """The size of an image that is given as base64 text; None where it cannot be told."""
    text = data[:HEAD_CHARACTERS]
    try:
        return read_size(base64.b64decode(text[: len(text) // 4 * 4]))
    except (binascii.Error, ValueError):
        return None


def read_size(head: bytes) -> Size | None:
    """The size of an image by its first bytes; None where it cannot be told."""
    for start, read in _READERS.items():
        if head.startswith(start):
            size = read(head)
            return size if size is not None and min(size) > 0 else None
    return None


def _read_png(head: bytes) -> Size | None:
    return (_big(head, 16, 4), _big(head, 20, 4)) if len(head) >= 24 else None


def _read_gif(head: bytes) -> Size | None:
    return (_little(head, 6, 2), _little(head, 8, 2)) if len(head) >= 10 else None


def _read_webp(head: bytes) -> Size | None:
    """Three ways of writing it: with features, without loss, and with."""
    kind = head[12:16]
    if len(head) < 30:
        return None
    if kind == b"VP8X":
        return _little(head, 24, 3) + 1, _little(head, 27, 3) + 1
    if kind == b"VP8L":
        bits = _little(head, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return _little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF


def _read_jpeg(head: bytes) -> Size | None:
    """Segment after segment until the one that begins a frame."""
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker in _JPEG_FRAMES:
            return _big(head, at + 7, 2), _big(head, at + 5, 2)
        if marker == 0xFF:
            at += 1
        else:
            at += 2 if marker in _JPEG_BARE else 2 + max(2, _big(head, at + 2, 2))
    return None


def _big(head: bytes, at: int, size: int) -> int:
    return int.from_bytes(head[at : at + size], "big")


def _little(head: bytes, at: int, size: int) -> int:
    return int.from_bytes(head[at : at + size], "little")


_READERS: dict[bytes, Callable[[bytes], Size | None]] = {
    _PNG: _read_png,
    b"\xff\xd8": _read_jpeg,
    b"GIF8": _read_gif,
    b"RIFF": _read_webp,
}
