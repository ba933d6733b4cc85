"""Content of messages: a bare string, or a list of typed parts.

Parts that carry media have one payload field each (`image_url`, `input_audio`, …), an object with one main field; some
servers and clients write the main field alone, as a string. Types nobody knows become `Opaque`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dragoman.dialects.openai_chat.marks import keep, parse_cache, rest_of
from dragoman.dialects.openai_chat.source import parse_loose_source, parse_source
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    Extras,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    StoredFile,
    Text,
    Video,
)
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required

AUDIO_TYPES = {"mp3": "audio/mpeg"}
_TEXT_FIELDS = frozenset({"type", "text"})
_REFUSAL_FIELDS = frozenset({"type", "refusal"})
_FILE_SHAPES = frozenset({"file", "file_url"})
_DOCUMENT_FIELDS = frozenset({"type", "document_url", "document_name"})


def parse_content(value: Any) -> list[Part]:
    """The parts of a `content` field of any form."""
    if type(value) is str:
        return [Text(value)]
    if type(value) is list:
        return read_each(value, "content", parse_part)
    if value is None:
        return []
    raise invalid("This field must be a string or an array of parts.", "content")


def parse_part(fields: Fields) -> Part:
    """One typed part."""
    kind = read_required(fields, "type", str)
    payload = _PAYLOADS.get(kind)
    if payload is not None:
        return _parse_payload(fields, payload)
    parse = _PLAIN.get(kind)
    return parse(fields) if parse else Opaque(NAME, kind, fields)


def read_marks(
    fields: Fields, known: frozenset[str], form: Fields | None = None
) -> tuple[CacheBreakpoint | None, Extras | None]:
    """What any part, tool or call may carry beside its own fields: a cache breakpoint, and things unknown."""
    if fields.keys() <= known and not form:
        return None, None
    rest = rest_of(fields, known)
    return _read_cache(rest, form or {})


def _read_cache(rest: Fields, form: Fields) -> tuple[CacheBreakpoint | None, Extras | None]:
    cache = parse_cache(rest.get("cache_control"))
    if cache is not None:
        form["cache_control"] = rest.pop("cache_control")
    return cache, keep(rest, form)


# -- parts with a payload --------------------------------------------------------------------------------------------

_Build = Callable[[Fields, CacheBreakpoint | None, Extras | None], Part]


class _Payload(NamedTuple):
    name: str
    outer: frozenset[str]
    main: str
    known: frozenset[str]
    build: _Build


def _payload(name: str, main: str, others: set[str], build: _Build) -> _Payload:
    return _Payload(name, frozenset({"type", name}), main, frozenset({main, *others}), build)


def _parse_payload(fields: Fields, payload: _Payload) -> Part:
    name = payload.name
    value = fields.get(name)
    rest = rest_of(fields, payload.outer)
    form: Fields = {}
    if type(value) is str:
        value = {payload.main: value}
        form["string"] = True
    elif type(value) is not dict:
        raise invalid("This field is required and must be an object.", name)
    elif left := rest_of(value, payload.known):
        rest[name] = left
    if name in _FILE_SHAPES:
        form["shape"] = name
    try:
        return payload.build(value, *_read_cache(rest, form))
    except DragomanError as error:
        raise error.under(name) from None


def _build_image(inner: Fields, cache: CacheBreakpoint | None, extras: Extras | None) -> Part:
    source = parse_source(read_required(inner, "url", str))
    return Image(source, read_optional(inner, "detail", str), cache, extras)


def _build_audio(inner: Fields, cache: CacheBreakpoint | None, extras: Extras | None) -> Part:
    data = read_required(inner, "data", str)
    form = read_optional(inner, "format", str)
    if form is None:
        return Audio(parse_loose_source(data), None, cache, extras)
    return Audio(InlineData(AUDIO_TYPES.get(form) or f"audio/{form}", data), None, cache, extras)


def _build_video(inner: Fields, cache: CacheBreakpoint | None, extras: Extras | None) -> Part:
    return Video(parse_source(read_required(inner, "url", str)), cache, extras)


def _build_file(inner: Fields, cache: CacheBreakpoint | None, extras: Extras | None) -> Part:
    data = read_optional(inner, "file_data", str)
    file_id = read_optional(inner, "file_id", str)
    name = read_optional(inner, "filename", str)
    if data is not None and file_id is not None:
        raise invalid("Give either file_data or file_id, not both.")
    if file_id is not None:
        return File(StoredFile(file_id), name, cache=cache, extras=extras)
    if data is None:
        raise invalid("One of file_data and file_id is required.")
    return File(parse_loose_source(data), name, cache=cache, extras=extras)


def _build_linked_file(inner: Fields, cache: CacheBreakpoint | None, extras: Extras | None) -> Part:
    return File(parse_source(read_required(inner, "url", str)), cache=cache, extras=extras)


_PAYLOADS: dict[str, _Payload] = {
    "image_url": _payload("image_url", "url", {"detail"}, _build_image),
    "input_audio": _payload("input_audio", "data", {"format"}, _build_audio),
    "video_url": _payload("video_url", "url", set(), _build_video),
    "file": _payload("file", "file_id", {"file_data", "filename"}, _build_file),
    "file_url": _payload("file_url", "url", set(), _build_linked_file),
}

# -- plain parts -----------------------------------------------------------------------------------------------------


def _parse_text(fields: Fields) -> Part:
    cache, extras = read_marks(fields, _TEXT_FIELDS)
    return Text(read_required(fields, "text", str), cache=cache, extras=extras)


def _parse_refusal(fields: Fields) -> Part:
    _, extras = read_marks(fields, _REFUSAL_FIELDS, {"place": "content"})
    return Refusal(read_required(fields, "refusal", str), extras)


def _parse_document(fields: Fields) -> Part:
    """Mistral's documents: the URL is a bare string and the name stands beside it."""
    url = read_required(fields, "document_url", str)
    cache, extras = read_marks(fields, _DOCUMENT_FIELDS, {"shape": "document_url"})
    return File(parse_source(url), read_optional(fields, "document_name", str), cache=cache, extras=extras)


def _parse_thinking(fields: Fields) -> Part:
    """Mistral's thinking: a part of the content, itself made of text parts."""
    return Reasoning(read_thinking(fields), extras=keep({}, {"part": fields}, is_minted=True))


def read_thinking(fields: Fields) -> str:
    """The text of a `thinking` part."""
    value = fields.get("thinking")
    if type(value) is str:
        return value
    if type(value) is not list:
        raise invalid("This field must be an array of text parts.", "thinking")
    return "".join(read_each(value, "thinking", lambda part: read_optional(part, "text", str) or ""))


_PLAIN: dict[str, Callable[[Fields], Part]] = {
    "text": _parse_text,
    "refusal": _parse_refusal,
    "document_url": _parse_document,
    "thinking": _parse_thinking,
}
