"""Who can do what a request needs."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.routing.capability import NO_NEEDS, Needs, differ, find_lack, narrow_route, survey
from dragoman.routing.target import Route, Target
from tests.unit.routing.house import make_provider, make_route

BLIND = msgspec.structs.replace(DEFAULT_PROFILE, media=frozenset({"audio"}))
PLAIN = msgspec.structs.replace(DEFAULT_PROFILE, tools=False, structured_output=False)
SEEING, SIGHTLESS, SIMPLE = (
    Target(make_provider(name), "m", profile)
    for name, profile in (("sees", DEFAULT_PROFILE), ("blind", BLIND), ("plain", PLAIN))
)

TALKING = msgspec.structs.replace(SIMPLE, profile=msgspec.structs.replace(PLAIN, tool_form="dragoman"))


@pytest.mark.parametrize(
    ("target", "needs", "lack"),
    [
        (SEEING, Needs(frozenset({"image"}), tools=True, structured_output=True), ""),
        (SIGHTLESS, Needs(frozenset({"audio"})), ""),
        (SIGHTLESS, Needs(frozenset({"image", "file"}), tools=True), "takes no file, takes no image"),
        (SIMPLE, Needs(tools=True), "calls no tools"),
        (TALKING, Needs(tools=True), ""),
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


def test_a_request_that_is_too_long_for_a_target_goes_to_one_with_room() -> None:
    route = make_route(make_provider("a"), make_provider("b"))
    short, long = (
        msgspec.structs.replace(target, profile=Profile(context_window=window))
        for target, window in zip(route.targets, (8_000, 200_000), strict=True)
    )
    route = msgspec.structs.replace(route, targets=(short, long))
    assert survey(route.targets)["least_window"] == 8_000
    assert narrow_route(route, Needs(tokens=9_000)).targets == (long,)
    assert narrow_route(route, Needs(tokens=8_000)).targets == (short, long)
    assert narrow_route(route, Needs(tokens=900_000)).targets == (short, long)
    assert "room for 8000 tokens" in find_lack(short, Needs(tokens=9_000))


def test_lengths_are_not_looked_at_where_all_targets_have_the_same_room() -> None:
    route = make_route(make_provider("a"), make_provider("b"))
    assert survey(route.targets)["least_window"] == 0
