"""What a turn is made of: parts, and the sources that media parts draw on.

Invariant: a part means the same in every dialect. Anything that only its own dialect understands is an `Opaque` part
or sits in `extras`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Extras = dict[str, dict[str, Any]]
"""Fields without a canonical word, by the dialect that understands them: `{"openai_chat": {"logit_bias": {…}}}`."""


class CacheBreakpoint(msgspec.Struct, frozen=True, gc=False):
    """A wish that everything up to here be cached by the provider."""

    ttl: Literal["5m", "1h"] | None = None


# -- where media comes from ------------------------------------------------------------------------------------------


class InlineData(msgspec.Struct, frozen=True, tag="inline", gc=False):
    """Base64 text exactly as it came. `media_type` is empty where the dialect does not say."""

    media_type: str
    data: str


class RemoteUrl(msgspec.Struct, frozen=True, tag="url", gc=False):
    """A URL that the provider is asked to fetch. Data URIs are `InlineData`."""

    url: str
    media_type: str = ""


class StoredFile(msgspec.Struct, frozen=True, tag="stored", gc=False):
    """A file that was uploaded before; `file_id` means something only to the provider that keeps it."""

    file_id: str
    media_type: str = ""


class PlainText(msgspec.Struct, frozen=True, tag="plain", gc=False):
    """A document given as plain text in the request itself."""

    text: str
    media_type: str = "text/plain"


class PartList(msgspec.Struct, frozen=True, tag="parts"):
    """A document given as a list of parts (Anthropic's `content` source)."""

    parts: list[Part]


Source = InlineData | RemoteUrl | StoredFile | PlainText | PartList


# -- parts -----------------------------------------------------------------------------------------------------------


class Citation(msgspec.Struct, frozen=True):
    """Where a piece of text comes from. Offsets count characters of the text part that carries the citation."""

    kind: Literal["url", "document_char", "document_page", "document_block", "search_result", "other"]
    url: str | None = None
    title: str | None = None
    cited_text: str | None = None
    document_index: int | None = None
    start: int | None = None
    end: int | None = None
    extras: Extras | None = None


class Text(msgspec.Struct, frozen=True, tag="text", gc=False):
    """Visible text."""

    text: str
    citations: list[Citation] | None = None
    signature: str | None = None  # Gemini signs text parts too
    cache: CacheBreakpoint | None = None
    extras: Extras | None = None


class Image(msgspec.Struct, frozen=True, tag="image"):
    source: Source
    detail: str | None = None
    cache: CacheBreakpoint | None = None
    extras: Extras | None = None


class Audio(msgspec.Struct, frozen=True, tag="audio"):
    """`source.media_type` carries the format (`audio/wav`). `transcript` is what an answering model spoke."""

    source: Source
    transcript: str | None = None
    cache: CacheBreakpoint | None = None
    extras: Extras | None = None


class Video(msgspec.Struct, frozen=True, tag="video"):
    source: Source
    cache: CacheBreakpoint | None = None
    extras: Extras | None = None


class File(msgspec.Struct, frozen=True, tag="file"):
    """A document: PDF, plain text, or anything else with a name."""

    source: Source
    name: str | None = None
    context: str | None = None
    cite: bool | None = None
    cache: CacheBreakpoint | None = None
    extras: Extras | None = None


class ToolCall(msgspec.Struct, frozen=True, tag="tool_call"):
    """The model asks for a tool. `arguments` is text: JSON as the model wrote it, or free text if `kind` is custom."""

    id: str
    name: str
    arguments: str
    kind: Literal["function", "custom"] = "function"
    signature: str | None = None
    cache: CacheBreakpoint | None = None
    extras: Extras | None = None


class ToolResult(msgspec.Struct, frozen=True, tag="tool_result"):
    """What a tool gave back; itself made of parts. `name` is filled where the dialect repeats it; `shorthand`: the
    dialect wrote the only text part as a bare string."""

    call_id: str
    parts: list[Part]
    name: str | None = None
    is_error: bool | None = None
    kind: Literal["function", "custom"] = "function"
    cache: CacheBreakpoint | None = None
    extras: Extras | None = None
    shorthand: bool = False


class Reasoning(msgspec.Struct, frozen=True, tag="reasoning"):
    """Thinking. At most one of `text` and `summary` is usual; `signature`, `redacted` and `encrypted` are opaque
    tokens that only their minter can read and that must go back to it byte for byte."""

    text: str = ""
    summary: list[str] | None = None
    signature: str | None = None
    redacted: str | None = None
    encrypted: str | None = None
    id: str | None = None
    cache: CacheBreakpoint | None = None
    extras: Extras | None = None


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """The model declines, in its own words and in a channel of its own."""

    text: str
    extras: Extras | None = None


class Opaque(msgspec.Struct, frozen=True, tag="opaque"):
    """A part that only `dialect` understands, such as a server-side tool's result. `kind` is its wire type."""

    dialect: str
    kind: str
    value: dict[str, Any]


Part = Text | Image | Audio | Video | File | ToolCall | ToolResult | Reasoning | Refusal | Opaque


def read_only_text(parts: list[Part]) -> str | None:
    """The text of parts that are one text with nothing beside it; None for any other."""
    if len(parts) != 1:
        return None
    only = parts[0]
    if type(only) is not Text or only.cache is not None or only.extras is not None:
        return None
    return only.text if only.citations is None and only.signature is None else None
