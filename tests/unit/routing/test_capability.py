"""Who can do what a request needs."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.model.profile import DEFAULT_PROFILE
from dragoman.routing.capability import NO_NEEDS, Needs, differ, find_lack, narrow_route
from dragoman.routing.target import Route, Target
from tests.unit.routing.house import make_provider

BLIND = msgspec.structs.replace(DEFAULT_PROFILE, media=frozenset({"audio"}))
PLAIN = msgspec.structs.replace(DEFAULT_PROFILE, tools=False, structured_output=False)
SEEING, SIGHTLESS, SIMPLE = (
    Target(make_provider(name), "m", profile)
    for name, profile in (("sees", DEFAULT_PROFILE), ("blind", BLIND), ("plain", PLAIN))
)


@pytest.mark.parametrize(
    ("target", "needs", "lack"),
    [
        (SEEING, Needs(frozenset({"image"}), tools=True, structured_output=True), ""),
        (SIGHTLESS, Needs(frozenset({"audio"})), ""),
        (SIGHTLESS, Needs(frozenset({"image", "file"}), tools=True), "takes no file, takes no image"),
        (SIMPLE, Needs(tools=True), "calls no tools"),
        (SIMPLE, Needs(structured_output=True), "keeps to no schema"),
        (SIMPLE, NO_NEEDS, ""),
    ],
)
def test_what_is_missing_is_named(target: Target, needs: Needs, lack: str) -> None:
    assert find_lack(target, needs) == lack


def test_targets_that_can_do_the_same_need_no_look() -> None:
    assert not differ([SEEING, msgspec.structs.replace(SEEING, model="n")])
    assert differ([SEEING, SIGHTLESS])
    assert differ([SEEING, SIMPLE])


def test_a_route_is_narrowed_to_those_who_can_unless_that_is_nobody() -> None:
    route = Route("r", (SIGHTLESS, SEEING, SIMPLE))
    image, tools = Needs(frozenset({"image"})), Needs(frozenset({"image"}), tools=True)
    assert narrow_route(route, image).targets == (SEEING, SIMPLE)
    assert narrow_route(route, tools).targets == (SEEING,)
    assert narrow_route(route, NO_NEEDS) is route
    blind = Route("r", (SIGHTLESS,))
    assert narrow_route(blind, image) is blind
