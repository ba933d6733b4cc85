"""What a token costs, checked by hand: every class, every maker, every step of size and time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dragoman.catalog.prices import (
    CLASSES,
    INPUT_CLASSES,
    LISTS,
    Factor,
    Rates,
    Tariff,
    complete_rates,
    find_tariff,
    load_prices,
    reckon_nanodollars,
    scale_rates,
    select_rates,
    select_step,
)
from dragoman.catalog.providers import load_rows
from dragoman.model.usage import TIERS, Usage

NOW_MS = 1_795_000_000_000


def reckon(row: str, model: str, **tokens: int) -> int | None:
    found = find_tariff(row, model)
    assert found is not None, (row, model)
    counts = [tokens.get(name, 0) for name in CLASSES]
    rates = select_rates(found[1], NOW_MS, sum(counts[: len(INPUT_CLASSES)]))
    return reckon_nanodollars(rates, counts)


# Dollars a million tokens as the makers' price pages give them; a token of one dollar a million is 1 000 nanodollars.
HAND_COMPUTED = [
    ("anthropic", "claude-sonnet-4-5", {"input": 1}, 3_000),
    ("anthropic", "claude-sonnet-4-5", {"cache_read": 1}, 300),
    ("anthropic", "claude-sonnet-4-5", {"cache_write_5m": 1}, 3_750),
    ("anthropic", "claude-sonnet-4-5", {"cache_write_1h": 1}, 6_000),
    ("anthropic", "claude-sonnet-4-5", {"output": 1}, 15_000),
    ("anthropic", "claude-sonnet-4-5", {"reasoning": 1}, 15_000),
    ("anthropic", "claude-sonnet-4-5", {"input": 10, "cache_read": 1_000, "output": 5}, 30_000 + 300_000 + 75_000),
    ("anthropic", "claude-sonnet-4-5", {"input": 200_000}, 200_000 * 3_000),
    ("anthropic", "claude-sonnet-4-5", {"input": 100_000, "cache_read": 100_001}, 100_000 * 6_000 + 100_001 * 600),
    ("anthropic", "claude-sonnet-4-5", {"input": 200_001, "output": 2}, 200_001 * 6_000 + 2 * 22_500),
    ("openai", "gpt-5-mini", {"input": 1}, 250),
    ("openai", "gpt-5-mini", {"cache_read": 1}, 25),
    ("openai", "gpt-5-mini", {"output": 3, "reasoning": 4}, 7 * 2_000),
    ("openai", "gpt-5-mini-2025-08-07", {"input": 1_000}, 250_000),
    ("openai", "gpt-4o-mini", {"cache_read": 1}, 75),
    ("google", "gemini-2.5-pro", {"input": 200_000, "output": 1}, 200_000 * 1_250 + 10_000),
    ("google", "gemini-2.5-pro", {"input": 200_001, "reasoning": 1}, 200_001 * 2_500 + 15_000),
    ("google", "gemini-2.5-flash", {"input_audio": 7}, 7 * 1_000),
    ("google", "gemini-2.5-flash", {"input_image": 7}, 7 * 300),
    ("vertex", "gemini-2.5-pro", {"input": 8}, 8 * 1_250),
    ("azure", "gpt-5-mini", {"output": 1}, 2_000),
]


@pytest.mark.parametrize(("row", "model", "tokens", "nanodollars"), HAND_COMPUTED)
def test_a_bill_is_what_one_reckons_by_hand(row: str, model: str, tokens: dict[str, int], nanodollars: int) -> None:
    assert reckon(row, model, **tokens) == nanodollars


HAND_COMPUTED_TIERS = [
    ("openai", "gpt-5", "flex", {"input": 1_000, "cache_read": 100, "output": 10}, 625_000 + 6_250 + 50_000),
    ("openai", "gpt-5", "priority", {"input": 1_000, "cache_read": 100, "output": 10}, 2_500_000 + 25_000 + 200_000),
    ("openai", "gpt-5", "fast", {"input": 1, "reasoning": 1}, 2_500 + 20_000),
    ("openai", "gpt-5", "batch", {"input": 1_000, "cache_read": 100, "output": 10}, 625_000 + 6_250 + 50_000),
    ("openai", "gpt-5.5", "flex", {"input": 272_000, "output": 2}, 272_000 * 2_500 + 2 * 15_000),
    ("openai", "gpt-5.5", "flex", {"input": 272_001, "output": 2}, 272_001 * 5_000 + 2 * 22_500),
    ("openai", "gpt-5.5", "priority", {"input": 272_001, "output": 2}, 272_001 * 12_500 + 2 * 75_000),
    ("azure", "gpt-5", "priority", {"output": 1}, 20_000),
    ("anthropic", "claude-opus-4-8", "batch", {"input": 1, "cache_read": 1, "output": 1}, 2_500 + 250 + 12_500),
    ("anthropic", "claude-opus-4-8", "batch", {"cache_write_5m": 1, "cache_write_1h": 1}, 3_125 + 5_000),
    ("anthropic", "claude-opus-4-8", "fast", {"input": 1, "cache_read": 1, "output": 1}, 10_000 + 1_000 + 50_000),
    ("vertex-anthropic", "claude-opus-4-8", "fast", {"cache_write_5m": 1, "cache_write_1h": 1}, 12_500 + 20_000),
    ("google", "gemini-2.5-flash", "batch", {"input": 2, "input_image": 4, "output": 5}, 6 * 150 + 5 * 1_250),
    ("google", "gemini-2.5-flash", "batch", {"input_audio": 3, "cache_read": 10}, 3 * 500 + 10 * 30),
    ("google", "gemini-3.8-flash-tts", "flex", {"input": 4, "output": 1}, 4 * 250 + 4_500),
    ("google", "gemini-3.8-flash-tts", "priority", {"input": 4, "output_audio": 1}, 4 * 900 + 16_200),
    ("mistral", "codestral-latest", "batch", {"input": 1, "output": 1}, 150 + 450),
    ("groq", "openai/gpt-oss-120b", "batch", {"input": 1, "cache_read": 1, "output": 1}, 75 + 75 + 300),
]


@pytest.mark.parametrize(("row", "model", "tier", "tokens", "nanodollars"), HAND_COMPUTED_TIERS)
def test_a_tier_has_the_price_that_its_maker_gives_for_it(
    row: str, model: str, tier: str, tokens: dict[str, int], nanodollars: int
) -> None:
    found = find_tariff(row, model)
    assert found is not None, (row, model)
    counts = [tokens.get(name, 0) for name in CLASSES]
    rates = select_step(found[1].tiers[tier], NOW_MS, sum(counts[: len(INPUT_CLASSES)]))
    assert reckon_nanodollars(rates, counts) == nanodollars


def test_the_lists_know_of_no_tier_that_no_provider_can_tell() -> None:
    listed = {tier for tariffs in load_prices().lists.values() for tariff in tariffs for tier in tariff.tiers}
    assert listed == {"batch", "flex", "priority", "fast"}
    assert listed <= set(TIERS.values())


def test_the_classes_are_those_of_the_model() -> None:
    assert list(CLASSES) == [
        name for name in Usage.__struct_fields__ if name not in {"is_estimate", "reported", "tier"}
    ]


def test_every_list_is_there_and_belongs_to_a_row_of_the_catalogue() -> None:
    assert set(LISTS) <= set(load_rows())
    assert {name for names in LISTS.values() for name in names} == set(load_prices().lists)
    assert "MIT" in load_prices().notice


def test_every_tariff_can_be_found_and_has_rates_for_every_class() -> None:
    for name, tariffs in load_prices().lists.items():
        assert tariffs, name
        for tariff in tariffs:
            assert tariff.names or tariff.pattern, tariff
            assert all(len(rates.femtodollars) == len(CLASSES) for rates in tariff.rates), tariff
            assert [rates for rates in tariff.rates if rates.above_tokens == 0], tariff


def test_a_whole_name_goes_before_a_pattern() -> None:
    found = find_tariff("openai", "GPT-5-Mini")
    assert found is not None
    assert found[0] == "openai/gpt-5-mini"


def test_nobody_knows_the_price_of_what_nobody_lists() -> None:
    assert find_tariff("openai", "no-such-model") is None
    assert find_tariff("vllm", "gpt-5-mini") is None
    assert find_tariff("", "gpt-5-mini") is None


def test_prices_change_on_their_day_and_with_the_size_of_the_input() -> None:
    early, late, large = (Rates(since, above, ()) for since, above in ((0, 0), (1_000, 0), (1_000, 50)))
    tariff = Tariff("t", rates=(early, late, large))
    assert select_rates(tariff, 999, 100) is early
    assert select_rates(tariff, 1_000, 50) is late
    assert select_rates(tariff, 1_000, 51) is large
    assert select_rates(tariff, -5, 0) is early


def test_before_the_first_day_the_first_prices_are_taken() -> None:
    first, second = Rates(1_000, 0, ()), Rates(2_000, 0, ())
    assert select_rates(Tariff("t", rates=(first, second)), 10, 0) is first


def test_a_class_without_a_price_costs_what_its_parent_costs() -> None:
    only_input = complete_rates({"input": Decimal("1.5")})
    assert only_input == (1_500_000_000,) * 6 + (None,) * 4
    writes = complete_rates({"input": Decimal(1), "cache_write_5m": Decimal(2), "output": Decimal(0)})
    assert (writes[2], writes[3], writes[6]) == (2 * 10**9, 2 * 10**9, 0)


def test_what_was_used_without_a_price_is_not_free() -> None:
    rates = Rates(0, 0, complete_rates({"input": Decimal(1)}))
    assert reckon_nanodollars(rates, (5, 0, 0, 0, 0, 0, 0, 0, 0, 0)) == 5_000
    assert reckon_nanodollars(rates, (5, 0, 0, 0, 0, 0, 1, 0, 0, 0)) is None


def test_a_bill_is_rounded_once_and_half_up() -> None:
    rates = Rates(0, 0, complete_rates({"input": Decimal("0.00025"), "output": Decimal("0.00025")}))
    assert reckon_nanodollars(rates, (1, 0, 0, 0, 0, 0, 1, 0, 0, 0)) == 1  # not 0 and 0
    assert reckon_nanodollars(rates, (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)) == 0
    assert reckon_nanodollars(rates, (10**12, 0, 0, 0, 0, 0, 0, 0, 0, 0)) == 25 * 10**10


def test_an_hour_of_a_machine_is_counted_by_the_microsecond_and_rounded_with_the_tokens() -> None:
    rates = Rates(0, 0, complete_rates({"input": Decimal("0.0005"), "output": Decimal(0)}), 36_000_000_000)
    nothing, one = (0,) * 10, (1, *(0,) * 9)
    assert reckon_nanodollars(rates, nothing, 3_600_000_000) == 36_000_000_000
    assert reckon_nanodollars(rates, nothing, 1) == 10
    assert reckon_nanodollars(rates, one, 1) == 11  # 10 and a half, rounded up once
    small = Rates(0, 0, complete_rates({"input": Decimal("0.0005"), "output": Decimal(0)}), 1_800_000_000)
    assert reckon_nanodollars(small, one, 1) == 1  # two halves
    assert reckon_nanodollars(small, nothing, 0) == 0


def test_factors_hold_from_their_day_and_size_whatever_changes_below_them() -> None:
    def price(since: int, above: int, dollars: int) -> Rates:
        return Rates(since, above, complete_rates({"input": Decimal(dollars)}), dollars * 1_000)

    rates = (price(0, 0, 2), price(100, 0, 4), price(100, 50, 8))
    factors = (Factor(0, 0, Decimal("0.5")), Factor(200, 0, Decimal("0.25")), Factor(200, 20, Decimal("1.5")))
    scaled = scale_rates(rates, factors)

    def read(moment: int, tokens: int) -> tuple[int | None, int]:
        found = select_step(scaled, moment, tokens)
        return found.femtodollars[0], found.hourly_nanodollars

    billion = 10**9
    assert read(0, 10) == read(99, 999) == (billion, 1_000)
    assert (read(100, 50), read(100, 51)) == ((2 * billion, 2_000), (4 * billion, 4_000))
    assert (read(200, 20), read(200, 21), read(200, 51)) == (
        (billion, 1_000),
        (6 * billion, 6_000),
        (12 * billion, 12_000),
    )


def test_what_has_no_price_has_none_however_often_it_is_taken() -> None:
    (scaled,) = scale_rates([Rates(0, 0, (None, 3))], [Factor(0, 0, Decimal("0.5"))])
    assert scaled.femtodollars == (None, 2)  # half a femtodollar goes to the even one
