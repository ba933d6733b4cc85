"""The plugin `tags`: what requests are marked with for the provider's own books, such as a team or a cost centre."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from dragoman.model.request import Request
from dragoman.plugins.hooks import Hooks, Occasion, read_settings


class TagsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`metadata` is added to that of the request; `{provider}` and `{model}` in its values are filled in. What the
    caller said under the same name stays, unless `override`. `user` stands in where the caller names none."""

    metadata: dict[str, str] = {}
    user: str | None = None
    override: bool = False


class TagsPlugin:
    """The plugin with its settings."""

    def __init__(self, settings: TagsSettings) -> None:
        self._settings = settings

    def open_hooks(self, occasion: Occasion) -> Hooks:
        return TagsHooks(self._settings, occasion)


class TagsHooks(Hooks):
    """One attempt."""

    def __init__(self, settings: TagsSettings, occasion: Occasion) -> None:
        self._settings = settings
        self._occasion = occasion

    def before_request(self, request: Request) -> Request:
        settings, said = self._settings, request.metadata or {}
        ours = {name: self._fill(text) for name, text in settings.metadata.items()}
        metadata = {**said, **ours} if settings.override else {**ours, **said}
        user = settings.user if settings.user and (settings.override or request.user is None) else request.user
        if metadata == said and user == request.user:
            return request
        return msgspec.structs.replace(request, metadata=metadata or None, user=user)

    def _fill(self, text: str) -> str:
        return text.replace("{provider}", self._occasion.provider).replace("{model}", self._occasion.model)


def make_plugin(settings: Mapping[str, Any]) -> TagsPlugin:
    """The plugin `tags`."""
    return TagsPlugin(read_settings(TagsSettings, settings))
