"""Content parts of messages and of tool results → the model's parts.

Cases: text (`input_text`, `output_text`, bare `text`), refusal, image (URL, data URI, file id), file (data, URL, file
id), audio. Anything else is an `Opaque` part. In a message of the assistant `output_text` is the natural word for text,
elsewhere `input_text`; a part that uses the other one remembers it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dragoman.dialects.openai_responses.marks import Fields, own_extras
from dragoman.dialects.openai_responses.wire import AUDIO_TYPE_BY_FORMAT, NAME
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    Citation,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    Refusal,
    RemoteUrl,
    Source,
    StoredFile,
    Text,
)
from dragoman.wire.json_read import read_each, read_optional, read_required

_DATA_URI = re.compile(r"data:([^,]+);base64,(.*)", re.DOTALL)
_BREAKPOINT = "prompt_cache_breakpoint"

_TEXT_FIELDS = frozenset({"type", "text", "annotations", "logprobs", _BREAKPOINT})
_IMAGE_FIELDS = frozenset({"type", "image_url", "file_id", "detail", _BREAKPOINT})
_FILE_FIELDS = frozenset({"type", "file_data", "file_url", "file_id", "filename", _BREAKPOINT})
_AUDIO_FIELDS = frozenset({"type", "input_audio"})
_REFUSAL_FIELDS = frozenset({"type", "refusal"})


def parse_content(content: list[Any], natural: str) -> list[Part]:
    """All parts of a message's `content` or of a result's `output`. `natural` is the word for text there."""
    parts: list[Part] = []
    index = 0
    try:
        for value in content:
            parts.append(parse_part(value, natural))
            index += 1
    except DragomanError as error:
        raise error.under(f"[{index}]") from None
    return parts


def parse_part(value: Any, natural: str) -> Part:
    """One part."""
    if type(value) is not dict:
        raise invalid("An object is expected here.")
    kind = value.get("type")
    if kind == natural and len(value) == 2 and type(text := value.get("text")) is str:
        return Text(text)
    parse = _PARTS.get(kind) if type(kind) is str else None
    if parse is None:
        return Opaque(NAME, read_required(value, "type", str), value)
    return parse(value, natural)


def parse_text(value: Fields, natural: str) -> Text:
    """Text with all that may hang on it."""
    marks: Fields = {} if value.keys() <= _TEXT_FIELDS else _rest(value, _TEXT_FIELDS)
    if value["type"] != natural:
        marks["_type"] = value["type"]
    if value.get("logprobs") is not None:
        marks["_logprobs"] = value["logprobs"]
    annotations = read_optional(value, "annotations", list)
    citations = read_each(annotations, "annotations", parse_annotation) if annotations else annotations
    cache = _read_breakpoint(value, marks) if _BREAKPOINT in value else None
    return Text(read_required(value, "text", str), citations=citations, cache=cache, extras=own_extras(marks))


def parse_annotation(value: Fields) -> Citation:
    """Where a text comes from. The wire's own object is kept: most of its fields name files of the provider."""
    return Citation(
        kind="url" if value.get("type") == "url_citation" else "other",
        url=_of_type(value, "url", str),
        title=_of_type(value, "title", str) or _of_type(value, "filename", str),
        start=_of_type(value, "start_index", int),
        end=_of_type(value, "end_index", int),
        extras={NAME: {"_annotation": value}},
    )


def read_source(url: str) -> Source:
    """A URL or a data URI. A data URI of an unusual form stays a URL, so that it comes out as it was."""
    match = _DATA_URI.fullmatch(url)
    return InlineData(match[1], match[2]) if match else RemoteUrl(url)


def _parse_refusal(value: Fields, _: str) -> Refusal:
    return Refusal(read_required(value, "refusal", str), extras=own_extras(_rest(value, _REFUSAL_FIELDS)))


def _parse_image(value: Fields, _: str) -> Part:
    marks = _rest(value, _IMAGE_FIELDS)
    url = read_optional(value, "image_url", str)
    file_id = read_optional(value, "file_id", str)
    if url is None and file_id is None:
        return Opaque(NAME, "input_image", value)
    if url is not None and file_id is not None:
        marks["file_id"] = file_id
    source = StoredFile(file_id or "") if url is None else read_source(url)
    cache = _read_breakpoint(value, marks)
    return Image(source, read_optional(value, "detail", str), cache, own_extras(marks))


def _parse_file(value: Fields, _: str) -> Part:
    marks = _rest(value, _FILE_FIELDS)
    source: Source | None = None
    for name in ("file_data", "file_url", "file_id"):
        text = read_optional(value, name, str)
        if text is None:
            continue
        if source is None:
            source = _FILE_SOURCES[name](text)
        else:
            marks[name] = text
    if source is None:
        return Opaque(NAME, "input_file", value)
    cache = _read_breakpoint(value, marks)
    return File(source, name=read_optional(value, "filename", str), cache=cache, extras=own_extras(marks))


def _read_file_data(data: str) -> Source:
    match = _DATA_URI.fullmatch(data)
    return InlineData(match[1], match[2]) if match else InlineData("", data)


def _parse_audio(value: Fields, _: str) -> Part:
    audio = read_required(value, "input_audio", dict)
    try:
        form = read_required(audio, "format", str)
        source = InlineData(AUDIO_TYPE_BY_FORMAT.get(form) or f"audio/{form}", read_required(audio, "data", str))
    except DragomanError as error:
        raise error.under("input_audio") from None
    if len(audio) != 2:
        return Opaque(NAME, "input_audio", value)
    return Audio(source, extras=own_extras(_rest(value, _AUDIO_FIELDS)))


def _read_breakpoint(value: Fields, marks: Fields) -> CacheBreakpoint | None:
    breakpoint_ = read_optional(value, _BREAKPOINT, dict)
    if breakpoint_ is None:
        return None
    marks["_cache"] = breakpoint_
    return CacheBreakpoint()


def _rest(value: Fields, known: frozenset[str]) -> Fields:
    return {name: value[name] for name in value if name not in known}


def _of_type(value: Fields, name: str, kind: type) -> Any:
    found = value.get(name)
    return found if type(found) is kind else None


_FILE_SOURCES: dict[str, Callable[[str], Source]] = {
    "file_data": _read_file_data,
    "file_url": RemoteUrl,
    "file_id": StoredFile,
}

_PARTS: dict[str, Callable[[Fields, str], Part]] = {
    "input_text": parse_text,
    "output_text": parse_text,
    "text": parse_text,
    "refusal": _parse_refusal,
    "input_image": _parse_image,
    "input_file": _parse_file,
    "input_audio": _parse_audio,
}
