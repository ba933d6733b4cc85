"""Canonical parts to parts of a content, in requests and answers alike: one small method a kind, found by type.

`_Emission` knows the little that a part alone does not: the names of earlier calls, the target's profile, where a loss
is to be noted, and whether an answer or a request is being written.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.call_ids import is_synthetic
from dragoman.dialects.gemini_generate.marks import (
    Fields,
    is_minted_elsewhere,
    is_minted_here,
    merge_fields,
    read_marks,
    report_foreign_extras,
)
from dragoman.model.content import (
    Audio,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    PartList,
    PlainText,
    Reasoning,
    Refusal,
    RemoteUrl,
    Source,
    StoredFile,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from dragoman.model.loss import Loss, LossCode
from dragoman.model.profile import DEFAULT_PROFILE, Profile

Media = Image | Audio | Video | File

_decode = msgspec.json.Decoder().decode


def read_arguments(text: str) -> Fields | None:
    """Arguments as the object that this dialect demands; None where they are none."""
    if not text or text.isspace():
        return {}
    try:
        value = _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return value if type(value) is dict else None


def _guess_audio_type(data: str) -> str:
    """The media type that the first bytes of sound give away; sound without a head is raw."""
    return next((kind for start, kind in wire.AUDIO_TYPE_BY_START.items() if data.startswith(start)), "audio/pcm")


class PartEmitter:
    """Emits parts one after the other; the order matters, because a result is named after the call before it."""

    def __init__(self, losses: list[Loss], profile: Profile = DEFAULT_PROFILE, *, is_answer: bool = False) -> None:
        self._losses = losses
        self._profile = profile
        self._is_answer = is_answer
        self._names: dict[str, str] = {}
        self.malformed: str | None = None  # a call whose arguments could not be said; an answer ends for that reason

    def emit_parts(self, parts: list[Part], path: str) -> list[Fields]:
        """All parts of a turn. Empty text is left out, for it says nothing and some targets refuse it, unless the turn
        has nothing else."""
        emitted: list[Fields] = []
        for index, part in enumerate(parts):
            emitted += self.emit_part(part, f"{path}.parts[{index}]")
        return emitted if emitted or not all(type(part) is Text for part in parts) else [{"text": ""}][: len(parts)]

    def emit_part(self, part: Part, path: str) -> list[Fields]:
        """One part; mostly one on the wire too, none where it has no place, several where a document is a list."""
        if type(part) is Text and _is_plain(part):
            return [{"text": part.text}] if part.text or self._is_answer else []
        if isinstance(part, Opaque):
            return self._emit_opaque(part, path)
        report_foreign_extras(part.extras, path, self._losses)
        if getattr(part, "cache", None) is not None:
            self._lose("dropped", f"{path}.cache", "Gemini places cache breakpoints itself")
        emitted = self._EMIT[type(part)](self, part, path)
        if emitted:
            merge_fields(emitted[0], part.extras)
        return emitted

    def _lose(self, code: LossCode, path: str, detail: str) -> None:
        self._losses.append(Loss(code, path, detail))

    # -- text and thoughts -------------------------------------------------------------------------------------------

    def _emit_text(self, part: Text, path: str) -> list[Fields]:
        signature = self._own_signature(part, path)
        if signature is not None and read_marks(part.extras).get("_bare"):
            return [{"thoughtSignature": signature}]
        if part.citations and not self._is_answer:
            self._lose("dropped", f"{path}.citations", "a request has no place for citations")
        if not part.text and signature is None and not self._is_answer:
            return []
        return [{"text": part.text, **_signed(signature)}]

    def _emit_refusal(self, part: Refusal, path: str) -> list[Fields]:
        self._lose("approximated", path, "refusal as text")
        return [{"text": part.text}]

    def _emit_reasoning(self, part: Reasoning, path: str) -> list[Fields]:
        """Thoughts of ours go back as they are; those of others lose their tokens, and in a request all of them unless
        the profile wants thinking replayed."""
        if is_minted_here(part.extras):
            said: Fields = {} if read_marks(part.extras).get("_bare") else {"text": part.text}
            return [{**said, "thought": True, **_signed(part.signature)}]
        if part.signature or part.redacted or part.encrypted:
            self._lose("stripped_token", path, "only its minter can read it")
        text = part.text or "\n\n".join(part.summary or ())
        if not text:
            return []
        if self._is_answer or self._profile.replay_reasoning:
            return [{"text": text, "thought": True}]
        if not (part.signature or part.redacted or part.encrypted):
            self._lose("dropped", path, "past thinking of another model")
        return []

    def _own_signature(self, part: Text | ToolCall, path: str) -> str | None:
        """Only Gemini signs text and calls, so a signature is ours unless another dialect alone has marked it."""
        if part.signature is None:
            return None
        if is_minted_elsewhere(part.extras) and not is_minted_here(part.extras):
            self._lose("stripped_token", path, "only its minter can read it")
            return None
        return part.signature

    # -- media -------------------------------------------------------------------------------------------------------

    def _emit_media(self, part: Media, path: str) -> list[Fields]:
        source = part.source
        if type(part) is File:
            for name in ("name", "context", "cite"):
                if getattr(part, name):
                    self._lose("dropped", f"{path}.{name}", "a file has no such field here")
            if type(source) is PartList:
                self._lose("approximated", path, "a document in parts is written as its parts")
                return [
                    fields
                    for index, inner in enumerate(source.parts)
                    for fields in self.emit_part(inner, f"{path}.source.parts[{index}]")
                ]
        if type(part) is Image and part.detail not in {None, "auto"}:
            self._lose("dropped", f"{path}.detail", "the resolution is set per model here")
        emitted = self._emit_source(source)
        if emitted is None:
            return self._emit_unreachable(part, path)
        if type(part) is Audio:
            self._complete_audio(part, emitted, path)
        return [emitted]

    def _complete_audio(self, part: Audio, emitted: Fields, path: str) -> None:
        """What other dialects know of sound beside it, and what they leave open."""
        if part.transcript:
            self._lose("dropped", f"{path}.transcript", "audio has no transcript beside it")
        blob = emitted.get("inlineData")
        if blob is not None and "mimeType" not in blob:
            blob["mimeType"] = _guess_audio_type(blob["data"])
            self._lose("defaulted", f"{path}.source.media_type", f"sent as {blob['mimeType']}")

    def _emit_unreachable(self, part: Media, path: str) -> list[Fields]:
        if type(part) is Audio and part.transcript:
            self._lose("approximated", path, "audio kept elsewhere is given by its transcript")
            return [{"text": part.transcript}]
        self._lose("dropped", path, "the file lies with another provider")
        return []

    def _emit_source(self, source: Source) -> Fields | None:
        match source:
            case InlineData(media_type=media_type, data=data):
                blob = {"mimeType": media_type, "data": data} if media_type else {"data": data}
                return {"inlineData": blob}
            case PlainText(text=text, media_type=media_type):
                return {"inlineData": {"mimeType": media_type, "data": base64.b64encode(text.encode()).decode()}}
            case RemoteUrl(url=url, media_type=media_type):
                return {"fileData": _file_data(url, media_type or _media_type_of(url))}
            case StoredFile(file_id=file_id, media_type=media_type):
                is_google = "://" in file_id or file_id.startswith("files/")
                return {"fileData": _file_data(file_id, media_type)} if is_google else None
            case PartList():
                return None

    # -- tools -------------------------------------------------------------------------------------------------------

    def _emit_call(self, part: ToolCall, path: str) -> list[Fields]:
        self._names[part.id] = part.name
        signature = self._own_signature(part, path)
        arguments = read_arguments(part.arguments) if part.kind == "function" else None
        if arguments is None:
            arguments = self._bend_arguments(part, path)
            if arguments is None:
                return []
        call: Fields = {"name": part.name, "args": arguments}
        if part.id and not is_synthetic(part.id):
            call["id"] = part.id
        return [{"functionCall": call, **_signed(signature)}]

    def _bend_arguments(self, part: ToolCall, path: str) -> Fields | None:
        """Arguments here are an object. In a history the text is wrapped, for its result must find its call; in an
        answer the call ends as malformed, for a tool must never run on arguments that nobody wrote."""
        if part.kind == "custom":
            self._lose("approximated", path, "free text wrapped in an object")
            return {"input": part.arguments}
        if self._is_answer:
            self._lose("dropped", path, "arguments that are no JSON object")
            self.malformed = f"Malformed function call: {part.name}({part.arguments})"
            return None
        self._lose("approximated", f"{path}.arguments", "text that is no JSON object wrapped in one")
        return {"input": part.arguments}

    def _emit_result(self, part: ToolResult, path: str) -> list[Fields]:
        name = part.name or self._names.get(part.call_id)
        if name is None:
            name = part.call_id or "unknown"
            self._lose("defaulted", f"{path}.name", "no earlier call has this id")
        texts: list[str] = []
        media: list[Fields] = []
        for index, inner in enumerate(part.parts):
            emitted = self.emit_part(inner, f"{path}.parts[{index}]")
            if type(inner) is Text:
                texts.append(inner.text)
            else:
                texts += [fields["text"] for fields in emitted if "text" in fields]
                media += [fields for fields in emitted if "text" not in fields]
        if len(texts) > 1:
            self._lose("approximated", path, "several texts joined into one")
        result: Fields = {"name": name, "response": _wrap_result(texts, part)}
        if part.call_id and not is_synthetic(part.call_id) and "_paired" not in read_marks(part.extras):
            result["id"] = part.call_id
        if not media:
            return [{"functionResponse": result}]
        if self._profile.media_in_tool_results:
            return [{"functionResponse": {**result, "parts": media}}]
        self._lose("moved", path, "media behind the result: the target takes none inside")
        return [{"functionResponse": result}, *media]

    # -- the rest ----------------------------------------------------------------------------------------------------

    def _emit_opaque(self, part: Opaque, path: str) -> list[Fields]:
        if part.dialect == wire.NAME:
            return [part.value]
        self._lose("dropped", path, f"{part.kind} is known to {part.dialect} only")
        return []

    _EMIT: ClassVar[dict[type, Callable[[PartEmitter, Any, str], list[Fields]]]] = {
        Text: _emit_text,
        Refusal: _emit_refusal,
        Reasoning: _emit_reasoning,
        Image: _emit_media,
        Audio: _emit_media,
        Video: _emit_media,
        File: _emit_media,
        ToolCall: _emit_call,
        ToolResult: _emit_result,
    }


def _is_plain(part: Text) -> bool:
    return part.signature is None and part.citations is None and part.cache is None and part.extras is None


def _signed(signature: str | None) -> Fields:
    return {"thoughtSignature": signature} if signature is not None else {}


def _file_data(url: str, media_type: str) -> Fields:
    return {"fileUri": url, "mimeType": media_type} if media_type else {"fileUri": url}


def _media_type_of(url: str) -> str:
    path = url.partition("?")[0].partition("#")[0]
    dot = path.rfind(".")
    return wire.SUFFIX_MEDIA_TYPES.get(path[dot:].lower(), "") if dot > 0 else ""


def _wrap_result(texts: list[str], part: ToolResult) -> Fields:
    """A result here is an object: one that is written as JSON stays itself, any other text is put under a key."""
    text = "\n".join(texts)
    value = read_arguments(text) if text.lstrip().startswith("{") else None
    if part.is_error:
        return value if value is not None and "error" in value else {"error": text if value is None else value}
    if value is not None:
        return value
    return {read_marks(part.extras).get("_key", "result"): text} if texts else {}
