"""Content blocks to parts, in requests and answers alike: one small function a block type, found through `BLOCKS`.

A block type that is not in the table, or a source of media that is not in `_SOURCES`, becomes an `Opaque` part and
comes out again as it was. `null` counts as absent in optional fields.
"""

from __future__ import annotations

from collections.abc import Callable

from dragoman.dialects.anthropic_messages import wire
from dragoman.errors import invalid
from dragoman.model.content import (
    CacheBreakpoint,
    Citation,
    Extras,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    PartList,
    PlainText,
    Reasoning,
    RemoteUrl,
    Source,
    StoredFile,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required, rest_of


def parse_block(block: Fields) -> Part:
    """One content block."""
    kind = block.get("type")
    if type(kind) is not str:
        raise invalid("This field is required and must be a string.", "type")
    return BLOCKS.get(kind, _parse_opaque)(block)


# -- what every block may carry --------------------------------------------------------------------------------------


def parse_cache(block: Fields) -> CacheBreakpoint | None:
    """The breakpoint on a block, a tool or the whole request."""
    control = read_optional(block, "cache_control", dict)
    if control is None:
        return None
    ttl = control.get("ttl")
    return wire.CACHE_BY_TTL[ttl if ttl in ("5m", "1h") else None]


def parse_extras(block: Fields, known: frozenset[str]) -> Extras | None:
    """What the model has no place for, `cache_control`'s own unknown fields included."""
    rest = rest_of(block, known)
    control = block.get("cache_control")
    if control and not _is_plain_cache(control):
        rest = {**(rest or {}), "cache_control": _rest_of_cache(control)}
    return {wire.NAME: rest} if rest else None


def _parse_marks(block: Fields, known: frozenset[str]) -> tuple[CacheBreakpoint | None, Extras | None]:
    """Both; most blocks have neither."""
    if "cache_control" not in block and block.keys() <= known:
        return None, None
    return parse_cache(block), parse_extras(block, known)


def _is_plain_cache(control: Fields) -> bool:
    return control.get("type") == "ephemeral" and (len(control) == 1 or (len(control) == 2 and "ttl" in control))


def _rest_of_cache(control: Fields) -> Fields:
    ttl_known = control.get("ttl") in ("5m", "1h")
    return {
        name: value
        for name, value in control.items()
        if not (name == "type" and value == "ephemeral") and not (name == "ttl" and ttl_known)
    }


# -- text and citations ----------------------------------------------------------------------------------------------


def _parse_text(block: Fields) -> Part:
    text = read_required(block, "text", str)
    if len(block) == 2:
        return Text(text)
    citations = read_optional(block, "citations", list)
    cache, extras = _parse_marks(block, wire.TEXT_FIELDS)
    return Text(
        text,
        citations=None if citations is None else read_each(citations, "citations", parse_citation),
        cache=cache,
        extras=extras,
    )


def parse_citation(fields: Fields) -> Citation:
    """A citation; what the model has no place for, such as `encrypted_index`, rides in its extras."""
    row = wire.CITATIONS.get(read_required(fields, "type", str))
    if row is None:
        return Citation("other", cited_text=read_optional(fields, "cited_text", str), extras={wire.NAME: dict(fields)})
    rest = {name: value for name, value in fields.items() if name not in row.known and value is not None}
    return Citation(
        row.kind,
        url=read_optional(fields, row.url, str),
        title=read_optional(fields, row.title, str),
        cited_text=read_optional(fields, "cited_text", str),
        document_index=read_optional(fields, row.index, int),
        start=read_optional(fields, row.start, int),
        end=read_optional(fields, row.end, int),
        extras={wire.NAME: rest} if rest else None,
    )


# -- media -----------------------------------------------------------------------------------------------------------


def _parse_image(block: Fields) -> Part:
    source, rest = _parse_source(block)
    if source is None:
        return _parse_opaque(block)
    return Image(source, cache=parse_cache(block), extras=_with_source_rest(block, wire.IMAGE_FIELDS, rest))


def _parse_document(block: Fields) -> Part:
    source, rest = _parse_source(block)
    if source is None:
        return _parse_opaque(block)
    extras = _with_source_rest(block, wire.DOCUMENT_FIELDS, rest)
    return _file(block, source, read_optional(block, "context", str), extras)


def _parse_search_result(block: Fields) -> Part:
    """A search result is a document in parts; its wire type and its source stay in the extras."""
    parts = read_each(read_required(block, "content", list), "content", parse_block)
    return _file(block, PartList(parts), None, parse_extras(block, wire.SEARCH_RESULT_FIELDS))


def _file(block: Fields, source: Source, context: str | None, extras: Extras | None) -> File:
    citations = read_optional(block, "citations", dict)
    cite = None
    if citations is not None:
        if citations.keys() == {"enabled"} and type(citations["enabled"]) is bool:
            cite = citations["enabled"]
        else:
            extras = {wire.NAME: {**(extras[wire.NAME] if extras else {}), "citations": citations}}
    return File(
        source,
        name=read_optional(block, "title", str),
        context=context,
        cite=cite,
        cache=parse_cache(block),
        extras=extras,
    )


def _parse_source(block: Fields) -> tuple[Source | None, Fields | None]:
    """The source and those of its fields that the model does not know; None where the source's type is unknown."""
    source = read_required(block, "source", dict)
    row = _SOURCES.get(read_optional(source, "type", str) or "")
    if row is None:
        return None, None
    parse, known = row
    return parse(source), rest_of(source, known)


def _with_source_rest(block: Fields, known: frozenset[str], rest: Fields | None) -> Extras | None:
    extras = parse_extras(block, known)
    if rest is None:
        return extras
    return {wire.NAME: {**(extras[wire.NAME] if extras else {}), "source": rest}}


def _parse_inline(source: Fields) -> Source:
    return InlineData(read_required(source, "media_type", str), read_required(source, "data", str))


def _parse_url(source: Fields) -> Source:
    return RemoteUrl(read_required(source, "url", str))


def _parse_stored(source: Fields) -> Source:
    return StoredFile(read_required(source, "file_id", str))


def _parse_plain(source: Fields) -> Source:
    return PlainText(read_required(source, "data", str), read_optional(source, "media_type", str) or "text/plain")


def _parse_part_list(source: Fields) -> Source:
    content = source.get("content")
    if type(content) is str:
        return PartList([Text(content)])
    return PartList(read_each(read_required(source, "content", list), "content", parse_block))


_SOURCES: dict[str, tuple[Callable[[Fields], Source], frozenset[str]]] = {
    "base64": (_parse_inline, frozenset({"type", "media_type", "data"})),
    "url": (_parse_url, frozenset({"type", "url"})),
    "file": (_parse_stored, frozenset({"type", "file_id"})),
    "text": (_parse_plain, frozenset({"type", "media_type", "data"})),
    "content": (_parse_part_list, frozenset({"type", "content"})),
}


# -- tools and thinking ----------------------------------------------------------------------------------------------


def _parse_tool_use(block: Fields) -> Part:
    arguments = block.get("input")
    cache, extras = _parse_marks(block, wire.TOOL_USE_FIELDS)
    return ToolCall(
        read_required(block, "id", str),
        read_required(block, "name", str),
        "{}" if arguments is None else encode_json(arguments).decode(),
        cache=cache,
        extras=extras,
    )


def _parse_tool_result(block: Fields) -> Part:
    content = block.get("content")
    shorthand = type(content) is str
    parts: list[Part]
    if type(content) is str:
        parts = [Text(content)]
    elif content is None:
        parts = []
    else:
        parts = read_each(read_required(block, "content", list), "content", parse_block)
    cache, extras = _parse_marks(block, wire.TOOL_RESULT_FIELDS)
    return ToolResult(
        read_required(block, "tool_use_id", str),
        parts,
        is_error=read_optional(block, "is_error", bool),
        cache=cache,
        extras=extras,
        shorthand=shorthand,
    )


def _parse_thinking(block: Fields) -> Part:
    signature = read_optional(block, "signature", str)
    cache, extras = _parse_marks(block, wire.THINKING_FIELDS)
    return Reasoning(
        text=read_required(block, "thinking", str),
        signature=signature,
        cache=cache,
        extras=_with_mint(extras, bool(signature)),
    )


def _parse_redacted(block: Fields) -> Part:
    data = read_required(block, "data", str)
    return Reasoning(
        redacted=data,
        cache=parse_cache(block),
        extras=_with_mint(parse_extras(block, wire.REDACTED_FIELDS), is_minted=True),
    )


def _with_mint(extras: Extras | None, is_minted: bool) -> Extras | None:
    if not is_minted:
        return extras
    return wire.MINTED if extras is None else {wire.NAME: {**extras[wire.NAME], "minted": True}}


def _parse_opaque(block: Fields) -> Part:
    return Opaque(wire.NAME, block["type"], block)


BLOCKS: dict[str, Callable[[Fields], Part]] = {
    "text": _parse_text,
    "image": _parse_image,
    "document": _parse_document,
    "search_result": _parse_search_result,
    "tool_use": _parse_tool_use,
    "tool_result": _parse_tool_result,
    "thinking": _parse_thinking,
    "redacted_thinking": _parse_redacted,
}
