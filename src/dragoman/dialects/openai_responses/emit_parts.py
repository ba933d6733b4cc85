"""The model's parts → content parts of messages and of tool results.

What the wire has no place for is recorded at the `Place` where the emitter stands.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from dragoman.dialects.openai_responses.marks import (
    Fields,
    is_wire_field,
    read_marks,
    report_foreign_extras,
)
from dragoman.dialects.openai_responses.wire import FORMAT_BY_AUDIO_TYPE, NAME
from dragoman.model.content import (
    Audio,
    Citation,
    Extras,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    PartList,
    PlainText,
    Refusal,
    RemoteUrl,
    StoredFile,
    Text,
    Video,
)
from dragoman.model.loss import Loss, LossCode


class Place:
    """Where in the conversation the emitter stands. `is_ours`: the whole request came in this dialect."""

    __slots__ = ("inner", "is_ours", "losses", "part", "root", "turn")

    def __init__(self, losses: list[Loss], *, is_ours: bool, root: str = "turns") -> None:
        self.losses = losses
        self.is_ours = is_ours
        self.root = root
        self.turn = 0
        self.part = 0
        self.inner: int | None = None

    @property
    def path(self) -> str:
        inner = "" if self.inner is None else f".parts[{self.inner}]"
        return f"{self.root}[{self.turn}].parts[{self.part}]{inner}"

    def lose(self, code: LossCode, field: str = "", detail: str = "") -> None:
        """Record what cannot be carried."""
        self.losses.append(Loss(code, self.path + field, detail))

    def report_extras(self, extras: Extras | None) -> None:
        """Record the fields that only another dialect has a place for."""
        if extras is not None and (len(extras) > 1 or NAME not in extras):
            report_foreign_extras(extras, self.path, self.losses)


def emit_part(part: Part, natural: str, place: Place) -> Fields | None:
    """One part; None where there is no place for it."""
    emit = _EMITTERS.get(type(part))
    if emit is None:
        place.lose("dropped", "", f"a part of type {type(part).__struct_config__.tag} has no place here")
        return None
    return emit(part, natural, place)


def emit_content(parts: list[Part], natural: str, place: Place) -> list[Fields]:
    """All parts of a message."""
    content: list[Fields] = []
    for place.part, part in enumerate(parts):
        value = emit_part(part, natural, place)
        if value is not None:
            content.append(value)
    return content


def emit_annotations(citations: list[Citation], text_length: int, place: Place) -> list[Fields]:
    """Citations that have a URL, and those that were ours; a passage of a document cannot be named here."""
    annotations: list[Fields] = []
    for index, citation in enumerate(citations):
        annotation = emit_annotation(citation, text_length)
        if annotation is None:
            place.lose(
                "dropped", f".citations[{index}]", "only web addresses and the provider's own files can be cited"
            )
            continue
        annotations.append(annotation)
        report_citation(citation, f"{place.path}.citations[{index}]", place.losses)
    return annotations


def report_citation(citation: Citation, path: str, losses: list[Loss]) -> None:
    """What an annotation does not tell of its citation."""
    if _own_annotation(citation):
        return
    if citation.cited_text is not None:
        losses.append(Loss("dropped", f"{path}.cited_text"))
    if citation.kind != "url":
        losses.append(Loss("approximated", path, f"a {citation.kind} citation is told as one of its address"))
    report_foreign_extras(citation.extras, path, losses)


def emit_annotation(citation: Citation, text_length: int) -> Fields | None:
    """One citation; without offsets of its own it covers the text so far."""
    own = _own_annotation(citation)
    if type(own) is dict:
        return own
    if citation.url is None:
        return None
    return {
        "type": "url_citation",
        "url": citation.url,
        "title": citation.title or "",
        "start_index": citation.start if citation.start is not None else 0,
        "end_index": citation.end if citation.end is not None else text_length,
    }


def data_uri(source: InlineData) -> str:
    """Inline data as text; without a media type it goes as it came."""
    return f"data:{source.media_type};base64,{source.data}" if source.media_type else source.data


def _own_annotation(citation: Citation) -> Any:
    return read_marks(citation.extras).get("_annotation")


def _emit_text(part: Text, natural: str, place: Place) -> Fields:
    value: Fields = {"type": natural, "text": part.text}
    if part.extras is None and part.citations is None and part.cache is None and part.signature is None:
        return value
    marks = read_marks(part.extras)
    value["type"] = marks.get("_type", natural)
    if part.citations is not None:
        annotations = emit_annotations(part.citations, len(part.text), place)
        if annotations or value["type"] == "output_text":
            value["annotations"] = annotations
    if "_logprobs" in marks:
        value["logprobs"] = marks["_logprobs"]
    if part.signature is not None:
        place.lose("stripped_token", ".signature")
    _finish(value, part, marks, place)
    return value


def _emit_refusal(part: Refusal, _: str, place: Place) -> Fields:
    value: Fields = {"type": "refusal", "refusal": part.text}
    if part.extras is not None:
        _finish(value, part, read_marks(part.extras), place)
    return value


def _emit_image(part: Image, _: str, place: Place) -> Fields | None:
    value: Fields = {"type": "input_image"}
    match part.source:
        case InlineData():
            value["image_url"] = data_uri(part.source)
        case RemoteUrl(url=url):
            value["image_url"] = url
        case StoredFile(file_id=file_id):
            value["file_id"] = file_id
        case _:
            place.lose("dropped", ".source", "an image must be data, a URL or a stored file")
            return None
    if part.detail is not None:
        value["detail"] = part.detail
    _finish(value, part, read_marks(part.extras), place)
    return value


def _emit_file(part: File, _: str, place: Place) -> Fields:
    value: Fields = {"type": "input_file"}
    name = part.name
    match part.source:
        case InlineData():
            value["file_data"] = data_uri(part.source)
            name = name or (None if place.is_ours else _default_name(part.source.media_type))
        case PlainText(text=text, media_type=media_type):
            data = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")
            value["file_data"] = data_uri(InlineData(media_type, data))
            name = name or "document.txt"
        case RemoteUrl(url=url):
            value["file_url"] = url
        case StoredFile(file_id=file_id):
            value["file_id"] = file_id
        case PartList(parts=parts):
            value = {"type": "input_text", "text": _join_texts(parts)}
            place.lose("approximated", "", "a document given as parts becomes text")
            name = None
    if name is not None:
        value["filename"] = name
    for field in ("context", "cite"):
        if getattr(part, field):
            place.lose("dropped", f".{field}")
    _finish(value, part, read_marks(part.extras), place)
    return value


def _emit_audio(part: Audio, _: str, place: Place) -> Fields | None:
    source = part.source
    if not isinstance(source, InlineData):
        place.lose("dropped", ".source", "audio must be given as data")
        return None
    form = FORMAT_BY_AUDIO_TYPE.get(source.media_type) or source.media_type.removeprefix("audio/")
    value: Fields = {"type": "input_audio", "input_audio": {"data": source.data, "format": form}}
    _finish(value, part, read_marks(part.extras), place)
    return value


def _emit_video(_: Video, __: str, place: Place) -> None:
    place.lose("dropped", "", "video has no place here")


def _emit_opaque(part: Opaque, _: str, place: Place) -> Fields | None:
    if part.dialect == NAME:
        return part.value
    place.lose("dropped", "", f"{part.kind} is a word of {part.dialect} alone")
    return None


def _finish(value: Fields, part: Any, marks: Fields, place: Place) -> None:
    """What all parts may carry: a cache breakpoint, our own further fields, fields of others."""
    if "_cache" in marks:
        value["prompt_cache_breakpoint"] = marks["_cache"]
    elif getattr(part, "cache", None) is not None:
        place.lose("dropped", ".cache", "this provider caches by itself")
    for name, field in marks.items():
        if is_wire_field(name) and not name.startswith("message."):
            value[name] = field
    place.report_extras(part.extras)


def _default_name(media_type: str) -> str:
    """The wire demands a name beside data."""
    return "document.pdf" if media_type == "application/pdf" else "document.txt"


def _join_texts(parts: list[Part]) -> str:
    return "\n\n".join(part.text for part in parts if isinstance(part, Text))


_EMITTERS: dict[type, Callable[[Any, str, Place], Fields | None]] = {
    Text: _emit_text,
    Refusal: _emit_refusal,
    Image: _emit_image,
    File: _emit_file,
    Audio: _emit_audio,
    Video: _emit_video,
    Opaque: _emit_opaque,
}
