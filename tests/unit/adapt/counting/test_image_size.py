"""Sizes of images by their first bytes."""

from __future__ import annotations

import base64
import struct

import pytest

from dragoman.adapt.counting.image_size import read_base64_size, read_size

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 64, 48)
JPEG = (
    b"\xff\xd8"
    b"\xff\xe0"
    + struct.pack(">H", 16)
    + b"\0" * 14
    + b"\xff\xff\xc2"
    + struct.pack(">HBHH", 17, 8, 300, 400)
    + b"\0" * 4
)
RIFF = b"RIFF\0\0\0\0WEBP"
WEBP_FEATURES = RIFF + b"VP8X" + b"\0" * 8 + (1023).to_bytes(3, "little") + (767).to_bytes(3, "little")
WEBP_LOSSLESS = RIFF + b"VP8L" + b"\0" * 4 + b"\x2f" + (319 | 239 << 14).to_bytes(4, "little") + b"\0" * 5
WEBP_LOSSY = RIFF + b"VP8 " + b"\0" * 10 + struct.pack("<HH", 200, 100)


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (PNG, (640, 480)),
        (GIF, (64, 48)),
        (JPEG, (400, 300)),
        (WEBP_FEATURES, (1024, 768)),
        (WEBP_LOSSLESS, (320, 240)),
        (WEBP_LOSSY, (200, 100)),
    ],
)
def test_the_size_is_read_and_a_cut_head_is_none(head: bytes, size: tuple[int, int]) -> None:
    assert read_size(head) == size
    assert read_size(head[: len(head) // 2]) is None


@pytest.mark.parametrize("head", [b"", b"BM1234", b"\xff\xd8\x00\x00" + b"\0" * 20, b"\xff\xd8\xff\xd9\xff\x01" * 3])
def test_what_is_no_image_has_no_size(head: bytes) -> None:
    assert read_size(head) is None


def test_an_image_without_pixels_has_no_size() -> None:
    assert read_size(PNG[:16] + b"\0" * 8) is None


def test_base64_is_read_as_far_as_needed() -> None:
    text = base64.b64encode(PNG + b"\0" * 500_000).decode()
    assert read_base64_size(text) == (640, 480)
    assert read_base64_size(text[:-1]) == (640, 480)
    assert read_base64_size("not base64!") is None
    assert read_base64_size("é") is None
