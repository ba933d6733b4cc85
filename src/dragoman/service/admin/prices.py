"""Prices as they are shown: whose, since when, for what. Pure but for the price lists' file."""

from __future__ import annotations

from typing import get_args

import msgspec

from dragoman.catalog.prices import CLASSES, Rates
from dragoman.config.sections.prices import TierName
from dragoman.errors import invalid
from dragoman.service.admin.exchanges import show_dollars
from dragoman.service.metering.pricing import FREE, Pricer
from dragoman.service.switchboard import Switchboard


class RateView(msgspec.Struct, frozen=True):
    """Dollars for a million tokens by class, from a moment on, for requests with more input than `above_tokens`. `tier` is
    empty for the usual price."""

    since_ms: int
    above_tokens: int
    dollars_per_million: dict[str, str | None]
    tier: str = ""
    dollars_per_hour: str | None = None


class PriceView(msgspec.Struct, frozen=True):
    """The price of one model at one provider. `name` says whose it is."""

    target: str
    name: str
    rates: list[RateView]


class PriceList(msgspec.Struct, frozen=True):
    """Prices, and the targets that have none."""

    items: list[PriceView]
    unpriced: list[str]


def list_prices(board: Switchboard, pricer: Pricer, model: str, text: str) -> PriceList:
    """The price of one target, or of all that are configured."""
    if model and "/" not in model:
        raise invalid("Name the model with its provider, as in openai/gpt-5-mini.", "model")
    targets = [model] if model else [name for name in list_targets(board) if text.lower() in name.lower()]
    items, unpriced = [], []
    for target in targets:
        view = build_price(pricer, target)
        if view is None:
            unpriced.append(target)
        else:
            items.append(view)
    return PriceList(items, unpriced)


def list_targets(board: Switchboard) -> list[str]:
    """Every target that is known beforehand, each once."""
    chosen = [target.name for route in board.resolver.routes for target in route.targets]
    known = [f"{provider.name}/{model}" for provider in board.resolver.providers for model in provider.models]
    return list(dict.fromkeys([*chosen, *known]))


def build_price(pricer: Pricer, target: str) -> PriceView | None:
    """What is known of a target's price."""
    provider, _, model = target.partition("/")
    usual = pricer.find_tariff(provider, model)
    if usual is None:
        return None
    if usual.name == FREE:
        return PriceView(target, FREE, [])
    others = [pricer.find_tariff(provider, model, tier) for tier in get_args(TierName) if tier]
    priced = [usual, *[named for named in others if named is not None and named.tier]]
    return PriceView(
        target, usual.name, [_build_rate(rates, named.tier) for named in priced for rates in named.tariff.rates]
    )


def _build_rate(rates: Rates, tier: str) -> RateView:
    shown = [None if rate is None else show_dollars(rate) for rate in rates.femtodollars]
    classes = dict(zip(CLASSES, shown, strict=True))
    hourly = show_dollars(rates.hourly_nanodollars) if rates.hourly_nanodollars else None
    return RateView(rates.since_ms, rates.above_tokens, classes, tier, hourly)
