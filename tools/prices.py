"""Compiles the price lists of the package genai-prices (MIT) to `catalog/prices.json`.

Run it where that package is at hand, which the gateway itself never needs:

    uv run --with genai-prices python -m tools.prices

Only facts are taken: names, dates and prices of tokens, of the providers that the catalogue knows. Prices by the time of
day are left out, so that the dearer hours count.
"""

from __future__ import annotations

import datetime as dt
import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import msgspec

from dragoman.catalog.prices import LISTS, PRICES_PATH, PriceFile, Rates, Tariff, complete_rates

NOTICE = (
    "Compiled by tools/prices.py from genai-prices {version}, copyright (c) Pydantic Services Inc. 2025 to present, "
    "under the MIT License. Rates are femtodollars a token, in the order of catalog/prices.py."
)

PRICE_KEYS = {
    "input": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "input_audio": "input_audio_mtok",
    "input_image": "input_image_mtok",
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
    "output_audio": "output_audio_mtok",
    "output_image": "output_image_mtok",
}


def main() -> int:
    """Write the file anew."""
    providers = importlib.import_module("genai_prices.data").providers
    wanted = {name for names in LISTS.values() for name in names}
    lists = {one.id: tuple(compile_models(one.models)) for one in providers if one.id in wanted}
    write_file(PriceFile(NOTICE.format(version=version("genai-prices")), lists))
    return 0


def write_file(file: PriceFile) -> None:
    """A line for each model, so that a change of prices is a change of few lines."""
    blocks = [
        f'"{name}": [\n' + ",\n".join(encode_tariff(tariff) for tariff in tariffs) + "\n]"
        for name, tariffs in file.lists.items()
    ]
    notice = msgspec.json.encode(file.notice).decode()
    PRICES_PATH.write_text(f'{{"notice": {notice},\n"lists": {{\n' + ",\n".join(blocks) + "\n}}\n", "utf-8")


def encode_tariff(tariff: Tariff) -> str:
    """One line. What an hour costs is nobody's list price, so it is left out."""
    fields = msgspec.to_builtins(tariff)
    fields["rates"] = [one[:3] for one in fields["rates"]]
    if tariff.tiers:
        fields["tiers"] = {tier: [one[:3] for one in rates] for tier, rates in fields["tiers"].items()}
    return msgspec.json.encode(fields).decode()


def compile_models(models: Iterable[Any]) -> Iterator[Tariff]:
    """Those models that have a price for tokens."""
    for model in models:
        rates = tuple(compile_prices(model.prices))
        if any(rate is not None for one in rates for rate in one.femtodollars):
            names, pattern = compile_match(model.match)
            yield Tariff(model.id, names, pattern, rates, compile_variants(model))


def compile_prices(prices: Any) -> Iterator[Rates]:
    """Every price list of a model, by date and by size."""
    for since_ms, usual in list_usual(prices):
        yield from compile_tiers(since_ms, usual)


TIERS = {
    ("processing", "batch"): "batch",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("service_tier", "fast"): "fast",
    ("speed", "fast"): "fast",
}


def compile_variants(model: Any) -> dict[str, tuple[Rates, ...]]:
    """The price lists of other tiers: what they say, over what usually holds then."""
    variants: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for one in model.price_variants or ():
        tier = TIERS.get(next(iter(one.when.items()))) if len(one.when) == 1 else None
        said = {key: price for key, price in vars(one.prices).items() if price is not None}
        if tier is not None and said:
            begun = 0 if one.constraint is None else count_ms(one.constraint.start_date)
            variants.setdefault(tier, []).append((begun, said))
    usual = list(list_usual(model.prices))
    return {tier: tuple(compile_variant(usual, told)) for tier, told in sorted(variants.items())}


def compile_variant(usual: list[tuple[int, Any]], told: list[tuple[int, dict[str, Any]]]) -> Iterator[Rates]:
    """One tier, at each moment at which something changes. Of what is told, the first that has begun counts."""
    first = min(begun for begun, _ in told)
    moments = {begun for begun, _ in told} | {since for since, _ in usual if since > first}
    for moment in sorted(moments):
        held = [prices for since, prices in usual if since <= moment] or [usual[0][1]]
        merged = dict(vars(held[-1]))
        for _, said in reversed([one for one in told if one[0] <= moment]):
            merged.update(said)
        yield from compile_tiers(moment, SimpleNamespace(**merged))


def list_usual(prices: Any) -> Iterator[tuple[int, Any]]:
    """The usual price lists of a model, each with the moment from which it holds."""
    for one in prices if isinstance(prices, list) else [prices]:
        constraint = getattr(one, "constraint", None)
        if constraint is None:
            yield 0, getattr(one, "prices", one)
        elif hasattr(constraint, "start_date"):
            yield count_ms(constraint.start_date), one.prices


def count_ms(date: dt.date) -> int:
    """Midnight UTC of a day as unix milliseconds."""
    return int(dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC).timestamp() * 1000)


def compile_tiers(since_ms: int, prices: Any) -> Iterator[Rates]:
    """One for every size at which some price changes."""
    given = {name: getattr(prices, key, None) for name, key in PRICE_KEYS.items()}
    starts = {tier.start for price in given.values() for tier in getattr(price, "tiers", ())}
    for start in sorted({0, *starts}):
        named = {name: price_above(price, start) for name, price in given.items() if price is not None}
        yield Rates(since_ms, start, complete_rates(named))


def price_above(price: Any, start: int) -> Decimal:
    """What holds for requests with more input than `start`."""
    if isinstance(price, Decimal):
        return price
    reached = [tier for tier in price.tiers if tier.start <= start]
    chosen: Decimal = max(reached, key=lambda tier: tier.start).price if start and reached else price.base
    return chosen


def compile_match(clause: Any) -> tuple[tuple[str, ...], str]:
    """The whole names that a clause takes, and a pattern for all else that it takes."""
    parts = clause.or_ if hasattr(clause, "or_") else [clause]
    names = tuple(part.equals for part in parts if hasattr(part, "equals"))
    return names, "|".join(compile_clause(part) for part in parts if not hasattr(part, "equals"))


def compile_clause(clause: Any) -> str:
    """A pattern that fits from the start of a name where the clause is true of it."""
    ((kind, value),) = vars(clause).items()
    return CLAUSES[kind](value)


CLAUSES: dict[str, Callable[[Any], str]] = {
    "equals": lambda text: re.escape(text) + r"\Z",
    "starts_with": re.escape,
    "contains": lambda text: ".*" + re.escape(text),
    "ends_with": lambda text: ".*" + re.escape(text) + r"\Z",
    "regex": lambda text: f"(?:{text})" if text.startswith("^") else f".*(?:{text})",
    "or_": lambda parts: "(?:" + "|".join(map(compile_clause, parts)) + ")",
    "and_": lambda parts: "".join(f"(?={compile_clause(part)})" for part in parts),
}


if __name__ == "__main__":
    raise SystemExit(main())
