"""Finds plugins by the names that the configuration gives them: shipped ones, or those that installed packages offer.

Only names of the operator's configuration get here, and only when it is read; no request can name one.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from dragoman.errors import DragomanError, invalid
from dragoman.plugins import injection, lists, redact, size, tags
from dragoman.plugins.hooks import MakePlugin, Plugin

GROUP = "dragoman.plugins"

SHIPPED: dict[str, MakePlugin] = {
    "redact": redact.make_plugin,
    "lists": lists.make_plugin,
    "size": size.make_plugin,
    "injection": injection.make_plugin,
    "tags": tags.make_plugin,
}


def load_plugin(name: str, settings: Mapping[str, Any], path: str) -> Plugin:
    """The plugin with its settings; raises what is wrong, with its path in the configuration."""
    make = find_maker(name, path)
    try:
        return make(settings)
    except DragomanError as error:
        raise error.under(f"{path}.settings") from None


def find_maker(name: str, path: str) -> MakePlugin:
    """What makes the plugin of that name. A shipped one has it for itself."""
    if name in SHIPPED:
        return SHIPPED[name]
    offered = {point.name: point for point in entry_points(group=GROUP)}
    if name not in offered:
        known = [*SHIPPED, *offered]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
        raise invalid(f"There is no plugin {name!r}. {hint}", f"{path}.use")
    try:
        make: MakePlugin = offered[name].load()
    except (ImportError, AttributeError) as error:
        raise invalid(f"The plugin {name!r} cannot be loaded: {error}.", f"{path}.use") from None
    return make
