"""What a key sees of routes and models: nothing that it may not use, on no way."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Provider, Route, Target
from dragoman.service.list_models import list_models
from dragoman.service.scope import Scope, compile_patterns
from dragoman.service.switchboard import Switchboard
from tests.unit.service.desk import make_provider, make_switchboard


def offer(name: str) -> Provider:
    return msgspec.structs.replace(make_provider(name), models=("small", "big"))


A, B = offer("a"), offer("b")
FAST = Route("fast", (Target(A, "small"), Target(B, "small")), fallback={Kind.TIMEOUT: (Target(B, "big"),)})
ONE = Route("one", (Target(B, "big"),))


def make_board() -> Switchboard:
    return msgspec.structs.replace(make_switchboard(A, B), resolver=Resolver([FAST, ONE], [A, B], Target))


def resolve(scope: Scope, name: str) -> Route:
    return scope.narrow_board(make_board()).resolver.resolve(name)


def refuse(scope: Scope, name: str) -> DragomanError:
    with pytest.raises(DragomanError) as caught:
        resolve(scope, name)
    return caught.value


def test_a_route_that_fits_by_its_name_is_whole() -> None:
    assert resolve(Scope([("fast",)], []), "fast") is FAST


def test_a_route_that_fits_by_its_targets_is_narrowed_to_them() -> None:
    route = resolve(Scope([("a/*",)], []), "fast")
    assert [target.name for target in route.targets] == ["a/small"]
    assert route.fallback == {}


def test_providers_narrow_targets_and_fallbacks() -> None:
    route = resolve(Scope([], [("b",)]), "fast")
    assert [target.name for target in route.targets] == ["b/small"]
    assert [target.name for target in route.fallback[Kind.TIMEOUT]] == ["b/big"]


@pytest.mark.parametrize("name", ["one", "b/big", "b/anything", "big"])
def test_what_is_not_allowed_is_refused_by_whatever_name_it_goes(name: str) -> None:
    if name == "big":
        assert [target.name for target in resolve(Scope([("a/*",)], []), name).targets] == ["a/big"]
        return
    error = refuse(Scope([("a/*",)], []), name)
    assert (error.kind, error.status, error.code) == (Kind.PERMISSION, 403, "model_not_allowed")


def test_all_lists_have_to_allow_it() -> None:
    both = Scope([("a/*", "b/*"), ("b/*",)], [])
    assert [target.name for target in resolve(both, "fast").targets] == ["b/small"]
    assert refuse(both, "a/small").kind is Kind.PERMISSION


def test_a_list_of_nothing_allows_nothing() -> None:
    assert refuse(Scope([()], []), "fast").kind is Kind.PERMISSION


def test_under_a_budget_only_what_has_a_price_is_left() -> None:
    scope = Scope([], [], lambda provider, model: provider == "a")
    assert [target.name for target in resolve(scope, "fast").targets] == ["a/small"]
    error = refuse(scope, "one")
    assert (error.kind, error.code) == (Kind.PAYMENT_REQUIRED, "model_unpriced")


def test_the_list_of_models_shows_what_can_be_asked_for() -> None:
    scope = Scope([("one", "a/small")], [])
    cards = list_models(scope.narrow_board(make_board()))
    assert [card.id for card in cards] == ["fast", "one", "a/small"]


def test_a_board_is_narrowed_once_and_anew_after_a_reload() -> None:
    scope, board = Scope([("fast",)], []), make_board()
    first = scope.narrow_board(board)
    assert scope.narrow_board(board) is first
    assert scope.narrow_board(make_board()) is not first


def test_a_name_is_narrowed_once() -> None:
    resolver = Scope([("a/*",)], []).narrow_board(make_board()).resolver
    for name in ("fast", "a/anything"):
        assert resolver.resolve(name) is resolver.resolve(name)


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("gpt-*", "gpt-4o", True),
        ("gpt-*", "xgpt-4o", False),
        ("*", "a\nb", True),
        ("a.b", "axb", False),
        ("A", "a", False),
    ],
)
def test_a_star_stands_for_any_text_and_nothing_else_is_special(pattern: str, name: str, fits: bool) -> None:
    assert bool(compile_patterns((pattern,))(name)) is fits
