"""Images, documents and audio to blocks, and the sources that they draw on."""

from __future__ import annotations

import base64
import binascii

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.emission import (
    Emission,
    Table,
    emit_nothing,
    emit_opaque,
    emit_parts,
    read_own,
)
from dragoman.dialects.anthropic_messages.emit_text import emit_text
from dragoman.model.content import (
    Audio,
    File,
    Image,
    InlineData,
    Opaque,
    PartList,
    PlainText,
    RemoteUrl,
    Source,
    StoredFile,
    Text,
)
from dragoman.wire.json_read import Fields


def emit_image(part: Image, emission: Emission) -> Fields | None:
    """An image by base64, URL or file id."""
    source = _emit_source(part.source, emission)
    if source is None or source["type"] not in ("base64", "url", "file"):
        emission.lose("dropped", "", "an image needs base64, a URL or a file id")
        return None
    block: Fields = {"type": "image", "source": source}
    if part.detail is not None:
        emission.lose("dropped", "detail")
    emission.decorate(block, part)
    return block


def emit_file(part: File, emission: Emission) -> Fields | None:
    """A document, or a search result that came in as one."""
    media_type = getattr(part.source, "media_type", "")
    if media_type.startswith("image/"):
        return emit_image(Image(part.source, cache=part.cache, extras=part.extras), emission)
    if media_type.startswith(("audio/", "video/")):
        emit_nothing(part, emission)
        return None
    source = _emit_document_source(part.source, emission)
    if source is None:
        emission.lose("dropped", "", "the text of the document is not UTF-8")
        return None
    if read_own(part.extras).get("type") == "search_result":
        block: Fields = {"type": "search_result", "content": source.get("content", [])}
    else:
        block = {"type": "document", "source": source}
    if part.name is not None:
        block["title"] = part.name
    if part.context is not None:
        block["context"] = part.context
    if part.cite is not None:
        block["citations"] = {"enabled": part.cite}
    emission.decorate(block, part)
    return block


def _emit_document_source(source: Source, emission: Emission) -> Fields | None:
    if type(source) is InlineData and source.media_type.startswith("text/"):
        try:
            text = base64.b64decode(source.data).decode()
        except (binascii.Error, ValueError):
            return None
        source = PlainText(text, source.media_type)
    if type(source) is PlainText and source.media_type != "text/plain":
        emission.lose("approximated", "source.media_type", "sent as text/plain")
    return _emit_source(source, emission)


def _emit_source(source: Source, emission: Emission) -> Fields | None:
    match source:
        case InlineData():
            media_type = source.media_type or _sniff(source.data, emission)
            return {"type": "base64", "media_type": media_type, "data": source.data}
        case RemoteUrl():
            return {"type": "url", "url": source.url}
        case StoredFile():
            return {"type": "file", "file_id": source.file_id}
        case PlainText():
            return {"type": "text", "media_type": "text/plain", "data": source.text}
        case PartList():
            return {"type": "content", "content": emit_parts(source.parts, _DOCUMENT_PARTS, emission)}


def _sniff(data: str, emission: Emission) -> str:
    for prefix, media_type in wire.MEDIA_TYPE_BY_PREFIX:
        if data.startswith(prefix):
            return media_type
    emission.lose("defaulted", "source.media_type", "not said and not seen from the data")
    return "image/png"


def emit_audio(part: Audio, emission: Emission) -> Fields | None:
    """What was spoken, if it is known; sound itself has no place."""
    if not part.transcript:
        emit_nothing(part, emission)
        return None
    emission.lose("approximated", "", "audio is sent as its transcript")
    block: Fields = {"type": "text", "text": part.transcript}
    emission.decorate(block, part)
    return block


_DOCUMENT_PARTS: Table = {Text: emit_text, Image: emit_image, Opaque: emit_opaque}
