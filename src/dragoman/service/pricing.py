"""Puts a price on what the ledger is about to keep: the operator's own, else the list price, else none, which is told.

Runs in the ledger's thread. What it goes by is swapped whole at a reload.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import NamedTuple

import msgspec

from dragoman.catalog.prices import (
    CLASSES,
    INPUT_CLASSES,
    Rates,
    Tariff,
    complete_rates,
    find_tariff,
    reckon_nanodollars,
    select_rates,
)
from dragoman.config.sections.prices import PriceSettings
from dragoman.ledger.row import ExchangeRow
from dragoman.routing.target import Route, Target

_log = logging.getLogger(__name__)

MAX_KNOWN = 4096
FREE = "free"

_read_tokens = attrgetter(*CLASSES)

_NO_TOKENS = dict.fromkeys(CLASSES, 0)

Named = tuple[str, Tariff]
_NOT_ASKED: Named = ("", Tariff(""))

NANO = 1_000_000
"""Femtodollars in a nanodollar."""
FEMTO_IN_MILLIONTH = 1_000_000_000
"""Femtodollars in a millionth of a dollar."""


class Expected(NamedTuple):
    """How many tokens a request may take at most. Of a rich one, any may be of the dearest class that there is."""

    input: int
    output: int
    is_rich: bool = False


class PriceBook(msgspec.Struct, frozen=True):
    """What prices go by: the catalogue's row of each provider, those that cost nothing, and the operator's tariffs."""

    rows: Mapping[str, str] = {}
    free: frozenset[str] = frozenset()
    own: tuple[Tariff, ...] = ()


class Pricer:
    """Knows what was looked up before. `unpriced` counts exchanges whose price nobody knows."""

    def __init__(self, book: PriceBook) -> None:
        self.unpriced = 0
        self._book = book
        self._known: dict[tuple[str, str], Named | None] = {}

    def __repr__(self) -> str:
        return f"<Pricer: {len(self._known)} models, {self.unpriced} exchanges without a price>"

    def change(self, book: PriceBook) -> None:
        """Go by another book from now on."""
        self._book = book
        self._known = {}

    def price(self, row: ExchangeRow) -> ExchangeRow:
        """The row with its cost. Nothing costs nothing; something of which no price is known costs None."""
        if row.is_hit:
            return self._price_hit(row)
        tokens: tuple[int, ...] = _read_tokens(row)
        if not any(tokens):
            return msgspec.structs.replace(row, cost_nanodollars=0)
        if row.provider in self._book.free:
            return msgspec.structs.replace(row, cost_nanodollars=0, price=FREE)
        named = self._find(row.provider, row.model)
        if named is None:
            self.unpriced += 1
            return row
        name, tariff = named
        rates = select_rates(tariff, row.started_ms, sum(tokens[: len(INPUT_CLASSES)]))
        cost = reckon_nanodollars(rates, tokens)
        self.unpriced += cost is None
        return msgspec.structs.replace(row, cost_nanodollars=cost, price=name_price(name, rates))

    def complete(self, row: ExchangeRow) -> ExchangeRow:
        """The row with a cost: the one that it came with, if it has one."""
        return row if row.cost_nanodollars is not None else self.price(row)

    def knows(self, provider: str, model: str) -> bool:
        """Whether a price is known, be it nothing."""
        return provider in self._book.free or self._find(provider, model) is not None

    def bound(self, provider: str, model: str, moment_ms: int, expected: Expected) -> int | None:
        """What so many tokens can cost at most; None where nobody knows."""
        if provider in self._book.free:
            return 0
        named = self._find(provider, model)
        if named is None:
            return None
        rates = select_rates(named[1], moment_ms, expected.input).femtodollars
        count = len(INPUT_CLASSES) if expected.is_rich else 1
        given = find_dearest(rates[:count])
        said = find_dearest(rates[len(INPUT_CLASSES) :][: None if expected.is_rich else 2])
        if (given is None and expected.input) or (said is None and expected.output):
            return None
        femtodollars = expected.input * (given or 0) + expected.output * (said or 0)
        return -(-femtodollars // NANO)

    def find_rates(self, row: ExchangeRow) -> tuple[str, Rates] | None:
        """Whose price a row is reckoned with, and its rates; None where nobody knows any. May be asked by any thread."""
        if row.provider in self._book.free:
            return FREE, Rates(0, 0, (0,) * len(CLASSES))
        named = self._look_up(row.provider, row.model)
        if named is None:
            return None
        rates = select_rates(named[1], row.started_ms, sum(_read_tokens(row)[: len(INPUT_CLASSES)]))
        return name_price(named[0], rates), rates

    def find_tariff(self, provider: str, model: str) -> Named | None:
        """All that is known of a model's price; None where that is nothing."""
        return self._look_up(provider, model)

    def is_free(self, provider: str) -> bool:
        """Whether a provider costs nothing, as a server of one's own does."""
        return provider in self._book.free

    def _price_hit(self, row: ExchangeRow) -> ExchangeRow:
        """Until now the row has the tokens that were not needed again."""
        if row.saved_nanodollars is not None or row.cost_nanodollars is not None:
            return row
        saved = self.price(msgspec.structs.replace(row, is_hit=False)).cost_nanodollars
        return msgspec.structs.replace(row, cost_nanodollars=0, saved_nanodollars=saved, price=FREE, **_NO_TOKENS)

    def weigh(self, provider: str, model: str, moment_ms: int) -> float | None:
        """A figure to compare prices by: what four tokens in and one out cost then; None where nobody knows."""
        if provider in self._book.free:
            return 0.0
        named = self._look_up(provider, model)
        if named is None:
            return None
        rates = select_rates(named[1], moment_ms, 0).femtodollars
        given, said = rates[CLASSES.index("input")], rates[CLASSES.index("output")]
        return None if given is None or said is None else float(4 * given + said)

    def quote(self, moment_ms: int, target: Target) -> tuple[float, float] | None:
        """Dollars for a million tokens in and out, at that moment; None where nobody knows."""
        if target.provider.name in self._book.free:
            return 0.0, 0.0
        named = self._look_up(target.provider.name, target.model)
        if named is None:
            return None
        rates = select_rates(named[1], moment_ms, 0).femtodollars
        given, said = rates[CLASSES.index("input")], rates[CLASSES.index("output")]
        return None if given is None or said is None else (given / FEMTO_IN_MILLIONTH, said / FEMTO_IN_MILLIONTH)

    def _find(self, provider: str, model: str) -> Named | None:
        """May be asked in two threads: at worst both look it up."""
        known = self._known
        named = known.get((provider, model), _NOT_ASKED)
        if named is _NOT_ASKED:
            named = self._look_up(provider, model)
            if len(known) >= MAX_KNOWN:
                known.clear()
            known[provider, model] = named
            if named is None:
                _log.warning(
                    "no price is known of %r at %s; give one under `prices` of the configuration", model, provider
                )
        return named

    def _look_up(self, provider: str, model: str) -> Named | None:
        for tariff in self._book.own:
            if fnmatchcase(f"{provider}/{model}", tariff.pattern):
                return f"own {tariff.id}", tariff
        return find_tariff(self._book.rows.get(provider, provider), model)


