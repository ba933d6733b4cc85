"""What a request says about its own way, in headers and in the body."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.routing.steering import MAX_NAMES, NO_STEERING, Steering, read_steering, steer_route
from dragoman.routing.target import Route, Target
from tests.unit.routing.house import make_provider

A, B, C = (Target(make_provider(name), f"m-{name}") for name in "abc")
ROUTE = Route("r", (A, B, C), "weighted")


def resolve(name: str) -> Route:
    """`d` is another route; every other name is unknown."""
    if name != "d":
        raise DragomanError(Kind.NOT_FOUND, "no")
    return Route("d", (C, Target(make_provider("d"), "m-d")))


def steered(**said: Any) -> str:
    route = steer_route(ROUTE, Steering(**said), resolve)
    return "".join(target.provider.name for target in route.targets)


@pytest.mark.parametrize(
    ("said", "order"),
    [
        ({}, "abc"),
        ({"order": ("c", "a")}, "cab"),
        ({"order": ("b/m-b",)}, "bac"),
        ({"order": ("m-c", "b")}, "cba"),
        ({"order": ("c", "x"), "is_closed": True}, "c"),
        ({"only": ("a", "c")}, "ac"),
        ({"only": ("a", "c"), "order": ("c",)}, "ca"),
        ({"ignore": ("a", "m-b")}, "c"),
        ({"models": ("d",)}, "abcd"),
        ({"models": ("d",), "ignore": ("a",)}, "bcd"),
    ],
)
def test_targets_are_ordered_and_left_out_as_the_request_says(said: dict[str, Any], order: str) -> None:
    assert steered(**said) == order


def test_an_order_of_the_requests_own_is_kept_and_a_sort_replaces_the_routes() -> None:
    assert steer_route(ROUTE, NO_STEERING, resolve).policy == "weighted"
    assert steer_route(ROUTE, Steering(order=("c",)), resolve).policy == "ordered"
    assert steer_route(ROUTE, Steering(order=("c",), sort="fastest"), resolve).policy == "fastest"


@pytest.mark.parametrize("said", [{"only": ("x",)}, {"ignore": ("a", "b", "c")}, {"order": ("x",), "is_closed": True}])
def test_when_nobody_is_left_the_request_is_told(said: dict[str, Any]) -> None:
    with pytest.raises(DragomanError) as caught:
        steered(**said)
    assert (caught.value.kind, caught.value.code) == (Kind.NOT_FOUND, "no_target_left")


def test_a_model_that_is_not_there_is_not_passed_over_in_silence() -> None:
    with pytest.raises(DragomanError):
        steered(models=("x",))


def test_headers_count_before_the_body() -> None:
    body = {"order": ["a"], "only": ["a", "b"], "ignore": ["c"], "sort": "price", "allow_fallbacks": False}
    from_body = read_steering({}, ["d"], body)
    assert from_body == Steering(("d",), ("a",), ("a", "b"), ("c",), "cheapest", is_closed=True)
    hints = {b"x-dragoman-order": b"b, c", b"x-dragoman-sort": b"load", b"x-dragoman-session": b"s"}
    merged = msgspec.structs.replace(from_body, order=("b", "c"), sort="least_busy")
    assert read_steering(hints, ["d"], body) == merged
    assert read_steering({}) == NO_STEERING
    assert read_steering({}, None, {"sort": {"by": "latency", "partition": None}}).sort == "fastest"


@pytest.mark.parametrize(
    ("models", "provider", "path"),
    [
        ("d", None, "models"),
        ([7], None, "models"),
        (["d"] * (MAX_NAMES + 1), None, "models"),
        (None, "openai", "provider"),
        (None, {"order": "a"}, "provider.order"),
        (None, {"sort": "beauty"}, "provider.sort"),
        (None, {"sort": 7}, "provider.sort"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(models: Any, provider: Any, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        read_steering({}, models, provider)
    assert (caught.value.status, caught.value.path) == (400, path)


PRICES = {"a": (1.0, 4.0), "b": (3.0, 15.0), "c": None}


@pytest.mark.parametrize(
    ("hints", "provider", "left"),
    [
        ({b"x-dragoman-max-price": b"5"}, None, "a"),
        ({b"x-dragoman-max-price": b"3, 15"}, None, "ab"),
        ({b"x-dragoman-max-price": b"3,15"}, {"max_price": {"prompt": 0}}, "ab"),
        ({}, {"max_price": {"prompt": 1}}, "a"),
        ({}, {"max_price": {"completion": "15"}}, "ab"),
    ],
)
def test_who_is_dearer_or_of_no_known_price_is_not_asked(
    hints: dict[bytes, bytes], provider: dict[str, Any] | None, left: str
) -> None:
    steering = read_steering(hints, None, provider)
    route = steer_route(ROUTE, steering, resolve, lambda target: PRICES[target.provider.name])
    assert "".join(target.provider.name for target in route.targets) == left


def test_where_nobody_is_cheap_enough_the_request_is_told() -> None:
    steering = read_steering({b"x-dragoman-max-price": b"0"})
    with pytest.raises(DragomanError, match="none is left"):
        steer_route(ROUTE, steering, resolve, lambda target: PRICES[target.provider.name])
    with pytest.raises(DragomanError, match="none is left"):
        steer_route(ROUTE, steering, resolve)


@pytest.mark.parametrize(
    "given", [7, {"image": 1}, {"prompt": "x"}, {"prompt": -1}, {"prompt": True}, {"prompt": "nan"}]
)
def test_a_price_that_makes_no_sense_is_refused(given: Any) -> None:
    with pytest.raises(DragomanError):
        read_steering({}, None, {"max_price": given})
    for header in (b"x", b"1,2,3", b"", b"nan"):
        with pytest.raises(DragomanError):
            read_steering({b"x-dragoman-max-price": header})
