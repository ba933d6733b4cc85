"""A price is made ready once, and says what it would have said each time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dragoman.catalog.prices import Rates, Tariff, complete_rates
from dragoman.service.metering.offers import build_offers, find_ceiling
from dragoman.service.metering.own_prices import Named

DAY_MS = 86_400_000
CHEAP, DEAR, LATER = (
    complete_rates({"input": Decimal(cost), "output": Decimal(4 * cost), "output_audio": Decimal(100)})
    for cost in (1, 2, 3)
)
STEPS = (Rates(0, 0, CHEAP), Rates(0, 1_000, DEAR), Rates(DAY_MS, 0, LATER))


@pytest.mark.parametrize(
    ("moment_ms", "tokens", "rates", "name"),
    [
        (5, 1_000, CHEAP, "list/m"),
        (5, 1_001, DEAR, "list/m above 1000"),
        (DAY_MS, 9_999, LATER, "list/m since 1970-01-02"),
    ],
)
def test_the_step_counts_that_holds_at_a_moment_and_a_size(
    moment_ms: int, tokens: int, rates: tuple[int | None, ...], name: str
) -> None:
    offers = build_offers(Named("list/m", Tariff("m", rates=STEPS)), "")
    assert offers.only is None
    offer = offers.select(moment_ms, tokens)
    assert (offer.rates.femtodollars, offer.name) == (rates, name)


def test_a_price_of_one_step_is_that_one_at_any_time() -> None:
    offers = build_offers(Named("list/m", Tariff("m", rates=STEPS[2:])), "flex")
    assert offers.only is offers.select(0, 10**9)
    assert offers.only is not None
    assert offers.only.name == "list/m since 1970-01-02, tier flex as usual"


def test_only_of_a_rich_request_the_dearest_class_counts() -> None:
    offer = build_offers(Named("list/m", Tariff("m", rates=STEPS[:1])), "").steps[0]
    assert offer.plain == (10**9, 4 * 10**9)
    assert offer.rich == (10**9, 100 * 10**9)


def test_a_class_that_nobody_knows_the_price_of_is_passed_over() -> None:
    rates = (None, None, 7, *[None] * 7)
    assert find_ceiling(rates, is_rich=False) == (None, None)
    assert find_ceiling(rates, is_rich=True) == (7, None)
