"""What a token costs, checked by hand: every class, every maker, every step of size and time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dragoman.catalog.prices import (
    CLASSES,
    INPUT_CLASSES,
    LISTS,
    Rates,
    Tariff,
    complete_rates,
    find_tariff,
    load_prices,
    reckon_nanodollars,
    select_rates,
)
from dragoman.catalog.providers import load_rows
from dragoman.model.usage import Usage

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


def test_the_classes_are_those_of_the_model() -> None:
    assert list(CLASSES) == [name for name in Usage.__struct_fields__ if name not in {"is_estimate", "reported"}]


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
