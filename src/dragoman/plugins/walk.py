"""Every text of a request, wherever it stands, through one function.

Left as they are: names that somebody matches (models, tools, roles, ids), opaque tokens, media and their URLs, and in
what only one dialect understands and in JSON schemas the values under such names. Invariant: where no text changes, the
very same object is given back, and so is every part of it that did not change.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from dragoman.model import content
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Request, ToolChoice, Turn

Change = Callable[[str], str]
Value = TypeVar("Value")

KEPT_FIELDS: dict[type, frozenset[str]] = {
    Request: frozenset({"model", "stop", "service_tier", "prompt_cache_key", "previous_response_id", "modalities"}),
    Turn: frozenset({"role"}),
    FunctionTool: frozenset({"name"}),
    CustomTool: frozenset({"name"}),
    ProviderTool: frozenset({"name", "dialect", "kind"}),
    ToolChoice: frozenset({"names", "mode"}),
    content.Text: frozenset({"signature"}),
    content.ToolCall: frozenset({"id", "name", "kind", "signature", "arguments"}),
    content.ToolResult: frozenset({"call_id", "name", "kind"}),
    content.Reasoning: frozenset({"signature", "redacted", "encrypted", "id"}),
    content.Opaque: frozenset({"dialect", "kind"}),
    content.Citation: frozenset({"kind", "url"}),
    content.RemoteUrl: frozenset({"url", "media_type"}),
    content.StoredFile: frozenset({"file_id", "media_type"}),
    content.InlineData: frozenset({"media_type", "data"}),
    content.PlainText: frozenset({"media_type"}),
}
"""Fields that are not words of anybody."""

KEPT_KEYS = frozenset(
    "type id role name model call_id tool_call_id tool_use_id file_id data signature thoughtSignature encrypted_content"
    " url media_type mimeType fileUri image_url file_url $ref $schema $id format pattern required minted".split()
)
"""Keys of plain JSON whose values are none either."""

_ESCAPE = re.compile(r"\\\\|\\u([0-9a-fA-F]{4})")
_MEANT_IN_JSON = frozenset('"\\')


def map_texts(value: Value, change: Change) -> Value:
    """The same thing with every text changed."""
    return _map(value, change)  # type: ignore[no-any-return]


def _map(value: Any, change: Change) -> Any:
    kind = type(value)
    if kind is str:
        return change(value)
    if kind is list:
        return _map_list(value, change)
    if kind is dict:
        return _map_dict(value, change)
    if isinstance(value, msgspec.Struct):
        return _map_struct(value, change)
    return value


def _map_list(values: list[Any], change: Change) -> list[Any]:
    mapped = [_map(value, change) for value in values]
    return mapped if any(new is not old for new, old in zip(mapped, values, strict=True)) else values


def _map_dict(fields: dict[str, Any], change: Change) -> dict[str, Any]:
    mapped = {
        name: value if name in KEPT_KEYS and _is_name(value) else _map(value, change) for name, value in fields.items()
    }
    return mapped if any(mapped[name] is not fields[name] for name in fields) else fields


def _is_name(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _map_struct(struct: msgspec.Struct, change: Change) -> msgspec.Struct:
    kept = KEPT_FIELDS.get(type(struct), frozenset())
    changed: dict[str, Any] = {}
    for name in struct.__struct_fields__:
        old = getattr(struct, name)
        if old is not None and name not in kept and (new := _map(old, change)) is not old:
            changed[name] = new
    if isinstance(struct, content.ToolCall):
        changed |= _map_arguments(struct, change)
    elif isinstance(struct, content.InlineData) and struct.media_type.startswith("text/"):
        changed |= _map_document(struct, change)
    return msgspec.structs.replace(struct, **changed) if changed else struct


def _map_arguments(call: content.ToolCall, change: Change) -> dict[str, str]:
    """Arguments are JSON in a text: what is changed are the texts inside, so that it stays JSON."""
    try:
        value = msgspec.json.decode(call.arguments) if call.kind == "function" else call.arguments
    except (msgspec.DecodeError, RecursionError):
        value = call.arguments
    mapped = _map(value, change)
    if mapped is value:
        return {}
    return {"arguments": mapped if isinstance(mapped, str) else msgspec.json.encode(mapped).decode()}


def _map_document(source: content.InlineData, change: Change) -> dict[str, str]:
    """A document of plain text that came in base64."""
    try:
        text = base64.b64decode(source.data).decode()
    except (binascii.Error, ValueError):
        return {}
    mapped = change(text)
    return {} if mapped is text else {"data": base64.b64encode(mapped.encode()).decode()}


def unescape(text: str) -> str:
    """A text with what stands in it as `\\u00e9` in plain letters, as a model reads it; what JSON itself would read
    otherwise then stays. The very same object if nothing does."""
    return _ESCAPE.sub(_read_escape, text) if "\\u" in text else text


def _read_escape(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16)) if found[1] else "\\"
    return letter if letter.isprintable() and letter not in _MEANT_IN_JSON else found[0]


def see_through(change: Change) -> Change:
    """The same change, also of what JSON in a text has written as escapes: tools that answer in JSON do so with all
    letters but the plainest."""

    def change_escaped(text: str) -> str:
        plain = unescape(text)
        changed = change(plain)
        return changed if plain is text or changed != plain else change(text)

    return change_escaped


def list_texts(value: Any) -> list[str]:
    """All of them, in their order."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    map_texts(value, note)
    return found
