"""What has to become of each medium of a request before its target can take it.

A plan is made twice for a part that is given by its URL: once to see that its bytes are needed, and once more when they
are here and it is known what they are. Pure: whoever fetches and converts is told what, and brings back the result.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from dragoman.adapt.counting.image_size import read_base64_size
from dragoman.adapt.media.sniff import HEAD_BYTES, sniff_media_type
from dragoman.errors import invalid
from dragoman.model.content import Audio, File, Image, InlineData, Part, PartList, RemoteUrl, Text, ToolResult, Video
from dragoman.model.profile import ALL_MEDIA, Profile
from dragoman.model.request import Request

Medium = Image | Audio | Video | File

Errand = Literal["fetch", "frames", "redraw", "describe", "read_pdf", "read_text"]
"""What is to be done next with a medium."""

KINDS: dict[type, str] = {Image: "image", Audio: "audio", Video: "video", File: "file"}
_PARTS_BY_FAMILY: dict[str, type[Image | Audio | Video]] = {"image": Image, "audio": Audio, "video": Video}
_BASE64_HEAD = HEAD_BYTES * 4 // 3 + 4 & ~3


def needs_care(profile: Profile) -> bool:
    """Whether any request to such a target may have to be changed for its media."""
    has_bounds = bool(profile.image_types or profile.image_max_edge or profile.image_max_bytes)
    return has_bounds or profile.video_frames is not None or profile.media_urls != ALL_MEDIA


def list_media(request: Request) -> Iterator[tuple[str, Medium]]:
    """Every medium of the request with its path, wherever it stands."""
    for index, turn in enumerate(request.turns):
        yield from _list_parts(turn.parts, f"turns[{index}].parts")


def _list_parts(parts: list[Part], path: str) -> Iterator[tuple[str, Medium]]:
    for index, part in enumerate(parts):
        here = f"{path}[{index}]"
        if isinstance(part, ToolResult):
            yield from _list_parts(part.parts, f"{here}.parts")
        elif isinstance(part, File) and isinstance(part.source, PartList):
            yield from _list_parts(part.source.parts, f"{here}.source.parts")
        elif isinstance(part, Image | Audio | Video | File):
            yield here, part


def plan_errand(part: Medium, profile: Profile, *, describes: bool = False) -> Errand | None:
    """What to do with a medium; None where the target takes it as it is, or where nothing can be done for it.
    `describes`: there is somebody who tells what images show."""
    source = part.source
    kind = KINDS[type(part)]
    if describes and kind == "image" and "image" not in profile.media:
        return "describe"
    if isinstance(source, RemoteUrl):
        if not source.url.lower().startswith(("https://", "http://")):
            return None  # S3 and the like: the target knows them, or says so
        is_taken = kind in profile.media
        is_converted = kind == "file" or (kind == "video" and profile.video_frames is not None)
        return "fetch" if (kind not in profile.media_urls if is_taken else is_converted) else None
    if not isinstance(source, InlineData):
        return None
    media_type = read_media_type(source)
    match kind:
        case "video":
            return "frames" if profile.video_frames and "video" not in profile.media else None
        case "image":
            is_odd = bool(profile.image_types) and media_type not in profile.image_types
            return "redraw" if is_odd or is_too_large(source, profile) else None
        case "file" if "file" not in profile.media:
            return "read_pdf" if media_type == "application/pdf" else "read_text" if _is_text(media_type) else None
        case _:
            return None


def is_too_large(source: InlineData, profile: Profile) -> bool:
    """Whether an image has more pixels on a side, or more bytes, than the target takes. What does not tell its size passes."""
    if profile.image_max_bytes and len(source.data) * 3 // 4 > profile.image_max_bytes:
        return True
    size = read_base64_size(source.data) if profile.image_max_edge else None
    return size is not None and max(size) > profile.image_max_edge


def read_media_type(source: InlineData) -> str:
    """The type by the data's own first bytes, else what is said of it."""
    try:
        head = base64.b64decode(source.data[:_BASE64_HEAD])
    except binascii.Error:
        head = b""
    return sniff_media_type(head) or source.media_type.lower()


def read_bytes(source: InlineData) -> bytes:
    """The data; raises if it is no base64."""
    try:
        return base64.b64decode(source.data)
    except binascii.Error:
        raise invalid("This is no valid base64.") from None


def put_inline(part: Medium, media_type: str, data: bytes) -> Medium:
    """The medium with its bytes in place of its URL. What a caller called a file may turn out to be an image."""
    source = InlineData(media_type, base64.b64encode(data).decode())
    family = _PARTS_BY_FAMILY.get(media_type.partition("/")[0])
    if isinstance(part, File) and family is not None:
        return family(source, cache=part.cache, extras=part.extras)
    return msgspec.structs.replace(part, source=source)


def replace_media(request: Request, found: Mapping[str, list[Part]]) -> Request:
    """The request with other parts at these paths."""
    turns = [
        msgspec.structs.replace(turn, parts=_replace_parts(turn.parts, f"turns[{index}].parts", found))
        for index, turn in enumerate(request.turns)
    ]
    return msgspec.structs.replace(request, turns=turns)


def _replace_parts(parts: list[Part], path: str, found: Mapping[str, list[Part]]) -> list[Part]:
    replaced: list[Part] = []
    for index, part in enumerate(parts):
        here = f"{path}[{index}]"
        if isinstance(part, ToolResult):
            inner = _replace_parts(part.parts, f"{here}.parts", found)
            replaced.append(msgspec.structs.replace(part, parts=inner))
        elif isinstance(part, File) and isinstance(part.source, PartList):
            source = PartList(_replace_parts(part.source.parts, f"{here}.source.parts", found))
            replaced.append(msgspec.structs.replace(part, source=source))
        else:
            replaced += found.get(here, [part])
    return replaced


def write_text(part: File) -> list[Part]:
    """A document of plain text as a part of the conversation."""
    source = part.source
    if not isinstance(source, InlineData):
        return [part]
    text = read_bytes(source).decode("utf-8", "replace")
    return [Text(f"{part.name}\n\n{text}" if part.name else text, cache=part.cache)]


def _is_text(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type in {"application/json", "application/xml"}
