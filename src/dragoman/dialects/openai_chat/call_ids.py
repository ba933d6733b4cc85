"""Ids of tool calls, in the alphabet that a target demands.

The same id always becomes the same id, so that a call and its result still belong together.
"""

from __future__ import annotations

import hashlib
import re

from dragoman.dialects.openai_chat.outlet import Outlet

_PATTERNS = {"alphanumeric_9": re.compile(r"[a-zA-Z0-9]{9}"), "anthropic": re.compile(r"[a-zA-Z0-9_-]+")}
_FORBIDDEN = re.compile(r"[^a-zA-Z0-9_-]")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def emit_call_id(identifier: str, outlet: Outlet, path: str) -> str:
    """The id as the target will take it; a loss where it had to change."""
    rule = outlet.profile.tool_call_id
    pattern = _PATTERNS.get(rule)
    if pattern is None or pattern.fullmatch(identifier):
        return identifier
    outlet.lose(path, code="renamed")
    if rule == "alphanumeric_9":
        return _digest(identifier)
    cleaned = _FORBIDDEN.sub("_", identifier)
    return f"{cleaned[:40]}_{_digest(identifier)}"


def _digest(identifier: str) -> str:
    number = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8])
    letters = []
    for _ in range(9):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "".join(letters)
