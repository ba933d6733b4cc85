"""Prices that the operator has written down: do they say of what, and since when?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from dragoman.config.problems import Problems
from dragoman.config.sections.prices import PriceSettings


def check_prices(prices: Iterable[PriceSettings], problems: Problems) -> None:
    """Note what cannot be understood."""
    for index, price in enumerate(prices):
        if "/" not in price.match:
            problems.add(f"prices[{index}].match", "must be provider/model, such as openai/gpt-5* or */gpt-5*")
        if price.since and not is_day(price.since):
            problems.add(f"prices[{index}].since", "must be a day such as 2026-11-01, in quotes")
        if price.factor is not None and _has_prices(price):
            problems.add(f"prices[{index}].factor", "stands instead of prices; give the one or the others")


def _has_prices(price: PriceSettings) -> bool:
    """Whether anything is said in dollars."""
    others = {"match", "since", "above_tokens", "tier", "factor"}
    return any(value is not None for name, value in msgspec.structs.asdict(price).items() if name not in others)


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written in full."""
    try:
        return len(text) == len("2026-11-01") and date.fromisoformat(text) > date.min
    except ValueError:
        return False
