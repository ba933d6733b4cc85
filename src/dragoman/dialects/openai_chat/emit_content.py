"""Parts of a message's content in this dialect's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dragoman.dialects.openai_chat.emit_file import emit_file
from dragoman.dialects.openai_chat.marks import form_of
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.dialects.openai_chat.source import write_url
from dragoman.dialects.openai_chat.wire import AUDIO_FORMATS, NAME
from dragoman.model.content import (
    Audio,
    File,
    Image,
    InlineData,
    Opaque,
    PartList,
    Refusal,
    RemoteUrl,
    Source,
    Text,
    Video,
)
from dragoman.wire.json_read import Fields


def emit_parts(parts: list[Any], outlet: Outlet, path: str) -> list[Fields]:
    """All parts that have a place here. A document made of parts is given as those parts."""
    content: list[Fields] = []
    for index, part in enumerate(parts):
        here = f"{path}[{index}]"
        if isinstance(part, File) and isinstance(part.source, PartList):
            outlet.lose(here, "The document is given as its parts.", "approximated")
            content += emit_parts(part.source.parts, outlet, f"{here}.source.parts")
            continue
        wire = emit_part(part, outlet, here)
        if wire is not None:
            content.append(wire)
    return content


def emit_part(part: Any, outlet: Outlet, path: str) -> Fields | None:
    """One part; None, with a loss, where there is no place for it."""
    if isinstance(part, Opaque):
        return _emit_opaque(part, outlet, path)
    emit = _EMITTERS.get(type(part))
    if emit is None:
        outlet.lose(path, f"Content has no place for {type(part).__name__}.")
        return None
    wire = emit(part, outlet, path)
    if wire is None:
        return None
    return outlet.put_marks(wire, getattr(part, "cache", None), part.extras, path)


def report_text(part: Text, outlet: Outlet, path: str) -> None:
    """What a text of a request cannot take along."""
    if part.citations:
        outlet.lose(f"{path}.citations")
    if part.signature is not None:
        outlet.lose(f"{path}.signature", code="stripped_token")


def _emit_opaque(part: Opaque, outlet: Outlet, path: str) -> Fields | None:
    if part.dialect == NAME:
        return part.value
    outlet.lose(path, f"Only {part.dialect} knows {part.kind}.")
    return None


def _emit_text(part: Text, outlet: Outlet, path: str) -> Fields:
    report_text(part, outlet, path)
    return {"type": "text", "text": part.text}


def _emit_refusal(part: Refusal, _outlet: Outlet, _path: str) -> Fields:
    return {"type": "refusal", "refusal": part.text}


def _emit_source(source: Source, outlet: Outlet, path: str) -> str | None:
    url = write_url(source)
    if url is None:
        outlet.lose(path, f"Media go inline or by URL, not as {type(source).__name__}.")
    return url


def _emit_image(part: Image, outlet: Outlet, path: str) -> Fields | None:
    url = _emit_source(part.source, outlet, path)
    if url is None:
        return None
    if "string" in form_of(part.extras):
        return {"type": "image_url", "image_url": url}
    return {"type": "image_url", "image_url": {"url": url, "detail": part.detail} if part.detail else {"url": url}}


def _emit_video(part: Video, outlet: Outlet, path: str) -> Fields | None:
    """Not OpenAI's, but what vLLM, llama.cpp and OpenRouter take."""
    url = _emit_source(part.source, outlet, path)
    if url is None:
        return None
    return {"type": "video_url", "video_url": url if "string" in form_of(part.extras) else {"url": url}}


def _emit_audio(part: Audio, outlet: Outlet, path: str) -> Fields | None:
    source = part.source
    if isinstance(source, RemoteUrl) and "string" in form_of(part.extras):
        return {"type": "input_audio", "input_audio": source.url}
    if not isinstance(source, InlineData):
        outlet.lose(path, "Audio goes inline only.")
        return None
    if not source.media_type:
        is_bare = "string" in form_of(part.extras)
        return {"type": "input_audio", "input_audio": source.data if is_bare else {"data": source.data}}
    form = AUDIO_FORMATS.get(source.media_type) or source.media_type.removeprefix("audio/")
    return {"type": "input_audio", "input_audio": {"data": source.data, "format": form}}


_EMITTERS: dict[type, Callable[[Any, Outlet, str], Fields | None]] = {
    Text: _emit_text,
    Refusal: _emit_refusal,
    Image: _emit_image,
    Audio: _emit_audio,
    Video: _emit_video,
    File: emit_file,
}
