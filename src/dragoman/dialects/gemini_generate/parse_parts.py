"""Parts of a content to canonical parts, in requests and answers alike: one small function a kind, found by `PARTS`.

A part is told by the one key that holds its data; `thought` and `thoughtSignature` may stand beside any of them. Kinds
that the table does not know become `Opaque` parts and come out again as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.marks import minted_extras, own_extras
from dragoman.errors import invalid
from dragoman.model.content import (
    Audio,
    Extras,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    Reasoning,
    RemoteUrl,
    Source,
    StoredFile,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields, read_each, read_optional, rest_of

NO_ID = ""
"""The id of a call or a result that came without one, until the whole conversation is known."""

_NOT_DATA = frozenset({"thought", "thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata"})
_TEXT_FIELDS = frozenset({"text", "thought", "thoughtSignature"})
_BARE_FIELDS = frozenset({"thought", "thoughtSignature"})


def parse_part(part: Fields) -> Part:
    """One part."""
    if len(part) == 1:
        text = part.get("text")
        if type(text) is str:
            return Text(text)
    for name in part:
        parse = PARTS.get(name)
        if parse is not None and part[name] is not None:
            return parse(part)
    if type(part.get("thoughtSignature")) is str and part.keys() <= _BARE_FIELDS:
        return _parse_bare(part)
    return parse_opaque(part)


# -- text and thoughts -----------------------------------------------------------------------------------------------


def _parse_text(part: Fields) -> Part:
    text = part["text"]
    if type(text) is not str:
        raise invalid("This field must be a string.", "text")
    signature = read_optional(part, "thoughtSignature", str)
    rest = rest_of(part, _TEXT_FIELDS)
    if read_optional(part, "thought", bool):
        return Reasoning(text=text, signature=signature, extras=minted_extras(rest))
    return Text(text, signature=signature, extras=minted_extras(rest) if signature else own_extras(rest))


def _parse_bare(part: Fields) -> Part:
    """A signature without any data of its own; it belongs to this place in the answer."""
    signature = read_optional(part, "thoughtSignature", str)
    if read_optional(part, "thought", bool):
        return Reasoning(signature=signature, extras=minted_extras({"_bare": True}))
    return Text("", signature=signature, extras=minted_extras({"_bare": True}))


def parse_opaque(part: Fields) -> Opaque:
    """A part that only this dialect understands."""
    kind = next((name for name in part if name not in _NOT_DATA), "")
    return Opaque(wire.NAME, kind, part)


# -- media -----------------------------------------------------------------------------------------------------------


def _parse_inline(part: Fields) -> Part:
    if part.get("thought") is True:
        return parse_opaque(part)  # a draft of the image that comes later; nobody else should take it for the answer
    blob = _read_object(part, "inlineData")
    media_type = read_optional(blob, "mimeType", str) or ""
    source = InlineData(media_type, read_optional(blob, "data", str) or "")
    return _build_media(source, media_type, _extras_with(part, "inlineData", blob, wire.BLOB_FIELDS))


def _parse_file(part: Fields) -> Part:
    data = _read_object(part, "fileData")
    url = read_optional(data, "fileUri", str) or ""
    media_type = read_optional(data, "mimeType", str) or ""
    extras = _extras_with(part, "fileData", data, wire.FILE_FIELDS)
    return _build_media(parse_uri(url, media_type), media_type or _guess_type(url), extras)


def parse_uri(url: str, media_type: str) -> Source:
    """A web address, or a file that only Google can open: one of its Files API or of its storage."""
    is_web = url.startswith(("https://", "http://")) and "generativelanguage.googleapis.com" not in url
    return RemoteUrl(url, media_type) if is_web else StoredFile(url, media_type)


def _guess_type(url: str) -> str:
    if "youtube.com/" in url or "youtu.be/" in url:
        return "video/"
    dot = url.rfind(".")
    return wire.SUFFIX_MEDIA_TYPES.get(url[dot:].lower(), "") if dot > 0 else ""


def _build_media(source: Source, media_type: str, extras: Extras | None) -> Part:
    family = media_type.partition("/")[0].lower()
    if family == "image":
        return Image(source, extras=extras)
    if family == "audio":
        return Audio(source, extras=extras)
    if family == "video":
        return Video(source, extras=extras)
    return File(source, extras=extras)


# -- tools -----------------------------------------------------------------------------------------------------------


def _parse_call(part: Fields) -> Part:
    call = _read_object(part, "functionCall")
    signature = read_optional(part, "thoughtSignature", str)
    rest = _rest_with(part, "functionCall", call, wire.CALL_FIELDS)
    arguments = read_optional(call, "args", dict)
    return ToolCall(
        read_optional(call, "id", str) or NO_ID,
        read_optional(call, "name", str) or "",
        encode_json(arguments).decode() if arguments else "{}",
        signature=signature,
        extras=minted_extras(rest) if signature else own_extras(rest),
    )


def _parse_result(part: Fields) -> Part:
    result = _read_object(part, "functionResponse")
    rest = _rest_with(part, "functionResponse", result, wire.RESULT_FIELDS) or {}
    response = read_optional(result, "response", dict)
    parts: list[Part] = []
    is_error = None
    if response:
        text, key = _unwrap(response)
        is_error = True if "error" in response else None
        parts.append(Text(text))
        if key == "output":
            rest["_key"] = key
    media = read_optional(result, "parts", list)
    if media:
        parts += read_each(media, "functionResponse.parts", parse_part)
    return ToolResult(
        read_optional(result, "id", str) or NO_ID,
        parts,
        name=read_optional(result, "name", str) or None,
        is_error=is_error,
        extras=own_extras(rest),
    )


def _unwrap(response: Fields) -> tuple[str, str | None]:
    """The text in `{"result": text}`, `{"output": text}` and `{"error": text}`, with the key it stood under; any other
    object stays JSON. A text that looks like an object itself stays wrapped, or it could not be told from one later."""
    if len(response) == 1:
        ((key, value),) = response.items()
        if key in {"result", "output", "error"} and type(value) is str and not value.lstrip().startswith("{"):
            return value, key
    return encode_json(response).decode(), None


# -- reading ---------------------------------------------------------------------------------------------------------


def _read_object(fields: Fields, name: str) -> Fields:
    value = fields[name]
    if type(value) is not dict:
        raise invalid("This field must be an object.", name)
    return value


def _rest_with(part: Fields, name: str, data: Fields, known: frozenset[str]) -> Fields | None:
    """What is left of a part, and under its own name what is left of its data. A signature is always read apart."""
    rest = {key: value for key, value in part.items() if key not in _BARE_FIELDS and key != name}
    if part.get("thought") is True:
        rest["thought"] = True
    inner = rest_of(data, known)
    if inner:
        rest[name] = inner
    return rest or None


def _extras_with(part: Fields, name: str, data: Fields, known: frozenset[str]) -> Extras | None:
    if len(part) == 1 and data.keys() <= known:
        return None
    rest = _rest_with(part, name, data, known) or {}
    if part.get("thoughtSignature") is not None:
        rest["thoughtSignature"] = part["thoughtSignature"]
    return own_extras(rest)


def _parse_kept(part: Fields) -> Part:
    return parse_opaque(part)


PARTS: dict[str, Callable[[Fields], Part]] = {
    "text": _parse_text,
    "inlineData": _parse_inline,
    "fileData": _parse_file,
    "functionCall": _parse_call,
    "functionResponse": _parse_result,
    "executableCode": _parse_kept,
    "codeExecutionResult": _parse_kept,
    "toolCall": _parse_kept,
    "toolResponse": _parse_kept,
}


def parse_parts(content: Fields) -> list[Part]:
    """The parts of a content; a lone part may stand without its list."""
    parts: Any = content.get("parts")
    if parts is None:
        return []
    if type(parts) is dict:
        parts = [parts]
    elif type(parts) is not list:
        raise invalid("This field must be an array.", "parts")
    return read_each(parts, "parts", parse_part)
