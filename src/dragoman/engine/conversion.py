"""What a converter process is told and what it answers: one message each way, over its standard input and output."""

from __future__ import annotations

import msgspec


class VideoJob(msgspec.Struct, frozen=True, tag="video"):
    """Take frames out of a video, evenly over its length; JPEG, no edge longer than `max_edge`."""

    data: bytes
    media_type: str
    max_frames: int
    frames_per_second: float
    max_edge: int

    def __repr__(self) -> str:
        return f"<VideoJob {self.media_type}, {len(self.data)} bytes>"


class ImageJob(msgspec.Struct, frozen=True, tag="image"):
    """Make a JPEG of an image; no edge longer than `max_edge` and no more than `max_bytes`, where these are not 0."""

    data: bytes
    media_type: str
    max_edge: int = 0
    max_bytes: int = 0

    def __repr__(self) -> str:
        return f"<ImageJob {self.media_type}, {len(self.data)} bytes>"


class DocumentJob(msgspec.Struct, frozen=True, tag="document"):
    """Read the text of a PDF; pages without any become images, if `max_edge` is not 0."""

    data: bytes
    max_pages: int
    max_characters: int
    max_edge: int = 0

    def __repr__(self) -> str:
        return f"<DocumentJob {len(self.data)} bytes>"


Job = VideoJob | ImageJob | DocumentJob


class Frames(msgspec.Struct, frozen=True, tag="frames"):
    """Images, and at which second each stood. `seconds` is the length of the whole."""

    images: list[bytes]
    at_seconds: list[float]
    seconds: float
    has_sound: bool = False


class Page(msgspec.Struct, frozen=True):
    """The text of a page, or its picture in PNG."""

    text: str
    image: bytes = b""


class Pages(msgspec.Struct, frozen=True, tag="pages"):
    """`total` counts those too that were left out."""

    pages: list[Page]
    total: int


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """Why it could not be done, in words for the caller."""

    message: str


Outcome = Frames | Pages | Fault

MEDIA_FORMATS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-msvideo": "avi",
    "image/gif": "gif",
    "image/png": "png_pipe",
    "image/jpeg": "jpeg_pipe",
    "image/webp": "webp_pipe",
    "image/bmp": "bmp_pipe",
    "image/tiff": "tiff_pipe",
    "image/avif": "mov",
}
"""What can be opened, and by which reader. Readers that open further files (playlists) must never get a row."""


_jobs: msgspec.msgpack.Decoder[Job] = msgspec.msgpack.Decoder(Job)
_outcomes: msgspec.msgpack.Decoder[Outcome] = msgspec.msgpack.Decoder(Outcome)


def encode_message(message: Job | Outcome) -> bytes:
    """A message of either side."""
    return msgspec.msgpack.encode(message)


def decode_job(message: bytes) -> Job:
    """What a converter reads."""
    return _jobs.decode(message)


def decode_outcome(message: bytes) -> Outcome:
    """What the gateway reads; raises if a converter said anything else, or nothing."""
    return _outcomes.decode(message)
