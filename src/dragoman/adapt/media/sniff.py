"""What a file is, by its first bytes. Names and headers are claims; a file that is not what it claims to be is refused.

Only formats that some model takes, or that can be turned into one that it takes, have a row. Formats that name further
files to be opened (playlists, SVG) have none on purpose.
"""

from __future__ import annotations

from typing import NamedTuple


class Signature(NamedTuple):
    """Bytes that stand at an offset of every file of a type; `also` at 8 tells apart what shares a container."""

    start: bytes
    media_type: str
    offset: int = 0
    also: bytes = b""


SIGNATURES = (
    Signature(b"\x89PNG\r\n\x1a\n", "image/png"),
    Signature(b"\xff\xd8\xff", "image/jpeg"),
    Signature(b"GIF87a", "image/gif"),
    Signature(b"GIF89a", "image/gif"),
    Signature(b"RIFF", "image/webp", also=b"WEBP"),
    Signature(b"RIFF", "audio/wav", also=b"WAVE"),
    Signature(b"RIFF", "video/x-msvideo", also=b"AVI "),
    Signature(b"II*\0", "image/tiff"),
    Signature(b"MM\0*", "image/tiff"),
    Signature(b"ftyphei", "image/heic", 4),
    Signature(b"ftypmif1", "image/heic", 4),
    Signature(b"ftypavif", "image/avif", 4),
    Signature(b"ftypM4A", "audio/mp4", 4),
    Signature(b"ftypqt", "video/quicktime", 4),
    Signature(b"ftyp", "video/mp4", 4),
    Signature(b"\x1aE\xdf\xa3", "video/webm"),
    Signature(b"OggS", "audio/ogg"),
    Signature(b"fLaC", "audio/flac"),
    Signature(b"ID3", "audio/mpeg"),
    Signature(b"\xff\xfb", "audio/mpeg"),
    Signature(b"\xff\xf3", "audio/mpeg"),
    Signature(b"%PDF-", "application/pdf"),
    Signature(b"BM", "image/bmp"),
)
"""The first row that fits counts."""

HEAD_BYTES = 16


def sniff_media_type(head: bytes) -> str:
    """The type that the first bytes of a file give away; empty where they give away none."""
    for row in SIGNATURES:
        if head.startswith(row.start, row.offset) and (not row.also or head[8:12] == row.also):
            return row.media_type
    return ""
