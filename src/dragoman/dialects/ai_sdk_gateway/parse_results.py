"""What a tool gave back: the `output` of a `tool-result`, a tagged value of several kinds, to canonical parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dragoman.dialects.ai_sdk_gateway.options import Options
from dragoman.dialects.ai_sdk_gateway.parse_files import build_media, parse_file, parse_reference, parse_text_data
from dragoman.dialects.ai_sdk_gateway.wire import NAME
from dragoman.errors import DragomanError, invalid
from dragoman.model.content import Opaque, Part, Text, ToolResult
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required, require_one_of

DENIED = "The user did not allow this tool to run."


def parse_result(part: Fields, custom_tools: frozenset[str]) -> ToolResult:
    """A part of type `tool-result`."""
    output = read_required(part, "output", dict)
    name = read_required(part, "toolName", str)
    kind = read_required(output, "type", str)
    require_one_of(kind, _OUTPUTS, "output.type")
    try:
        parts = _OUTPUTS[kind](output)
    except DragomanError as error:
        raise error.under("output") from None
    options = Options(part)
    inner = Options(output)
    cache = options.take_cache() or inner.take_cache()
    return ToolResult(
        call_id=read_required(part, "toolCallId", str),
        parts=parts,
        name=name,
        is_error=True if kind in _FAILURES else None,
        kind="custom" if name in custom_tools else "function",
        cache=cache,
        extras=options.extras(),
        shorthand=kind != "content",
    )


def _read_text(output: Fields) -> list[Part]:
    return [Text(read_required(output, "value", str))]


def _read_json(output: Fields) -> list[Part]:
    return [Text(encode_json(output.get("value")).decode())]


def _read_denial(output: Fields) -> list[Part]:
    return [Text(read_optional(output, "reason", str) or DENIED)]


def _read_content(output: Fields) -> list[Part]:
    return read_each(read_required(output, "value", list), "value", _parse_item)


_OUTPUTS: dict[str, Callable[[Fields], list[Part]]] = {
    "text": _read_text,
    "json": _read_json,
    "execution-denied": _read_denial,
    "error-text": _read_text,
    "error-json": _read_json,
    "content": _read_content,
}
_FAILURES = frozenset({"execution-denied", "error-text", "error-json"})

# -- content ---------------------------------------------------------------------------------------------------------


def _parse_item(item: Fields) -> Part:
    kind = read_required(item, "type", str)
    parse = _ITEMS.get(kind)
    if parse is None:
        raise invalid(f"{kind[:64]!r} is not known here; use one of {', '.join(sorted(_ITEMS))}.", "type")
    return parse(item)


def _parse_text(item: Fields) -> Part:
    options = Options(item)
    cache = options.take_cache()
    return Text(read_required(item, "text", str), cache=cache, extras=options.extras())


def _parse_media(field: str, family: str) -> Callable[[Fields], Part]:
    """Version 3 has a type of its own for each way of giving a file."""

    def parse(item: Fields) -> Part:
        media_type = read_optional(item, "mediaType", str) or family
        value: Any = item.get(field)
        if field == "fileId":
            return build_media(item, parse_reference(value, media_type), media_type)
        return build_media(item, parse_text_data(read_required(item, field, str), media_type), media_type)

    return parse


def _parse_custom(item: Fields) -> Part:
    return Opaque(NAME, "custom", item)


_ITEMS: dict[str, Callable[[Fields], Part]] = {
    "text": _parse_text,
    "file": parse_file,
    "custom": _parse_custom,
    "media": _parse_media("data", ""),
    "file-data": _parse_media("data", ""),
    "file-url": _parse_media("url", ""),
    "file-id": _parse_media("fileId", ""),
    "image-data": _parse_media("data", "image"),
    "image-url": _parse_media("url", "image"),
    "image-file-id": _parse_media("fileId", "image"),
}
