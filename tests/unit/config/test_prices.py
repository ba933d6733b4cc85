"""Prices of the operator's own."""

from __future__ import annotations

from typing import get_args

import pytest

from dragoman.config.prices import is_day
from dragoman.config.sections.prices import TierName
from dragoman.errors import DragomanError
from dragoman.model.usage import TIERS
from tests.unit.config.loading import load


def test_prices_are_read_with_what_was_given() -> None:
    text = """
prices:
  - {match: "openai/gpt-*", input: 1.25, output: 10}
  - {match: "openai/gpt-*", since: "2026-11-01", above_tokens: 200000, input: 2}
"""
    first, second = load(text).prices
    assert (first.match, first.input, first.output, first.cache_read, first.since) == (
        "openai/gpt-*",
        1.25,
        10,
        None,
        "",
    )
    assert (second.since, second.above_tokens, second.input) == ("2026-11-01", 200_000, 2)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("{match: gpt-5, input: 1}", r"prices\[0\]\.match: must be provider/model"),
        ('{match: "a/b", since: "2026-13-01"}', r"prices\[0\]\.since: must be a day"),
        ('{match: "a/b", since: "20261101"}', r"prices\[0\]\.since: must be a day"),
        ('{match: "a/b", factor: 0.5, output: 1}', r"prices\[0\]\.factor: stands instead of prices"),
        ('{match: "a/b", factor: 0.5, per_hour: 1}', r"prices\[0\]\.factor: stands instead of prices"),
        ('{match: "a/b", factor: -1}', "must be a number of at least 0"),
        ('{match: "a/b", tier: slow, input: 1}', r"prices\[0\]\.tier"),
        ('{match: "a/b", input: -1}', "must be a number of at least 0"),
        ('{match: "a/b", inputs: 1}', "Did you mean"),
        ("{input: 1}", "'match' is missing"),
    ],
)
def test_what_cannot_be_understood_is_told(entry: str, complaint: str) -> None:
    with pytest.raises(DragomanError, match=complaint):
        load(f"prices: [{entry}]")


def test_a_day_is_written_in_full() -> None:
    assert is_day("2026-11-01")
    assert not is_day("2026-11-1")
    assert not is_day("yesterday!")


def test_every_tier_that_a_provider_can_tell_may_have_a_price() -> None:
    assert set(get_args(TierName)) == {"", *TIERS.values()}


def test_tiers_factors_and_hours_are_read() -> None:
    text = """
prices:
  - {match: "bedrock/*", tier: flex, factor: 0.5}
  - {match: "home/*", per_hour: 1.2}
"""
    first, second = load(text).prices
    assert (first.tier, first.factor, first.input) == ("flex", 0.5, None)
    assert (second.tier, second.per_hour) == ("", 1.2)
