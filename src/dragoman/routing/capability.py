"""Which targets can do what a request needs. Only routes whose targets differ in it are looked at (`Route.differs`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import msgspec

from dragoman.model.profile import Profile
from dragoman.routing.target import Route, Target


class Needs(msgspec.Struct, frozen=True):
    """What a request would lose at a target that cannot do it."""

    media: frozenset[str] = frozenset()
    tools: bool = False
    structured_output: bool = False
    tokens: int = 0  # 0 where that cannot be guessed


NO_NEEDS = Needs()


def find_lack(target: Target, needs: Needs) -> str:
    """What the target cannot do of what is needed, in words; empty if nothing is missing."""
    profile = target.profile
    missing = [f"takes no {kind}" for kind in sorted(needs.media - profile.media)]
    if needs.tools and not can_call(profile):
        missing.append("calls no tools")
    if needs.structured_output and not profile.structured_output:
        missing.append("keeps to no schema")
    if profile.context_window is not None and needs.tokens > profile.context_window:
        missing.append(f"has room for {profile.context_window} tokens only")
    return ", ".join(missing)


def can_call(profile: Profile) -> bool:
    """Whether tools can be called, by the target itself or in its text."""
    return profile.tools or bool(profile.tool_form)


class Survey(TypedDict):
    """The fields of a route that follow from its targets."""

    differs: bool
    least_window: int
    is_conditional: bool


def survey(targets: Sequence[Target]) -> Survey:
    """What has to be looked at for a route with these targets; nothing, for most."""
    windows = [one.profile.context_window for one in targets]
    known = [window for window in windows if window is not None]
    return {
        "differs": differ(targets),
        "least_window": min(known) if len(set(windows)) > 1 and known else 0,
        "is_conditional": any(one.condition is not None for one in targets),
    }


def differ(targets: Sequence[Target]) -> bool:
    """Whether it matters to some request which of the targets it gets."""
    return len({(one.profile.media, can_call(one.profile), one.profile.structured_output) for one in targets}) > 1


def narrow_route(route: Route, needs: Needs) -> Route:
    """The route with those targets only that can do what is needed; as it was where none of them can."""
    able = tuple(target for target in route.targets if not find_lack(target, needs))
    if not able or len(able) == len(route.targets):
        return route
    return msgspec.structs.replace(route, targets=able)
