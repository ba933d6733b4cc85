"""The plugin `lists`: what may be asked and with which tools, and what may not."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from dragoman.model.request import Request
from dragoman.plugins.hooks import Hooks, Occasion, read_settings, refuse
from dragoman.plugins.patterns import compile_pattern, compile_words
from dragoman.plugins.walk import list_texts, unescape


class ListsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`deny_words` are found whatever their case, `deny_patterns` are regular expressions. Tools and models are named
    by patterns such as `read_*`; where an allow list is given, nothing else is let through."""

    deny_words: tuple[str, ...] = ()
    deny_patterns: tuple[str, ...] = ()
    allow_tools: tuple[str, ...] | None = None
    deny_tools: tuple[str, ...] = ()
    allow_models: tuple[str, ...] | None = None
    deny_models: tuple[str, ...] = ()


class ListsPlugin:
    """The plugin with its settings; nothing of it changes from request to request."""

    def __init__(self, settings: ListsSettings) -> None:
        self.settings = settings
        self.words = compile_words(word.casefold() for word in settings.deny_words) if settings.deny_words else None
        self.patterns = [
            compile_pattern(text, f"deny_patterns[{index}]") for index, text in enumerate(settings.deny_patterns)
        ]

    def open_hooks(self, occasion: Occasion) -> Hooks:
        return ListsHooks(self, occasion)


class ListsHooks(Hooks):
    """One attempt."""

    def __init__(self, plugin: ListsPlugin, occasion: Occasion) -> None:
        self._plugin = plugin
        self._occasion = occasion

    def before_request(self, request: Request) -> Request:
        settings = self._plugin.settings
        model = f"{self._occasion.provider}/{self._occasion.model}"
        if not _is_listed(model, settings.allow_models, settings.deny_models):
            raise refuse(f"The model {model} may not be used here.")
        for tool in request.tools or ():
            if not _is_listed(tool.name, settings.allow_tools, settings.deny_tools):
                raise refuse(f"The tool {tool.name!r} may not be used here.")
        if self._plugin.words is not None or self._plugin.patterns:
            self._check_texts(list_texts(request))
        return request

    def _check_texts(self, texts: list[str]) -> None:
        words = self._plugin.words
        for text in [*texts, *map(unescape, texts)]:
            if words is not None and words.search(text.casefold()):
                raise refuse("The request has a word that may not be used here.")
            for number, pattern in enumerate(self._plugin.patterns, 1):
                if pattern.search(text):
                    raise refuse(f"The request has something that may not be sent from here (rule {number}).")


def _is_listed(name: str, allow: tuple[str, ...] | None, deny: tuple[str, ...]) -> bool:
    if any(fnmatchcase(name, pattern) for pattern in deny):
        return False
    return allow is None or any(fnmatchcase(name, pattern) for pattern in allow)


def make_plugin(settings: Mapping[str, Any]) -> ListsPlugin:
    """The plugin `lists`."""
    return ListsPlugin(read_settings(ListsSettings, settings))
