"""What the first bytes of a file tell."""

from __future__ import annotations

import pytest

from dragoman.adapt.media.sniff import HEAD_BYTES, SIGNATURES, sniff_media_type


@pytest.mark.parametrize("row", SIGNATURES, ids=lambda row: row.media_type)
def test_every_signature_is_found_at_its_place(row: tuple[bytes, str, int, bytes]) -> None:
    start, media_type, offset, also = row
    head = bytearray(b"\0" * HEAD_BYTES)
    head[offset : offset + len(start)] = start
    if also:
        head[8:12] = also
    assert sniff_media_type(bytes(head)) == media_type


@pytest.mark.parametrize("head", [b"", b"RIFF\0\0\0\0what", b"#EXTM3U", b"<svg", b"<html>", b"\0" * 16])
def test_what_no_model_takes_has_no_type(head: bytes) -> None:
    assert sniff_media_type(head) == ""
