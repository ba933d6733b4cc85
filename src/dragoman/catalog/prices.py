"""What a token costs: list prices by provider and model, and how a bill is reckoned. Pure.

Rates are whole femtodollars a token (one dollar a million tokens is 10⁹ of them), so that a sum of classes is exact and is
rounded once, to whole nanodollars. A class without a price of its own costs what its parent costs: what was read from a
cache or heard costs as input, reasoning as output. `prices.json` is written by `tools/prices.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from operator import mul
from pathlib import Path

import msgspec

PRICES_PATH = Path(__file__).with_name("prices.json")
FEMTODOLLARS = 10**9
"""Femtodollars a token in one dollar a million tokens."""

PARENTS: dict[str, str] = {
    "input": "",
    "cache_read": "input",
    "cache_write_5m": "input",
    "cache_write_1h": "cache_write_5m",
    "input_audio": "input",
    "input_image": "input",
    "output": "",
    "reasoning": "output",
    "output_audio": "output",
    "output_image": "output",
}
"""The token classes in the order in which rates stand, each with the class whose price it takes for want of its own."""

CLASSES = tuple(PARENTS)
INPUT_CLASSES = CLASSES[:6]

LISTS: dict[str, tuple[str, ...]] = {
    "openai": ("openai",),
    "anthropic": ("anthropic",),
    "google": ("google",),
    "vertex-express": ("google",),
    "vertex": ("google",),
    "vertex-anthropic": ("anthropic",),
    "azure": ("azure", "openai", "anthropic", "deepseek", "x-ai", "moonshotai"),
    "bedrock": ("aws",),
    "bedrock-iam": ("aws",),
    "mistral": ("mistral",),
    "deepseek": ("deepseek",),
    "xai": ("x-ai",),
    "cohere": ("cohere",),
    "moonshot": ("moonshotai",),
    "zai": ("zai",),
    "minimax": ("minimax",),
    "perplexity": ("perplexity",),
    "openrouter": ("openrouter",),
    "groq": ("groq",),
    "cerebras": ("cerebras",),
    "together": ("together",),
    "fireworks": ("fireworks",),
    "novita": ("novita",),
    "baseten": ("baseten",),
}
"""Whose price lists hold for a row of the catalogue, looked through in this order."""


class Rates(msgspec.Struct, frozen=True, array_like=True):
    """Prices that hold from a moment on, for requests with more input than `above_tokens`. A rate of None: unknown."""

    since_ms: int
    above_tokens: int
    femtodollars: tuple[int | None, ...]


class Tariff(msgspec.Struct, frozen=True, omit_defaults=True):
    """The prices of a model through time. It is known by whole names, else by a pattern that fits from the start."""

    id: str
    names: tuple[str, ...] = ()
    pattern: str = ""
    rates: tuple[Rates, ...] = ()


class PriceFile(msgspec.Struct, frozen=True):
    """`prices.json`."""

    notice: str
    lists: dict[str, tuple[Tariff, ...]]


@cache
def load_prices() -> PriceFile:
    """All price lists."""
    return msgspec.json.decode(PRICES_PATH.read_bytes(), type=PriceFile)


def find_tariff(row: str, model: str) -> tuple[str, Tariff] | None:
    """The list prices of a model at a provider of that row, with a name for them; None where nobody knows any."""
    wanted = model.lower()
    for name in LISTS.get(row, ()):
        tariffs = load_prices().lists.get(name, ())
        for tariff in tariffs:
            if wanted in tariff.names:
                return f"{name}/{tariff.id}", tariff
        for tariff in tariffs:
            if tariff.pattern and re.match(tariff.pattern, wanted):
                return f"{name}/{tariff.id}", tariff
    return None


def select_rates(tariff: Tariff, moment_ms: int, input_tokens: int) -> Rates:
    """The rates that held at a moment, for a request of that size; before the first ones are known, those."""
    if len(tariff.rates) == 1:
        return tariff.rates[0]
    begun = [rates.since_ms for rates in tariff.rates if rates.since_ms <= moment_ms]
    since_ms = max(begun) if begun else min(rates.since_ms for rates in tariff.rates)
    fitting = [rates for rates in tariff.rates if rates.since_ms == since_ms]
    reached = [rates for rates in fitting if input_tokens > rates.above_tokens]
    return max(reached or fitting[:1], key=lambda rates: rates.above_tokens)


def reckon_nanodollars(rates: Rates, tokens: Sequence[int]) -> int | None:
    """The price of tokens by class, rounded half up; None where a class that was used has no price."""
    if None in rates.femtodollars:
        if any(count and rate is None for count, rate in zip(tokens, rates.femtodollars, strict=True)):
            return None
        femtodollars = sum(count * (rate or 0) for count, rate in zip(tokens, rates.femtodollars, strict=True))
    else:
        femtodollars = sum(map(mul, tokens, rates.femtodollars))
    return (femtodollars + 500_000) // 1_000_000


def complete_rates(dollars: Mapping[str, Decimal]) -> tuple[int | None, ...]:
    """Rates from dollars a million tokens; a class that is not given takes its parent's."""
    rates: dict[str, int | None] = {"": None}
    for name, parent in PARENTS.items():
        given = dollars.get(name)
        rates[name] = rates[parent] if given is None else _count_femtodollars(given)
    return tuple(rates[name] for name in CLASSES)


def _count_femtodollars(dollars: Decimal) -> int:
    return int((dollars * FEMTODOLLARS).to_integral_value(ROUND_HALF_EVEN))
