"""From a name to a route, and what is said when there is none."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.routing.resolve import MAX_REMEMBERED, Resolver, match_pattern
from dragoman.routing.target import Route, Target
from tests.unit.routing.house import make_provider, make_route

ACME = make_provider("acme", models=("large", "small"))
OTHER = make_provider("other", models=("small",))


def make_resolver() -> Resolver:
    return Resolver([make_route(ACME)], [ACME, OTHER], Target)


def test_a_configured_route_comes_first() -> None:
    assert make_resolver().resolve("r").targets[0].name == "acme/m"


def test_provider_slash_model_names_any_model_even_an_unknown_one() -> None:
    assert make_resolver().resolve("other/org/model:free").targets[0].name == "other/org/model:free"


def test_a_bare_name_goes_to_the_first_provider_that_has_it() -> None:
    assert make_resolver().resolve("small").targets[0].name == "acme/small"


@pytest.mark.parametrize(("name", "suggestion"), [("larg", "acme/large"), ("acme", "acme/"), ("xyzzy", "acme/…")])
def test_an_unknown_name_is_a_404_that_suggests(name: str, suggestion: str) -> None:
    with pytest.raises(DragomanError) as caught:
        make_resolver().resolve(name)
    assert caught.value.kind is Kind.NOT_FOUND
    assert suggestion in caught.value.message


def test_without_any_provider_the_answer_says_how_to_add_one() -> None:
    with pytest.raises(DragomanError, match="OPENAI_API_KEY"):
        Resolver([], [], Target).resolve("gpt-5")


@pytest.mark.parametrize("name", ["", "a" * 300, "line\nbreak"])
def test_a_malformed_name_is_the_callers_fault(name: str) -> None:
    with pytest.raises(DragomanError) as caught:
        make_resolver().resolve(name)
    assert caught.value.kind is Kind.INVALID_REQUEST


def test_what_is_remembered_is_bounded() -> None:
    resolver = make_resolver()
    for number in range(MAX_REMEMBERED + 10):
        resolver.resolve(f"acme/{number}")
    assert len(resolver._known) == len(resolver._routes) + MAX_REMEMBERED
    assert resolver.resolve("acme/x").targets[0].name == "acme/x"


@pytest.mark.parametrize(
    ("pattern", "name", "matched"),
    [
        ("claude-*", "claude-opus", "opus"),
        ("*", "anything/at:all", "anything/at:all"),
        ("*-latest", "gpt-latest", "gpt"),
        ("a*z", "amz", "m"),
        ("a*z", "az", None),
        ("claude-*", "claude-", None),
        ("claude-*", "gpt-5", None),
        ("ab*ba", "aba", None),
    ],
)
def test_a_star_stands_for_at_least_one_character(pattern: str, name: str, matched: str | None) -> None:
    assert match_pattern(pattern, name) == matched


def test_the_longest_pattern_that_fits_is_filled_with_what_its_star_stands_for() -> None:
    wide = Route("claude-*", (Target(ACME, "*"),))
    close = Route(
        "claude-opus-*", (Target(OTHER, "org/opus-*@1", weight=3.0),), fallback={Kind.TIMEOUT: (Target(ACME, "*-b"),)}
    )
    resolver = Resolver([wide, close, make_route(ACME)], [ACME, OTHER], Target)
    found = resolver.resolve("claude-opus-5")
    assert (found.name, found.targets[0].name, found.targets[0].weight) == ("claude-opus-5", "other/org/opus-5@1", 3.0)
    assert found.fallback[Kind.TIMEOUT][0].name == "acme/5-b"
    assert resolver.resolve("claude-sonnet").targets[0].name == "acme/sonnet"
    assert resolver.resolve("r").targets[0].name == "acme/m"
    assert "claude-*" not in resolver.names


def test_configured_routes_can_be_listed_patterns_last() -> None:
    acme = make_provider("acme", models=("large",))
    pattern = Route("x-*", (Target(acme, "*"),))
    assert [route.name for route in Resolver([pattern, make_route(acme)], [acme], Target).routes] == ["r", "x-*"]
