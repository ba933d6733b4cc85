"""The main of a process that reads one PDF, and then ends: `python -m dragoman.engine.convert_documents`.

Files of strangers are read by native code only in such a process. The only module that imports PDFium.
"""

from __future__ import annotations

import struct
import sys
import zlib
from typing import Any

import pypdfium2

from dragoman.engine.confinement import give_up_rights
from dragoman.engine.conversion import DocumentJob, Fault, Job, Outcome, Page, Pages, decode_job, encode_message

_RGB = 2  # PNG's number for three bytes a pixel


def main() -> int:
    """One job in, one outcome out."""
    give_up_rights()
    outcome = convert(decode_job(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(encode_message(outcome))
    return 0


def convert(job: Job) -> Outcome:
    """Whatever can be wrong with a file becomes words."""
    if not isinstance(job, DocumentJob):
        return Fault("That is no document.")
    try:
        return read_pages(job)
    except (pypdfium2.PdfiumError, MemoryError):
        return Fault("The PDF cannot be read; it is broken, or locked by a password.")


def read_pages(job: DocumentJob) -> Pages:
    """Page after page, until there are enough of them or enough text."""
    document = pypdfium2.PdfDocument(job.data)
    pages: list[Page] = []
    left = job.max_characters
    for number in range(min(len(document), job.max_pages)):
        if left <= 0:
            break
        page = document[number]
        text = page.get_textpage().get_text_bounded().replace("\r\n", "\n").strip()
        image = b"" if text or not job.max_edge else draw_page(page, job.max_edge)
        pages.append(Page(text[:left], image))
        left -= len(text)
    return Pages(pages, len(document))


def draw_page(page: Any, max_edge: int) -> bytes:
    """A page as a PNG file."""
    scale = max_edge / max(page.get_width(), page.get_height(), 1)
    bitmap = page.render(scale=scale, rev_byteorder=True, force_bitmap_format=pypdfium2.raw.FPDFBitmap_BGR)
    row_bytes = bitmap.width * 3
    pixels = bytes(bitmap.buffer)
    rows = (pixels[start : start + row_bytes] for start in range(0, bitmap.height * bitmap.stride, bitmap.stride))
    return write_png(bitmap.width, bitmap.height, b"".join(b"\0" + row for row in rows))


def write_png(width: int, height: int, rows: bytes) -> bytes:
    """The file format around the pixels; each row begins with its filter."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _RGB, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 6)),
        (b"IEND", b""),
    )
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


if __name__ == "__main__":
    sys.exit(main())
