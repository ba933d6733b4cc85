"""What is put around every request."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dragoman.config.sections.types import Seconds


class PluginSettings(msgspec.Struct, frozen=True):
    """One plugin, shipped or installed. The order of the list counts: requests pass the first one first, answers the last
    one first. While a plugin is there for a model, requests and answers are taken apart and put together again also
    between parties of the same dialect."""

    use: str
    """Which one: `redact`, `lists`, `size`, `injection`, `tags`, or what an installed package offers by an entry point of
    the group `dragoman.plugins`."""

    settings: dict[str, Any] = {}
    """Its own settings."""

    models: list[str] = []
    """For which targets, as patterns of `provider/model` such as `openai/*`; for all if left out."""

    on_failure: Literal["closed", "open"] = "closed"
    """What happens where it raises something unforeseen or takes too long: `closed` fails the request, `open` goes on
    without it."""

    time_limit_seconds: Seconds = 10.0
    """How long each of its hooks may take."""
