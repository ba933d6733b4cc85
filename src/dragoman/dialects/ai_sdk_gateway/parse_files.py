"""Files of a prompt: where their data lies, and which kind of part their media type makes of them.

Version 4 tags the data (`{"type": "url", "url": …}`); version 3 writes a bare string, which is a URL or base64 text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dragoman.dialects.ai_sdk_gateway.options import Options
from dragoman.dialects.ai_sdk_gateway.wire import SNIFFED_MEDIA_TYPES
from dragoman.errors import invalid
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    Extras,
    File,
    Image,
    InlineData,
    PlainText,
    RemoteUrl,
    Source,
    StoredFile,
    Video,
)
from dragoman.wire.json_read import Fields, read_optional, read_required, require_one_of

Media = Image | Audio | Video | File


def parse_file(part: Fields) -> Media:
    """A part of type `file`."""
    media_type = read_optional(part, "mediaType", str) or ""
    return build_media(part, parse_data(part.get("data"), media_type), media_type)


def build_media(part: Fields, source: Source, media_type: str) -> Media:
    """The part that a source of this media type is; the options beside it are read here."""
    options = Options(part)
    detail = options.take_text("openai", "imageDetail")
    name = read_optional(part, "filename", str) or options.take_text("anthropic", "title")
    context = options.take_text("anthropic", "context")
    cite = options.take("anthropic", "citations")
    cache = options.take_cache()
    exact = media_type if is_exact(media_type) else getattr(source, "media_type", "")
    family = (exact or media_type).partition("/")[0]
    if family == "image":
        return Image(source, detail, cache, options.extras())
    if family in {"audio", "video"}:
        return _build_timed(family, source, cache, options.extras())
    is_cited = cite.get("enabled") is True if type(cite) is dict else None
    return File(source, name, context, is_cited, cache, options.extras())


def _build_timed(family: str, source: Source, cache: CacheBreakpoint | None, extras: Extras | None) -> Media:
    if family == "audio":
        return Audio(source, cache=cache, extras=extras)
    return Video(source, cache=cache, extras=extras)


def is_exact(media_type: str) -> bool:
    """Whether a media type names a format: neither `image` nor `image/*` does."""
    return "/" in media_type and not media_type.endswith("/*")


# -- data ------------------------------------------------------------------------------------------------------------


def parse_data(data: Any, media_type: str) -> Source:
    """The field `data`, in either version's form."""
    if type(data) is str:
        return parse_text_data(data, media_type)
    if type(data) is not dict:
        raise invalid("This field is required and must be an object or a string.", "data")
    kind = read_required(data, "type", str)
    require_one_of(kind, _DATA, "data.type")
    return _DATA[kind](data, media_type)


def parse_text_data(text: str, media_type: str) -> Source:
    """A URL, or base64 text; a data URI says its media type itself."""
    if text.startswith("data:"):
        head, _, encoded = text[5:].partition(",")
        told, _, encoding = head.partition(";")
        if not encoding.endswith("base64"):
            raise invalid("A data URI must be in base64.", "data")
        return InlineData(_sharpen(told or media_type, encoded), encoded)
    if text.startswith(("https://", "http://")):
        return RemoteUrl(text, media_type if is_exact(media_type) else "")
    return InlineData(_sharpen(media_type, text), text)


def _sharpen(media_type: str, encoded: str) -> str:
    """The exact media type of base64 text, where the caller gave none and its first bytes tell."""
    if is_exact(media_type):
        return media_type
    return next((exact for start, exact in SNIFFED_MEDIA_TYPES.items() if encoded.startswith(start)), media_type)


def _parse_inline(data: Fields, media_type: str) -> Source:
    return parse_text_data(read_required(data, "data", str), media_type)


def _parse_url(data: Fields, media_type: str) -> Source:
    return parse_text_data(read_required(data, "url", str), media_type)


def _parse_plain(data: Fields, media_type: str) -> Source:
    return PlainText(read_required(data, "text", str), media_type if is_exact(media_type) else "text/plain")


def _parse_reference(data: Fields, media_type: str) -> Source:
    """Ids by provider. With several of them nobody could tell which one the target will understand."""
    ids = read_required(data, "reference", dict)
    return parse_reference(ids, media_type)


def parse_reference(ids: Any, media_type: str) -> StoredFile:
    """An id, or an object that holds one by the name of the provider that keeps the file."""
    if type(ids) is dict and len(ids) == 1:
        (ids,) = ids.values()
    if type(ids) is not str:
        raise invalid("A stored file is named by one id, under the name of one provider.", "data.reference")
    return StoredFile(ids, media_type if is_exact(media_type) else "")


_DATA: dict[str, Callable[[Fields, str], Source]] = {
    "data": _parse_inline,
    "url": _parse_url,
    "text": _parse_plain,
    "reference": _parse_reference,
}
