"""Which targets can do what a request needs. Only routes whose targets differ in it are looked at (`Route.differs`)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dragoman.routing.target import Route, Target


class Needs(msgspec.Struct, frozen=True):
    """What a request would lose at a target that cannot do it."""

    media: frozenset[str] = frozenset()
    tools: bool = False
    structured_output: bool = False


NO_NEEDS = Needs()


def find_lack(target: Target, needs: Needs) -> str:
    """What the target cannot do of what is needed, in words; empty if nothing is missing."""
    profile = target.profile
    missing = [f"takes no {kind}" for kind in sorted(needs.media - profile.media)]
    if needs.tools and not profile.tools:
        missing.append("calls no tools")
    if needs.structured_output and not profile.structured_output:
        missing.append("keeps to no schema")
    return ", ".join(missing)


def differ(targets: Sequence[Target]) -> bool:
    """Whether it matters to some request which of the targets it gets."""
    return len({(one.profile.media, one.profile.tools, one.profile.structured_output) for one in targets}) > 1


def narrow_route(route: Route, needs: Needs) -> Route:
    """The route with those targets only that can do what is needed; as it was where none of them can."""
    able = tuple(target for target in route.targets if not find_lack(target, needs))
    if not able or len(able) == len(route.targets):
        return route
    return msgspec.structs.replace(route, targets=able)
