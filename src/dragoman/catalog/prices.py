"""What a token costs: list prices by provider and model, and how a bill is reckoned. Pure.

Rates are whole femtodollars a token (one dollar a million tokens is 10⁹ of them), so that a sum of classes is exact and is
rounded once, to whole nanodollars. A class without a price of its own costs what its parent costs: what was read from a
cache or heard costs as input, reasoning as output. `prices.json` is written by `tools/prices.py`.

Answers of another tier (`model.usage.TIERS`: batch, flex, priority, …) have rates of their own where anybody knows them, and
cost as usual where nobody does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from operator import mul
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

PRICES_PATH = Path(__file__).with_name("prices.json")
NANODOLLARS = 10**9
FEMTODOLLARS = 10**9
"""Femtodollars a token in one dollar a million tokens."""

_SECONDS = 3_600
_PARTS = _SECONDS * 1_000_000
"""Femtodollars, and nanodollars an hour times microseconds, in one nanodollar: both whole in the parts of this size."""

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
    "azure-entra": ("azure", "openai", "anthropic", "deepseek", "x-ai", "moonshotai"),
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
    """Prices that hold from a moment on, for requests with more input than `above_tokens`. A rate of None: unknown. What
    an hour costs is that of a machine of one's own, for as long as it works on a request."""

    since_ms: int
    above_tokens: int
    femtodollars: tuple[int | None, ...]
    hourly_nanodollars: int = 0


class Factor(msgspec.Struct, frozen=True):
    """How many times a price holds, from a moment on, for requests with more input than `above_tokens`."""

    since_ms: int
    above_tokens: int
    times: Decimal


class Step(Protocol):
    """What holds from a moment on, above a size."""

    @property
    def since_ms(self) -> int: ...

    @property
    def above_tokens(self) -> int: ...


S = TypeVar("S", bound=Step)


class Tariff(msgspec.Struct, frozen=True, omit_defaults=True):
    """The prices of a model through time. It is known by whole names, else by a pattern that fits from the start. `tiers`
    has the rates of other tiers than the usual one."""

    id: str
    names: tuple[str, ...] = ()
    pattern: str = ""
    rates: tuple[Rates, ...] = ()
    tiers: dict[str, tuple[Rates, ...]] = {}


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
    return tariff.rates[0] if len(tariff.rates) == 1 else select_step(tariff.rates, moment_ms, input_tokens)


def select_step(steps: Sequence[S], moment_ms: int, input_tokens: int) -> S:
    """What of several steps holds at a moment and a size."""
    begun = [step.since_ms for step in steps if step.since_ms <= moment_ms]
    since_ms = max(begun) if begun else min(step.since_ms for step in steps)
    fitting = [step for step in steps if step.since_ms == since_ms]
    reached = [step for step in fitting if input_tokens > step.above_tokens]
    return max(reached or fitting[:1], key=lambda step: step.above_tokens)


def scale_rates(rates: Sequence[Rates], factors: Sequence[Factor]) -> tuple[Rates, ...]:
    """Rates times the factors, one for each moment and size at which either changes."""
    steps: list[Step] = [*rates, *factors]
    moments = {step.since_ms for step in steps}
    starts = sorted({(since, above) for since in moments for above in _list_sizes(steps)})
    return tuple(
        _scale(select_step(rates, since, above + 1), select_step(factors, since, above + 1).times, since, above)
        for since, above in starts
    )


def _list_sizes(steps: Sequence[Step]) -> set[int]:
    return {0, *(step.above_tokens for step in steps)}


def _scale(rates: Rates, times: Decimal, since_ms: int, above_tokens: int) -> Rates:
    scaled = tuple(None if rate is None else _round(rate * times) for rate in rates.femtodollars)
    return Rates(since_ms, above_tokens, scaled, _round(rates.hourly_nanodollars * times))


def reckon_nanodollars(rates: Rates, tokens: Sequence[int], duration_us: int = 0) -> int | None:
    """The price of tokens by class, and of the time where that costs, rounded half up; None where a class that was used
    has no price."""
    try:
        femtodollars: int = sum(map(mul, tokens, rates.femtodollars))
    except TypeError:  # a class has no price, which matters where it was used
        if any(count and rate is None for count, rate in zip(tokens, rates.femtodollars, strict=True)):
            return None
        femtodollars = sum(count * (rate or 0) for count, rate in zip(tokens, rates.femtodollars, strict=True))
    if rates.hourly_nanodollars:
        parts = femtodollars * _SECONDS + rates.hourly_nanodollars * duration_us
        return (parts + _PARTS // 2) // _PARTS
    return (femtodollars + 500_000) // 1_000_000


def complete_rates(dollars: Mapping[str, Decimal]) -> tuple[int | None, ...]:
    """Rates from dollars a million tokens; a class that is not given takes its parent's."""
    rates: dict[str, int | None] = {"": None}
    for name, parent in PARENTS.items():
        given = dollars.get(name)
        rates[name] = rates[parent] if given is None else _count_femtodollars(given)
    return tuple(rates[name] for name in CLASSES)


def _count_femtodollars(dollars: Decimal) -> int:
    return _round(dollars * FEMTODOLLARS)


def _round(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_EVEN))
