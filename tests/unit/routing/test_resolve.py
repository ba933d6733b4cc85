"""From a name to a route, and what is said when there is none."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.routing.resolve import MAX_REMEMBERED, Resolver
from dragoman.routing.target import Target
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
    assert len(resolver._remembered) == MAX_REMEMBERED
    assert resolver.resolve("acme/x").targets[0].name == "acme/x"
