"""The operator's own prices: which of them counts, for each tier, over what the list says."""

from __future__ import annotations

import pytest

from dragoman.config.sections.prices import PriceSettings
from dragoman.service.metering.own_prices import OwnPrice, build_own_prices, build_rates
from dragoman.service.metering.pricing import PriceBook, Pricer
from tests.unit.ledger.rows import DAY_MS, NOON_MS, make_row

# The list: gpt-5 costs 1.25 and 10 dollars, at flex 0.625 and 5, at priority 2.5 and 20.
INPUT, OUTPUT = 1_250, 10_000


def price(tier: str, *own: PriceSettings, model: str = "gpt-5", provider: str = "openai") -> tuple[int | None, str]:
    """What a thousand tokens in and ten out cost, and by whose price."""
    pricer = Pricer(PriceBook(own=build_own_prices(own), free=frozenset({"home"})))
    mark = f"tier {tier}" if tier else ""
    row = pricer.price(make_row(1, provider=provider, model=model, input=1_000, output=10, price=mark))
    return row.cost_nanodollars, row.price


def reckon(times: float) -> int:
    return int((1_000 * INPUT + 10 * OUTPUT) * times)


@pytest.mark.parametrize(("tier", "times"), [("", 1), ("flex", 0.5), ("priority", 2), ("batch", 0.5), ("fast", 2)])
def test_without_a_word_of_ones_own_the_list_counts_for_each_tier(tier: str, times: float) -> None:
    mark = f", tier {tier}" if tier else ""
    since = {"": "", "batch": " since 2026-10-14"}.get(tier, " since 2026-10-12")
    assert price(tier) == (reckon(times), f"openai/gpt-5{since}{mark}")


def test_a_tier_without_a_price_costs_as_usual_and_says_so() -> None:
    assert price("provisioned") == (reckon(1), "openai/gpt-5, tier provisioned as usual")
    assert price("flex", model="gpt-4o")[1] == "openai/gpt-4o, tier flex as usual"


def test_an_absolute_price_for_a_tier_leaves_the_others_alone() -> None:
    own = PriceSettings("openai/gpt-5*", tier="flex", input=1, output=2)
    assert price("flex", own) == (1_000 * 1_000 + 10 * 2_000, "own openai/gpt-5*, tier flex")
    assert price("", own) == (reckon(1), "openai/gpt-5")
    assert price("priority", own)[0] == reckon(2)


def test_a_factor_for_a_tier_is_one_on_the_usual_price() -> None:
    own = PriceSettings("openai/*", tier="flex", factor=0.3)
    assert price("flex", own) == (reckon(0.3), "openai/gpt-5 by own openai/*, tier flex")
    assert price("provisioned", PriceSettings("*/*", tier="provisioned", factor=0))[0] == 0
    usual = PriceSettings("openai/*", input=4, output=8)
    assert price("flex", own, usual) == (
        (1_000 * 4_000 + 10 * 8_000) * 3 // 10,
        "own openai/* by own openai/*, tier flex",
    )


def test_a_factor_for_the_usual_price_is_one_on_every_tier_of_the_list() -> None:
    own = PriceSettings("openai/*", factor=0.8)
    assert price("", own) == (reckon(0.8), "openai/gpt-5 by own openai/*")
    assert price("priority", own)[0] == reckon(1.6)
    assert price("provisioned", own) == (reckon(0.8), "openai/gpt-5 by own openai/*, tier provisioned as usual")


def test_factors_on_both_hold_together() -> None:
    own = (PriceSettings("openai/*", factor=0.5), PriceSettings("openai/*", tier="batch", factor=0.5))
    assert price("batch", *own)[0] == reckon(0.25)


def test_ones_own_usual_price_goes_before_the_tiers_of_the_list() -> None:
    own = PriceSettings("openai/*", input=1, output=1)
    assert price("flex", own) == (1_010_000, "own openai/*, tier flex as usual")


def test_the_first_entry_that_speaks_of_a_tier_counts() -> None:
    first, second = (
        PriceSettings("openai/gpt-5", tier="flex", factor=0.1),
        PriceSettings("openai/*", tier="flex", input=9),
    )
    assert price("flex", first, second)[0] == reckon(0.1)
    assert price("flex", second, first)[0] is None  # nobody says what output costs then


def test_a_factor_on_nothing_is_nothing() -> None:
    assert price("flex", PriceSettings("*/*", tier="flex", factor=0.5), model="nobody-knows") == (None, "tier flex")


def test_factors_follow_each_other_by_their_days() -> None:
    own = build_own_prices(
        [PriceSettings("openai/*", factor=0.5), PriceSettings("openai/*", since="2025-06-16", factor=0.25)]
    )
    pricer = Pricer(PriceBook(own=own))
    rows = [
        pricer.price(make_row(1, provider="openai", model="gpt-5", started_ms=when, input=1_000, output=10))
        for when in (NOON_MS - DAY_MS, NOON_MS)
    ]
    assert [row.cost_nanodollars for row in rows] == [reckon(0.5), reckon(0.25)]
    assert rows[1].price == "openai/gpt-5 by own openai/* since 2025-06-16"


def test_a_machine_of_ones_own_costs_by_the_hour_where_it_is_named() -> None:
    hourly = PriceSettings("home/*", per_hour=3.6)
    row = make_row(1, provider="home", model="any", duration_us=2_000_000, attempts=())
    priced = Pricer(PriceBook(own=build_own_prices([hourly]), free=frozenset({"home"}))).price(row)
    assert (priced.cost_nanodollars, priced.price) == (2_000_000, "own home/*")
    assert price("", PriceSettings("*/*", per_hour=3.6), provider="home") == (0, "free")


def test_tokens_are_free_where_only_hours_cost() -> None:
    assert set(build_rates(PriceSettings("a/b", per_hour=1)).femtodollars) == {0}
    both = build_rates(PriceSettings("a/b", per_hour=0.5, input=2))
    assert (both.femtodollars[0], both.femtodollars[6], both.hourly_nanodollars) == (2 * 10**9, None, 500_000_000)


def test_a_price_fits_by_pattern_and_names_a_provider_only_in_full() -> None:
    assert OwnPrice("home/*").fits("home", "a/b")
    assert OwnPrice("home/*").names("home")
    assert not OwnPrice("*/*").names("home")
    assert not OwnPrice("home*/*").names("home")
