"""Which requests a target is for: tags, headers, and how long they are.

A target without a condition takes every request. Nothing is looked at where no target of a route has one
(`Route.is_conditional`).
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Condition, Route, Target

TAGS_HEADER = b"x-dragoman-tags"


class Traits(msgspec.Struct, frozen=True):
    """What conditions ask about. `headers` are those that the gateway reads; `tokens` is a guess."""

    headers: Mapping[bytes, bytes] = {}
    tokens: int = 0

    @property
    def tags(self) -> frozenset[str]:
        """The words of the header for them."""
        given = self.headers.get(TAGS_HEADER, b"").decode("latin-1")
        return frozenset(tag.strip() for tag in given.split(",") if tag.strip())


NO_TRAITS = Traits()


def find_unmet(condition: Condition | None, traits: Traits) -> str:
    """What a request lacks of what a target wants, in words; empty if nothing."""
    if condition is None:
        return ""
    unmet = []
    if condition.tags and condition.tags.isdisjoint(traits.tags):
        unmet.append(f"only for tags {', '.join(sorted(condition.tags))}")
    for name, pattern in condition.headers:
        if not fnmatchcase(traits.headers.get(name.encode(), b"").decode("latin-1"), pattern):
            unmet.append(f"only for {name}: {pattern}")
    if traits.tokens < condition.min_tokens:
        unmet.append(f"only for at least {condition.min_tokens} tokens")
    if condition.max_tokens and traits.tokens > condition.max_tokens:
        unmet.append(f"only for at most {condition.max_tokens} tokens")
    return ", ".join(unmet)


def admit_request(route: Route, traits: Traits) -> Route:
    """The route with those targets only that are for such a request; raises NOT_FOUND where there are none."""

    def select(targets: tuple[Target, ...]) -> tuple[Target, ...]:
        return tuple(target for target in targets if not find_unmet(target.condition, traits))

    targets = select(route.targets)
    if not targets:
        message = (
            f"No target of {route.name!r} is for such a request; their conditions are about tags, headers or length."
        )
        raise DragomanError(Kind.NOT_FOUND, message, path="model", code="no_target_left")
    fallback = {kind: kept for kind, listed in route.fallback.items() if (kept := select(listed))}
    return msgspec.structs.replace(route, targets=targets, fallback=fallback)
