"""Clients may write `inline_data` for `inlineData`: proto JSON takes both. Here a request gets one spelling.

Invariant: only keys at places that the wire format itself defines are renamed. Arguments and results of tools, schemas
and anything else that is the caller's own data keep every key.
"""

from __future__ import annotations

import re
from typing import Any

from dragoman.errors import invalid

Structure = dict[str, Any]
"""Which keys of an object lead to objects that have wire keys of their own. An empty one: rename here, go no deeper."""

_FLAT: Structure = {}
_PART: Structure = {
    "inlineData": _FLAT,
    "fileData": _FLAT,
    "functionCall": _FLAT,
    "functionResponse": {"parts": {"inlineData": _FLAT, "fileData": _FLAT}},
    "executableCode": _FLAT,
    "codeExecutionResult": _FLAT,
    "toolCall": _FLAT,
    "toolResponse": _FLAT,
    "videoMetadata": _FLAT,
    "mediaResolution": _FLAT,
}
_CONTENT: Structure = {"parts": _PART}
_REQUEST: Structure = {
    "contents": _CONTENT,
    "systemInstruction": _CONTENT,
    "tools": {"functionDeclarations": _FLAT},
    "toolConfig": {"functionCallingConfig": _FLAT, "retrievalConfig": _FLAT},
    "generationConfig": {"thinkingConfig": _FLAT, "imageConfig": _FLAT},
    "safetySettings": _FLAT,
}
REQUEST: Structure = {**_REQUEST, "generateContentRequest": _REQUEST}

_find_snake_key = re.compile(rb'"[a-zA-Z]+_\w*"[ \t\r\n]*:').search


def has_snake_keys(body: bytes) -> bool:
    """Whether any key at all, the caller's own included, is spelled with an underscore."""
    return b"_" in body and _find_snake_key(body) is not None


def rename_keys(value: Any, structure: Structure) -> None:
    """Give every wire key of a decoded value its camelCase spelling, in place."""
    if type(value) is list:
        for item in value:
            rename_keys(item, structure)
    elif type(value) is dict:
        for name in [name for name in value if "_" in name[1:]]:
            camel = _to_camel(name)
            if camel in value:
                raise invalid(f"This field is also given as {camel!r}; which one counts would be a guess.", name)
            value[camel] = value.pop(name)
        for name, inner in structure.items():
            if name in value:
                rename_keys(value[name], inner)


def _to_camel(name: str) -> str:
    first, *rest = name[1:].split("_")
    return name[0] + first + "".join(word[:1].upper() + word[1:] for word in rest)
