"""In which order a route's targets are tried: one function a policy.

`fastest` and `least_busy` weigh two targets drawn at random instead of all: who looks best to everybody at once would
be overrun, and a target that nobody asks any more could never look better again.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from math import inf
from typing import overload

from dragoman.routing.pool import CredentialPool
from dragoman.routing.target import Policy, Route, Target

Pools = Mapping[str, CredentialPool]
Random = Callable[[], float]
Order = Callable[[Route, Pools, Random], Sequence[Target]]


def order_targets(route: Route, pools: Pools, random: Random) -> Sequence[Target]:
    """The targets in the order in which they are to be tried."""
    if route.policy == "ordered" or len(route.targets) == 1:
        return route.targets
    return _ORDERS[route.policy](route, pools, random)


class _Drawn(Sequence[Target]):
    """Targets in an order that is drawn by weight, without replacement: the first at once, because most requests need
    nobody else, and the others when one of them is asked for."""

    __slots__ = ("_drawn", "_left", "_random", "_targets")

    def __init__(self, route: Route, random: Random) -> None:
        self._targets = route.targets
        self._random = random
        self._drawn = [route.targets[_draw_position(route.weight_sums, random)]]
        self._left: list[Target] | None = None  # nobody has asked for a second yet

    def __len__(self) -> int:
        return len(self._targets)

    def __iter__(self) -> Iterator[Target]:
        return map(self.__getitem__, range(len(self._targets)))  # no generator, which would mostly be left in the midst

    @overload
    def __getitem__(self, position: int) -> Target: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Target]: ...
    def __getitem__(self, position: int | slice) -> Target | Sequence[Target]:
        if position == 0:
            return self._drawn[0]
        if self._left is None:
            self._left = [target for target in self._targets if target is not self._drawn[0]]
        while self._left and (isinstance(position, slice) or position < 0 or position >= len(self._drawn)):
            sums = list(accumulate([target.weight for target in self._left]))
            self._drawn.append(self._left.pop(_draw_position(sums, self._random)))
        return self._drawn[position]


def _draw_position(sums: Sequence[float], random: Random) -> int:
    return min(bisect(sums, random() * sums[-1]), len(sums) - 1)


def _draw_weighted(route: Route, _: Pools, random: Random) -> Sequence[Target]:
    return _Drawn(route, random)


def _draw_fastest(route: Route, pools: Pools, random: Random) -> Sequence[Target]:
    """The sooner of two comes first. One that has not answered yet counts as fast, so that it is tried."""

    def seconds(target: Target) -> float:
        return pools[target.provider.name].health(target.model).first_content_seconds or 0.0

    return _prefer_of_two(route.targets, seconds, random)


def _draw_least_busy(route: Route, pools: Pools, random: Random) -> Sequence[Target]:
    """The one of two that has less to do for its weight comes first."""

    def load(target: Target) -> float:
        return pools[target.provider.name].health(target.model).in_flight / target.weight

    return _prefer_of_two(route.targets, load, random)


def _sort_cheapest(route: Route, _: Pools, __: Random) -> Sequence[Target]:
    """Known prices first, as listed where they are the same."""
    return sorted(route.targets, key=lambda target: inf if target.price is None else target.price)


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
