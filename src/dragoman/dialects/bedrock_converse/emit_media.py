"""Images, documents, video and sound to blocks. The API fetches nothing from the web: media come inline or out of S3."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from dragoman.dialects.bedrock_converse import wire
from dragoman.dialects.bedrock_converse.emission import Emission
from dragoman.model.content import (
    Audio,
    File,
    Image,
    InlineData,
    PartList,
    PlainText,
    RemoteUrl,
    Source,
    StoredFile,
    Text,
    Video,
)
from dragoman.wire.json_read import Fields

_S3 = "s3://"


def emit_image(part: Image, emission: Emission) -> Fields | None:
    """An image of one of four formats."""
    if part.detail is not None and part.detail != "auto":
        emission.lose("dropped", "detail")
    return _emit_media("image", part.source, wire.IMAGE_FORMATS, emission)


def emit_video(part: Video, emission: Emission) -> Fields | None:
    """A video."""
    return _emit_media("video", part.source, wire.VIDEO_FORMATS, emission)


def emit_audio(part: Audio, emission: Emission) -> Fields | None:
    """Sound; where it has no place, what was spoken, if that is known."""
    mark = len(emission.losses)
    block = _emit_media("audio", part.source, wire.AUDIO_FORMATS, emission)
    if block is None and part.transcript:
        del emission.losses[mark:]
        emission.lose("approximated", "", "sound is sent as its transcript")
        return {"text": part.transcript}
    if block is not None and part.transcript:
        emission.lose("dropped", "transcript")
    return block


def emit_file(part: File, emission: Emission) -> Fields | None:
    """A document; a file that is an image, a video or sound goes as such."""
    kind = getattr(part.source, "media_type", "").partition("/")[0]
    if kind == "image":
        return emit_image(Image(part.source), emission)
    if kind == "video":
        return emit_video(Video(part.source), emission)
    if kind == "audio":
        return emit_audio(Audio(part.source), emission)
    document = _emit_document_source(part.source, emission)
    if document is None:
        return None
    document["name"] = emission.document_name(part.name)
    if part.context is not None:
        document["context"] = part.context
    if part.cite is not None:
        document["citations"] = {"enabled": part.cite}
    return {"document": document}


def _emit_document_source(source: Source, emission: Emission) -> Fields | None:
    if isinstance(source, PlainText):
        return {"format": _find_document_format(source.media_type, emission), "source": {"text": source.text}}
    if isinstance(source, PartList):
        return {"source": {"content": _emit_texts(source, emission)}}
    data = _emit_source(source, emission)
    if data is None:
        return None
    return {"format": _find_document_format(_media_type_of(source), emission), "source": data}


def _find_document_format(media_type: str, emission: Emission) -> str:
    """The format of a document; an unknown one is taken for text, as which most of them can be read."""
    known = wire.DOCUMENT_FORMATS.get(wire.SAME_TYPE.get(media_type, media_type))
    if known is None:
        emission.lose("approximated", "source.media_type", "sent as plain text")
    return known or "txt"


def _emit_texts(source: PartList, emission: Emission) -> list[Fields]:
    """Inside of a document only text has a place."""
    texts: list[Fields] = []
    for index, part in enumerate(source.parts):
        if isinstance(part, Text):
            texts.append({"text": part.text})
        else:
            emission.lose("dropped", f"source.parts[{index}]", "a document in parts has text only")
    return texts


def _emit_media(word: str, source: Source, formats: Mapping[str, str], emission: Emission) -> Fields | None:
    data = _emit_source(source, emission)
    if data is None:
        return None
    media_type = _media_type_of(source)
    found = formats.get(wire.SAME_TYPE.get(media_type, media_type))
    if found is None:
        emission.lose("dropped", "", f"{media_type or 'what has no media type'} is no {word} that the API takes")
        return None
    return {word: {"format": found, "source": data}}


def _emit_source(source: Source, emission: Emission) -> Fields | None:
    if isinstance(source, InlineData):
        return {"bytes": source.data}
    if isinstance(source, PlainText):
        return {"bytes": base64.b64encode(source.text.encode()).decode()}
    address = ""
    if isinstance(source, StoredFile):
        address = source.file_id
    elif isinstance(source, RemoteUrl):
        address = source.url
    if address.startswith(_S3):
        return {"s3Location": {"uri": address}}
    emission.lose("dropped", "", "media come inline or out of S3 here")
    return None


def _media_type_of(source: Source) -> str:
    media_type: str = getattr(source, "media_type", "")
    if media_type or not isinstance(source, InlineData):
        return media_type
    found = (kind for start, kind in wire.MEDIA_TYPE_BY_START.items() if source.data.startswith(start))
    return next(found, "")
