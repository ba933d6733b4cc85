"""What a request may say about its own way: further models, an order, who must or must not serve.

It is said in headers (`x-dragoman-models`, `-order`, `-only`, `-ignore`, `-sort`, `-max-price`) or in the body, in
OpenRouter's form (`models` and `provider`); a header counts before the body. A name means a provider (`openai`), a model
or a target (`openai/gpt-5-mini`). Nothing here reaches further than the routes that the operator has configured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import msgspec

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.routing.capability import survey
from dragoman.routing.target import Policy, Route, Target

MAX_NAMES = 32
PREFIX = b"x-dragoman-"

_SORTS: dict[str, Policy] = {
    "price": "cheapest",
    "latency": "fastest",
    "throughput": "fastest",
    "load": "least_busy",
}
Names = tuple[str, ...]
Prices = tuple[float, float]
"""Dollars for a million tokens in and out."""

FindPrices = Callable[[Target], Prices | None]


class Steering(msgspec.Struct, frozen=True):
    """Empty where the request says nothing. `is_closed`: who is not in `order` is not asked at all."""

    models: Names = ()
    order: Names = ()
    only: Names = ()
    ignore: Names = ()
    sort: Policy | None = None
    is_closed: bool = False
    max_price: Prices | None = None


NO_STEERING = Steering()


def read_steering(hints: Mapping[bytes, bytes], models: Any = None, provider: Any = None) -> Steering:
    """What headers and the two fields of the body say; raises on what makes no sense."""
    body = {} if provider is None else provider
    if type(body) is not dict:
        raise invalid("Must be an object.", "provider")

    def read(name: str, given: Any, path: str) -> Names:
        header = hints.get(PREFIX + name.encode())
        return _split(header) if header is not None else _read_names(given, path)

    sort = hints.get(PREFIX + b"sort")
    return Steering(
        models=read("models", models, "models"),
        order=read("order", body.get("order"), "provider.order"),
        only=read("only", body.get("only"), "provider.only"),
        ignore=read("ignore", body.get("ignore"), "provider.ignore"),
        sort=_read_sort(sort.decode("latin-1") if sort is not None else body.get("sort")),
        is_closed=body.get("allow_fallbacks") is False,
        max_price=_read_header_prices(hints) or _read_prices(body.get("max_price")),
    )


def steer_route(
    route: Route, steering: Steering, resolve: Callable[[str], Route], find_prices: FindPrices | None = None
) -> Route:
    """The route as the request wants it; raises NOT_FOUND if nobody is left."""
    if steering == NO_STEERING:
        return route
    targets = list(route.targets)
    for name in steering.models:
        targets += [target for target in resolve(name).targets if target not in targets]
    ordered = sorted(targets, key=lambda target: _find_rank(target, steering.order)) if steering.order else targets
    kept = [target for target in ordered if _is_wanted(target, steering)]
    if steering.max_price is not None:
        kept = [target for target in kept if _is_cheap(target, steering.max_price, find_prices)]
    if not kept:
        message = f"Of the targets of {route.name!r} none is left by what the request says about providers."
        raise DragomanError(Kind.NOT_FOUND, message, path="provider", code="no_target_left")
    policy = steering.sort or ("ordered" if steering.order or steering.models else route.policy)
    return msgspec.structs.replace(route, targets=tuple(kept), policy=policy, **survey(kept))


def _is_wanted(target: Target, steering: Steering) -> bool:
    if steering.only and not _fits(target, steering.only):
        return False
    if steering.is_closed and steering.order and not _fits(target, steering.order):
        return False
    return not _fits(target, steering.ignore)


def _is_cheap(target: Target, most: Prices, find_prices: FindPrices | None) -> bool:
    """Whether it is known to cost no more."""
    prices = find_prices(target) if find_prices is not None else None
    return prices is not None and all(price <= bound for price, bound in zip(prices, most, strict=True))


def _names_of(target: Target) -> Names:
    return (target.provider.name, target.model, target.name)


def _fits(target: Target, names: Names) -> bool:
    return any(name in names for name in _names_of(target))


def _find_rank(target: Target, order: Names) -> int:
    return min((order.index(name) for name in _names_of(target) if name in order), default=len(order))


def _split(header: bytes) -> Names:
    return _bound(tuple(name.strip() for name in header.decode("latin-1").split(",") if name.strip()), "headers")


def _read_names(given: Any, path: str) -> Names:
    if given is None:
        return ()
    if type(given) is not list or not all(type(name) is str for name in given):
        raise invalid("Must be a list of names.", path)
    return _bound(tuple(given), path)


def _bound(names: Names, path: str) -> Names:
    if len(names) > MAX_NAMES:
        raise invalid(f"Must not hold more than {MAX_NAMES} names.", path)
    return names


def _read_sort(given: Any) -> Policy | None:
    """OpenRouter also takes an object with the word under `by`."""
    word = given.get("by") if type(given) is dict else given
    if word is None:
        return None
    if type(word) is not str or word not in _SORTS:
        raise invalid(f"Must be one of {', '.join(_SORTS)}.", "provider.sort")
    return _SORTS[word]


def _read_header_prices(hints: Mapping[bytes, bytes]) -> Prices | None:
    """`1.5` for both, or `0.5,2` for input and output."""
    header = hints.get(PREFIX + b"max-price")
    if header is None:
        return None
    given = header.decode("latin-1").split(",")
    if len(given) > 2:
        raise invalid("Must be one price or two, in dollars for a million tokens.", "x-dragoman-max-price")
    return _read_price(given[0]), _read_price(given[-1])


def _read_prices(given: Any) -> Prices | None:
    """OpenRouter's object; what it leaves out has no bound."""
    if given is None:
        return None
    if type(given) is not dict or not given.keys() <= {"prompt", "completion"}:
        raise invalid("Must be an object with `prompt` and `completion`.", "provider.max_price")
    return _read_price(given.get("prompt", inf)), _read_price(given.get("completion", inf))


def _read_price(given: Any) -> float:
    try:
        price = float(given) if type(given) in {int, float, str} else -1.0
    except (ValueError, OverflowError):
        price = -1.0
    if not price >= 0:
        raise invalid("Must be a price in dollars for a million tokens.", "max_price")
    return price
