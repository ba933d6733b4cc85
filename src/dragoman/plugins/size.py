"""The plugin `size`: requests that are larger than somebody wants to pay for are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from dragoman.model.content import Audio, File, Image, InlineData, Part, ToolResult, Video
from dragoman.model.request import Request
from dragoman.plugins.hooks import Hooks, Occasion, read_settings, refuse
from dragoman.plugins.walk import list_texts


class SizeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No limit where none is given. `max_characters` counts all words of a request, `max_media_bytes` what came with
    it."""

    max_characters: int | None = None
    max_turns: int | None = None
    max_tools: int | None = None
    max_media: int | None = None
    max_media_bytes: int | None = None
    max_output_tokens: int | None = None


class SizePlugin(Hooks):
    """The plugin and its hooks in one: they remember nothing."""

    def __init__(self, settings: SizeSettings) -> None:
        self._settings = settings

    def open_hooks(self, occasion: Occasion) -> Hooks:
        return self

    def before_request(self, request: Request) -> Request:
        settings = self._settings
        media = list(_list_media(part for turn in request.turns for part in turn.parts))
        measures: tuple[tuple[str, int | None, Callable[[], int]], ...] = (
            ("characters", settings.max_characters, lambda: sum(map(len, list_texts(request)))),
            ("turns", settings.max_turns, lambda: len(request.turns)),
            ("tools", settings.max_tools, lambda: len(request.tools or ())),
            ("images, sounds, videos and files", settings.max_media, lambda: len(media)),
            ("bytes of media", settings.max_media_bytes, lambda: sum(map(_count_bytes, media))),
            ("tokens of output", settings.max_output_tokens, lambda: request.max_output_tokens or 0),
        )
        for name, limit, measure in measures:
            if limit is not None and (size := measure()) > limit:
                raise refuse(f"The request has {size} {name}; no more than {limit} may be sent from here.")
        return request


Medium = Image | Audio | Video | File


def _list_media(parts: Iterable[Part]) -> Iterable[Medium]:
    for part in parts:
        if isinstance(part, ToolResult):
            yield from _list_media(part.parts)
        elif isinstance(part, Image | Audio | Video | File):
            yield part


def _count_bytes(medium: Medium) -> int:
    return len(medium.source.data) * 3 // 4 if isinstance(medium.source, InlineData) else 0


def make_plugin(settings: Mapping[str, Any]) -> SizePlugin:
    """The plugin `size`."""
    return SizePlugin(read_settings(SizeSettings, settings))
