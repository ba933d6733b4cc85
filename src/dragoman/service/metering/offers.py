"""Prices that are ready to be reckoned with: what is the same for every request at one price is found once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from dragoman.catalog.prices import INPUT_CLASSES, Rates, select_step
from dragoman.service.metering.own_prices import USUAL, Named

NANO = 1_000_000
"""Femtodollars in a nanodollar."""

MOST_TOKENS = 2**40
"""Beyond it nothing is believed in that a request says of its answer."""

Tokens = tuple[int, int, int, int, int, int, int, int, int, int]
"""How many of each class, in the order of `CLASSES`."""

PriceKey = tuple[str, str, str]
"""What a price is known by: provider, model and tier."""

Bill = tuple[int | None, str]
"""What something costs, in nanodollars, and which price that goes by. None is what nobody knows."""

Ceiling = tuple[int | None, int | None]
"""The highest rates that are known of what goes in and of what comes out, in femtodollars a token."""


class Asked(msgspec.Struct, frozen=True, gc=False):
    """How much a request may consume at most. `output` is None where it sets no limit. Of a rich one, any token may be of
    the dearest class that there is. `tier` is the one that it asks for, which it may get or not."""

    input: int
    output: int | None
    count: int = 1
    is_rich: bool = False
    tier: str = USUAL


class Offer(msgspec.Struct, frozen=True):
    """One step of a price. `name` is what a row says of it, `plain` the ceiling of a request that is nothing but text, `rich`
    that of any."""

    rates: Rates
    name: str
    plain: Ceiling
    rich: Ceiling

    @property
    def since_ms(self) -> int:
        return self.rates.since_ms

    @property
    def above_tokens(self) -> int:
        return self.rates.above_tokens


class Offers(msgspec.Struct, frozen=True):
    """All steps of a price. `only` is the one that there is, where it is one."""

    steps: tuple[Offer, ...]
    only: Offer | None

    def select(self, moment_ms: int, input_tokens: int) -> Offer:
        """The one that holds at a moment, for a request of that size."""
        return self.only or select_step(self.steps, moment_ms, input_tokens)


def build_offers(named: Named, tier: str) -> Offers:
    """A price for answers of a tier."""
    steps = tuple(
        Offer(
            rates,
            name_price(named, rates, tier),
            find_ceiling(rates.femtodollars, is_rich=False),
            find_ceiling(rates.femtodollars, is_rich=True),
        )
        for rates in named.tariff.rates
    )
    return Offers(steps, steps[0] if len(steps) == 1 else None)


def find_ceiling(rates: Sequence[int | None], *, is_rich: bool) -> Ceiling:
    """Of a rich request, any token may be of the dearest class that there is."""
    given = rates[: len(INPUT_CLASSES) if is_rich else 1]
    said = rates[len(INPUT_CLASSES) :][: None if is_rich else 2]
    return _find_dearest(given), _find_dearest(said)


def _find_dearest(rates: Sequence[int | None]) -> int | None:
    return max((rate for rate in rates if rate is not None), default=None)


def name_price(named: Named, rates: Rates, tier: str) -> str:
    """What a row says of its price: whose it is, since when and above what it holds, and at which tier it was answered."""
    since = f" since {datetime.fromtimestamp(rates.since_ms / 1000, UTC).date()}" if rates.since_ms else ""
    above = f" above {rates.above_tokens}" if rates.above_tokens else ""
    usual = " as usual" if tier and named.tier != tier else ""
    return f"{named.name}{since}{above}{f', {mark_tier(tier)}' if tier else ''}{usual}"


def mark_tier(tier: str) -> str:
    """What a row says of its price before it has one."""
    return f"tier {tier}" if tier else ""
