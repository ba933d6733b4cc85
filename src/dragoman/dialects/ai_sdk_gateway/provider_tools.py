"""Tools that a provider defines, from the AI SDK's names to those of the dialect that has them.

Listed are the tools that a provider runs all by itself, and whose arguments the AI SDK only spells differently. The
rest stays under our own name, so that every provider refuses it by name: better than a tool that half works.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dragoman.dialects.ai_sdk_gateway.wire import MINTERS, NAME
from dragoman.model.request import ProviderTool
from dragoman.wire.json_read import Fields

_ANTHROPIC = re.compile(r"(web_search|web_fetch|code_execution)_\d{8}")
_OPENAI = frozenset({"web_search", "web_search_preview", "file_search", "code_interpreter", "image_generation"})
_GOOGLE = {"google_search": "googleSearch", "url_context": "urlContext", "code_execution": "codeExecution"}
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def build_provider_tool(tool: Fields, id: str, name: str, arguments: Fields) -> ProviderTool:
    """`id` is the provider's name, a dot, and the tool's."""
    provider, _, kind = id.partition(".")
    build = _BUILDERS.get(provider)
    native = build(kind, arguments) if build is not None else None
    return native if native is not None else ProviderTool(NAME, id, name, tool)


def _build_anthropic(kind: str, arguments: Fields) -> ProviderTool | None:
    match = _ANTHROPIC.fullmatch(kind)
    if match is None:
        return None
    value = {"type": kind, "name": match[1], **_spell(arguments)}
    return ProviderTool(MINTERS["anthropic"], kind, match[1], value)


def _build_openai(kind: str, arguments: Fields) -> ProviderTool | None:
    if kind not in _OPENAI:
        return None
    value = {"type": kind, **_spell(arguments)}
    if kind == "code_interpreter" and type(container := value.get("container")) is not str:
        value["container"] = {"type": "auto", **(container if type(container) is dict else {})}
    return ProviderTool(MINTERS["openai"], kind, kind, value)


def _build_google(kind: str, arguments: Fields) -> ProviderTool | None:
    word = _GOOGLE.get(kind)
    return None if word is None else ProviderTool(MINTERS["google"], word, word, {word: arguments})


_BUILDERS: dict[str, Callable[[str, Fields], ProviderTool | None]] = {
    "anthropic": _build_anthropic,
    "openai": _build_openai,
    "google": _build_google,
}


def _spell(value: Any) -> Any:
    """`maxUses` → `max_uses`, at every depth."""
    if type(value) is dict:
        return {_HUMP.sub(r"_\1", name).lower(): _spell(inner) for name, inner in value.items()}
    return [_spell(inner) for inner in value] if type(value) is list else value
