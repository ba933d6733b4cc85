"""In which order a route's targets are tried: one function a policy.

`fastest` and `least_busy` weigh two targets drawn at random instead of all: who looks best to everybody at once would
be overrun, and a target that nobody asks any more could never look better again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf

from dragoman.routing.pool import CredentialPool
from dragoman.routing.target import Policy, Route, Target

Pools = Mapping[str, CredentialPool]
Random = Callable[[], float]
Order = Callable[[Sequence[Target], Pools, Random], Sequence[Target]]


def order_targets(route: Route, pools: Pools, random: Random) -> Sequence[Target]:
    """The targets in the order in which they are to be tried."""
    if route.policy == "ordered" or len(route.targets) == 1:
        return route.targets
    return _ORDERS[route.policy](route.targets, pools, random)


def _draw_weighted(targets: Sequence[Target], _: Pools, random: Random) -> Sequence[Target]:
    """Without replacement: each target draws random^(1/weight), the largest draw comes first."""
    draws = [random() ** (1.0 / target.weight) for target in targets]
    return [targets[position] for position in sorted(range(len(draws)), key=draws.__getitem__, reverse=True)]


def _draw_fastest(targets: Sequence[Target], pools: Pools, random: Random) -> Sequence[Target]:
    """The sooner of two comes first. One that has not answered yet counts as fast, so that it is tried."""

    def seconds(target: Target) -> float:
        return pools[target.provider.name].health(target.model).first_content_seconds or 0.0

    return _prefer_of_two(targets, seconds, random)


def _draw_least_busy(targets: Sequence[Target], pools: Pools, random: Random) -> Sequence[Target]:
    """The one of two that has less to do for its weight comes first."""

    def load(target: Target) -> float:
        return pools[target.provider.name].health(target.model).in_flight / target.weight

    return _prefer_of_two(targets, load, random)


def _sort_cheapest(targets: Sequence[Target], _: Pools, __: Random) -> Sequence[Target]:
    """Known prices first, as listed where they are the same."""
    return sorted(targets, key=lambda target: inf if target.price is None else target.price)


def _prefer_of_two(targets: Sequence[Target], measure: Callable[[Target], float], random: Random) -> Sequence[Target]:
    count = len(targets)
    first = int(random() * count) % count
    second = (first + 1 + int(random() * (count - 1)) % (count - 1)) % count
    better, worse = targets[first], targets[second]
    if measure(worse) < measure(better):
        better, worse = worse, better
    return [better, worse, *[target for target in targets if target is not better and target is not worse]]


_ORDERS: dict[Policy, Order] = {
    "weighted": _draw_weighted,
    "fastest": _draw_fastest,
    "least_busy": _draw_least_busy,
    "cheapest": _sort_cheapest,
}