def find_dearest(rates: Sequence[int | None]) -> int | None:
    """The highest of those that are known."""
    known = [rate for rate in rates if rate is not None]
    return max(known) if known else None


def price_targets(route: Route, pricer: Pricer, moment_ms: int) -> Route:
    """The route with what counts where the cheapest of its targets is wanted; one target is always the cheapest."""
    if len(route.targets) == 1:
        return route
    priced = [
        msgspec.structs.replace(target, price=pricer.weigh(target.provider.name, target.model, moment_ms))
        for target in route.targets
    ]
    return msgspec.structs.replace(route, targets=tuple(priced))


def name_price(name: str, rates: Rates) -> str:
    """What a row says of its price: whose it is, and since when and above what it holds."""
    since = f" since {datetime.fromtimestamp(rates.since_ms / 1000, UTC).date()}" if rates.since_ms else ""
    above = f" above {rates.above_tokens}" if rates.above_tokens else ""
    return name + since + above


def build_tariffs(prices: Sequence[PriceSettings]) -> tuple[Tariff, ...]:
    """The operator's prices, those of one `match` together, in the order of their first ones."""
    gathered: dict[str, list[Rates]] = {}
    for one in prices:
        gathered.setdefault(one.match, []).append(build_rates(one))
    return tuple(Tariff(match, pattern=match, rates=tuple(rates)) for match, rates in gathered.items())


def build_rates(price: PriceSettings) -> Rates:
    """One entry of the configuration. A float is taken at the digits it was written with."""
    given = {name: getattr(price, name) for name in CLASSES}
    dollars = {name: Decimal(repr(value)) for name, value in given.items() if value is not None}
    since = datetime.fromisoformat(price.since).replace(tzinfo=UTC) if price.since else None
    return Rates(int(since.timestamp() * 1000) if since else 0, price.above_tokens, complete_rates(dollars))
