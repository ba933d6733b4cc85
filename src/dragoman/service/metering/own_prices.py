"""The operator's own prices: absolute ones, and factors on whatever holds otherwise, for the usual tier or another. Pure.

The first entry that fits and speaks of a tier counts for it. A tier of which no entry speaks costs what the operator's own
usual price says, else what the list says of that tier, else as usual; a factor for the usual tier holds for the list's
other tiers too, since a discount is one on everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from dragoman.catalog.prices import CLASSES, NANODOLLARS, Factor, Rates, Tariff, complete_rates, scale_rates
from dragoman.config.sections.prices import PriceSettings

USUAL = ""


class Named(NamedTuple):
    """A price, what a row calls it, and the tier that it is for; `USUAL` too where that tier has none of its own."""

    name: str
    tariff: Tariff
    tier: str = USUAL


class OwnPrice(msgspec.Struct, frozen=True):
    """All entries of one `match`, by tier."""

    match: str
    rates: dict[str, tuple[Rates, ...]] = {}
    factors: dict[str, tuple[Factor, ...]] = {}

    def fits(self, provider: str, model: str) -> bool:
        return fnmatchcase(f"{provider}/{model}", self.match)

    def names(self, provider: str) -> bool:
        """Whether it is for this provider by name, and not for everybody."""
        return self.match.partition("/")[0] == provider

    def scale(self, base: Named, tier: str, factors: str) -> Named:
        """A price, times the factors for one tier."""
        rates = scale_rates(base.tariff.rates, self.factors[factors])
        name = f"{base.name} by own {self.match}"
        return Named(name, Tariff(name, rates=rates), tier)


def find_own(own: Sequence[OwnPrice], tier: str, find_listed: Callable[[str], Named | None]) -> Named | None:
    """The price for a tier, out of the entries that fit; `find_listed` says what holds without any."""
    for one in own:
        if tier in one.rates:
            return Named(f"own {one.match}", Tariff(one.match, rates=one.rates[tier]), tier)
        if tier in one.factors:
            base = find_listed(USUAL) if tier == USUAL else find_own(own, USUAL, find_listed)
            return one.scale(base, tier, tier) if base is not None else None
    if any(USUAL in one.rates for one in own):
        return find_own(own, USUAL, find_listed)
    listed = find_listed(tier)
    discount = next((one for one in own if USUAL in one.factors), None)
    return listed if listed is None or discount is None else discount.scale(listed, listed.tier, USUAL)


def build_own_prices(prices: Iterable[PriceSettings]) -> tuple[OwnPrice, ...]:
    """The entries of the configuration, those of one `match` together, in the order of their first ones."""
    gathered: dict[str, OwnPrice] = {}
    for one in prices:
        price = gathered.setdefault(one.match, OwnPrice(one.match, {}, {}))
        if one.factor is not None:
            factor = Factor(_read_day(one.since), one.above_tokens, _read_decimal(one.factor))
            price.factors[one.tier] = (*price.factors.get(one.tier, ()), factor)
        else:
            price.rates[one.tier] = (*price.rates.get(one.tier, ()), build_rates(one))
    return tuple(gathered.values())


def build_rates(price: PriceSettings) -> Rates:
    """One entry with prices. Where only an hour costs, tokens are free."""
    given = {name: getattr(price, name) for name in CLASSES}
    dollars = {name: _read_decimal(value) for name, value in given.items() if value is not None}
    if price.per_hour is not None and not dollars:
        dollars = dict.fromkeys(("input", "output"), Decimal(0))
    hourly = 0 if price.per_hour is None else int(_read_decimal(price.per_hour) * NANODOLLARS)
    return Rates(_read_day(price.since), price.above_tokens, complete_rates(dollars), hourly)


def _read_decimal(number: float) -> Decimal:
    """A float is taken at the digits it was written with."""
    return Decimal(repr(number))


def _read_day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) if text else 0
