"""Parts of an answer to entries of `content`, which are also what a stream sends of a part in one piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.ai_sdk_gateway.citations import emit_citation, emit_source
from dragoman.dialects.ai_sdk_gateway.metadata import emit_signature, read_tokens
from dragoman.dialects.ai_sdk_gateway.wire import METADATA, NAME, Version
from dragoman.model.content import (
    Audio,
    Citation,
    Extras,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    RemoteUrl,
    Text,
    ToolCall,
    ToolResult,
    Video,
)
from dragoman.model.loss import Loss, LossCode, list_foreign_fields
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields

Media = Image | Audio | Video | File


class ContentWriter:
    """Writes parts one after the other; it numbers the sources, and knows which version's forms to use."""

    def __init__(self, losses: list[Loss], version: Version) -> None:
        self._losses = losses
        self._version = version
        self._sources = 0

    def write(self, part: Part, path: str) -> list[Fields]:
        """The entries of one part: mostly one; none where it has no place."""
        if not isinstance(part, Opaque):
            self.report_extras(part.extras, path)
        return self.WRITERS[type(part)](self, part, path)

    def lose(self, code: LossCode, path: str, detail: str) -> None:
        """Note what does not come through."""
        self._losses.append(Loss(code, path, detail))

    def report_extras(self, extras: Extras | None, path: str) -> None:
        """Fields of a part that only one dialect knows stay behind."""
        for field in list_foreign_fields(extras or {}, NAME):
            self.lose("dropped", f"{path}.extras.{field}", "")

    # -- text --------------------------------------------------------------------------------------------------------

    def _write_text(self, part: Text, path: str) -> list[Fields]:
        entry: Fields = {"type": "text", "text": part.text, **emit_signature(part.signature, part.extras)}
        sources, citations = self.cite(part.citations or [])
        if citations:
            entry["citations"] = citations
        return [entry, *sources]

    def cite(self, citations: list[Citation]) -> tuple[list[Fields], list[Fields]]:
        """The sources of citations, and the references to them where the version has any."""
        sources: list[Fields] = []
        for citation in citations:
            sources.append(emit_source(citation, f"source-{self._sources}"))
            self._sources += 1
        if self._version == 3:
            return sources, []
        return sources, [emit_citation(one, source) for one, source in zip(citations, sources, strict=True)]

    def _write_refusal(self, part: Refusal, path: str) -> list[Fields]:
        self.lose("approximated", path, "a refusal is said as text")
        return [{"type": "text", "text": part.text}]

    def _write_reasoning(self, part: Reasoning, path: str) -> list[Fields]:
        """A summary of several sections is an entry for each, as the AI SDK's own provider has it."""
        minter, tokens = read_tokens(part)
        if minter is None and (part.signature or part.redacted or part.encrypted):
            self.lose("stripped_token", path, "there is no place for the tokens of this provider")
        metadata: Fields = {"providerMetadata": {minter: tokens}} if minter is not None and tokens else {}
        sections = part.summary or [part.text]
        return [{"type": "reasoning", "text": text, **metadata} for text in sections if text or metadata]

    # -- tools -------------------------------------------------------------------------------------------------------

    def _write_call(self, part: ToolCall, path: str) -> list[Fields]:
        return [emit_call(part)]

    def _write_result(self, part: ToolResult, path: str) -> list[Fields]:
        self.lose("dropped", path, "an answer holds no results of the caller's tools")
        return []

    # -- media and the rest ------------------------------------------------------------------------------------------

    def _write_media(self, part: Media, path: str) -> list[Fields]:
        source = part.source
        if isinstance(part, Audio) and part.transcript:
            self.lose("dropped", f"{path}.transcript", "a file has no transcript")
        if isinstance(source, InlineData):
            data: Any = source.data if self._version == 3 else {"type": "data", "data": source.data}
        elif isinstance(source, RemoteUrl) and self._version == 4:
            data = {"type": "url", "url": source.url}
        else:
            self.lose("dropped", path, "a file must be given whole")
            return []
        media_type = source.media_type or _MEDIA_TYPES[type(part)]
        return [{"type": "file", "mediaType": media_type, "data": data}]

    def _write_opaque(self, part: Opaque, path: str) -> list[Fields]:
        """Version 4 has room for parts of a provider's own kind; they come back in the next request."""
        if self._version == 3:
            self.lose("dropped", path, f"{part.kind} is known to {part.dialect} only")
            return []
        kind = f"{part.dialect}.{part.kind}"
        return [{"type": "custom", "kind": kind, "providerMetadata": {METADATA: {"opaque": part.value}}}]

    WRITERS: ClassVar[dict[type, Callable[[ContentWriter, Any, str], list[Fields]]]] = {
        Text: _write_text,
        Refusal: _write_refusal,
        Reasoning: _write_reasoning,
        ToolCall: _write_call,
        ToolResult: _write_result,
        Image: _write_media,
        Audio: _write_media,
        Video: _write_media,
        File: _write_media,
        Opaque: _write_opaque,
    }


_MEDIA_TYPES: dict[type, str] = {
    Image: "image/png",
    Audio: "audio/wav",
    Video: "video/mp4",
    File: "application/octet-stream",
}
"""Where nobody said it; the field must be there."""


def emit_call(part: ToolCall) -> Fields:
    """A call. Its input is text that holds JSON, also where the tool takes free text."""
    arguments = encode_json(part.arguments).decode() if part.kind == "custom" else part.arguments
    call = {"type": "tool-call", "toolCallId": part.id, "toolName": part.name, "input": arguments or "{}"}
    return {**call, **emit_signature(part.signature, part.extras)}
