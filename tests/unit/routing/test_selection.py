"""In which order targets are tried, policy by policy."""

from __future__ import annotations

from collections import Counter
from random import Random

import msgspec

from dragoman.routing.pool import CredentialPool
from dragoman.routing.selection import order_targets
from dragoman.routing.target import Policy, Route
from tests.unit.routing.house import make_pools, make_provider, make_route

PROVIDERS = [make_provider(name) for name in "abc"]


def make(policy: Policy) -> tuple[Route, dict[str, CredentialPool]]:
    return make_route(*PROVIDERS, policy=policy), make_pools(*PROVIDERS)


def order(route: Route, pools: dict[str, CredentialPool], random: Random) -> str:
    return "".join(target.provider.name for target in order_targets(route, pools, random.random))


def firsts(route: Route, pools: dict[str, CredentialPool]) -> Counter[str]:
    random = Random(7)
    return Counter(order(route, pools, random)[0] for _ in range(600))


def test_ordered_keeps_the_order() -> None:
    assert order(*make("ordered"), Random(1)) == "abc"


def test_weighted_draws_by_weight() -> None:
    route, pools = make("weighted")
    heavy = msgspec.structs.replace(route.targets[1], weight=4.0)
    counts = firsts(msgspec.structs.replace(route, targets=(route.targets[0], heavy, route.targets[2])), pools)
    assert 350 < counts["b"] < 450, counts
    assert counts["a"] > 50


def test_the_slowest_of_all_is_never_first_and_one_without_an_answer_is_tried() -> None:
    route, pools = make("fastest")
    for name, seconds in (("a", 0.2), ("b", 0.9), ("c", 0.5)):
        pools[name].health("m").note_speed(seconds)
    counts = firsts(route, pools)
    assert counts["b"] == 0
    assert counts["a"] > counts["c"] > 0
    assert firsts(route, {**pools, "b": make_pools(PROVIDERS[1])["b"]})["b"] > 300


def test_the_busiest_for_its_weight_is_never_first() -> None:
    route, pools = make("least_busy")
    for _ in range(3):
        pools["c"].lease(PROVIDERS[2].credentials[0], "m", 0, 0.0)
    pools["a"].lease(PROVIDERS[0].credentials[0], "m", 0, 0.0)
    assert firsts(route, pools)["c"] == 0
    strong = msgspec.structs.replace(route.targets[2], weight=9.0)
    assert firsts(msgspec.structs.replace(route, targets=(*route.targets[:2], strong)), pools)["c"] > 100


def test_the_cheapest_comes_first_and_unknown_prices_last() -> None:
    route, pools = make("cheapest")
    prices = (None, 3.0, 1.0)
    targets = tuple(
        msgspec.structs.replace(target, price=price) for target, price in zip(route.targets, prices, strict=True)
    )
    assert order(msgspec.structs.replace(route, targets=targets), pools, Random(1)) == "cba"


def test_every_policy_keeps_every_target() -> None:
    policies: tuple[Policy, ...] = ("ordered", "weighted", "fastest", "least_busy", "cheapest")
    for policy in policies:
        random = Random(3)
        for _ in range(50):
            assert sorted(order(*make(policy), random)) == ["a", "b", "c"]
