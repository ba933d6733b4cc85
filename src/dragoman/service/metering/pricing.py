"""Puts a price on what the ledger is about to keep: the operator's own, else the list price, else none, which is told.

Exchanges are priced on the loop when they are settled, and what came to the ledger without a cost in its thread. What
prices go by is swapped whole at a reload.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter

import msgspec

from dragoman.catalog.prices import (
    CLASSES,
    INPUT_CLASSES,
    Rates,
    Tariff,
    find_tariff,
    reckon_nanodollars,
    select_rates,
)
from dragoman.clock import Clock
from dragoman.ledger.row import ExchangeRow
from dragoman.routing.target import Route, Target
from dragoman.service.metering.offers import (
    MOST_TOKENS,
    NANO,
    Asked,
    Bill,
    Offers,
    PriceKey,
    Tokens,
    build_offers,
    mark_tier,
)
from dragoman.service.metering.own_prices import USUAL, Named, OwnPrice, find_own

_log = logging.getLogger(__name__)

MAX_KNOWN = 4096
FREE = "free"

_read_tokens: Callable[[ExchangeRow], Tokens] = attrgetter(*CLASSES)

_NO_TOKENS = dict.fromkeys(CLASSES, 0)

_FREE = Named(FREE, Tariff(FREE, rates=(Rates(0, 0, (0,) * len(CLASSES)),)))
_NOT_ASKED = Offers((), None)

_TIER = re.compile(r"(?:^|, )tier (\w+)(?: as usual)?$")
"""How a row says, at the end of its price, at which tier it was answered: before it is priced too."""

FEMTO_IN_MILLIONTH = 1_000_000_000
"""Femtodollars in a millionth of a dollar."""


Line = tuple[int, int, int | None]
"""How the most that an answer can cost grows: by each token that goes in and each that comes out, in femtodollars; and
how many of the latter there can be."""

Lines = tuple[Route, Sequence[Line]]
"""One for each target of a route."""


class PriceBook(msgspec.Struct, frozen=True):
    """What prices go by: the catalogue's row of each provider, those that cost nothing, and the operator's tariffs."""

    rows: Mapping[str, str] = {}
    free: frozenset[str] = frozenset()
    own: tuple[OwnPrice, ...] = ()


class Pricer:
    """Knows what was looked up before. `unpriced` counts exchanges whose price nobody knows."""

    def __init__(self, book: PriceBook) -> None:
        self.unpriced = 0
        self._book = book
        self._known: dict[PriceKey, Offers | None] = {}
        self._plain: dict[str, Lines] = {}
        self._rich: dict[str, Lines] = {}

    def __repr__(self) -> str:
        return f"<Pricer: {len(self._known)} models, {self.unpriced} exchanges without a price>"

    def change(self, book: PriceBook) -> None:
        """Go by another book from now on."""
        self._book = book
        self._known = {}
        self._plain, self._rich = {}, {}

    def price(self, row: ExchangeRow) -> ExchangeRow:
        """The row with its cost. Nothing costs nothing; something of which no price is known costs None."""
        if row.is_hit:
            return self._price_hit(row)
        tier = read_tier(row.price) if row.price else USUAL
        key = row.provider, row.model, tier
        cost, price = self.reckon(key, _read_tokens(row), row.started_ms, measure_work(row))
        if cost is None:
            self.unpriced += 1
            if price == row.price:
                return row
        return msgspec.structs.replace(row, cost_nanodollars=cost, price=price)

    def reckon(self, key: PriceKey, tokens: Tokens, moment_ms: int, work_us: int) -> Bill:
        """What so many tokens cost at that moment, where somebody worked on them for so long."""
        if not any(tokens):
            return 0, mark_tier(key[2])
        offers = self._known.get(key) or self._find(*key)
        if offers is None:
            return None, mark_tier(key[2])
        offer = offers.only or offers.select(moment_ms, sum(tokens[: len(INPUT_CLASSES)]))
        return reckon_nanodollars(offer.rates, tokens, work_us), offer.name

    def complete(self, row: ExchangeRow) -> ExchangeRow:
        """The row with a cost: the one that it came with, if it has one."""
        return row if row.cost_nanodollars is not None else self.price(row)

    def knows(self, provider: str, model: str) -> bool:
        """Whether a price is known, be it nothing."""
        return self._find(provider, model) is not None

    def bound(self, route: Route, asked: Asked, clock: Clock, assumed_output: int) -> int:
        """What the dearest target that a request may go to could cost, in nanodollars."""
        known = (self._rich if asked.is_rich else self._plain).get(route.name)
        if known is None or known[0] is not route or asked.tier:
            known = self._draw_lines(route, asked, clock)
        input_tokens, dearest = asked.input, 0
        for given, said, most in known[1]:
            output = asked.output
            if output is None or (most is not None and most < output):
                output = most or assumed_output
            if asked.count > 1:
                output = min(output * asked.count, MOST_TOKENS)
            if dearest < (cost := input_tokens * given + output * said):
                dearest = cost
        return -(-dearest // NANO)

    def _draw_lines(self, route: Route, asked: Asked, clock: Clock) -> Lines:
        """For everybody who may be asked and has a price; at a tier that is wanted, and at the usual one, since the
        answer may come at either. They hold for any request like this one if all prices are known and have one step."""
        drawn: list[Line] = []
        holds = not asked.tier
        for target in list_targets(route):
            for tier in (USUAL, asked.tier) if asked.tier else (USUAL,):
                offers = self._find(target.provider.name, target.model, tier)
                if offers is None:
                    break
                offer = offers.only or offers.select(int(clock.unix() * 1000), asked.input)
                given, said = offer.rich if asked.is_rich else offer.plain
                holds = holds and offers.only is not None and given is not None and said is not None
                if (given is not None or not asked.input) and (said is not None or asked.output == 0):
                    drawn.append((given or 0, said or 0, target.profile.max_output_tokens))
        lines = route, drawn
        if holds:
            known = self._rich if asked.is_rich else self._plain
            if len(known) >= MAX_KNOWN:
                known.clear()
            known[route.name] = lines
        return lines

    def find_rates(self, row: ExchangeRow) -> tuple[str, Rates] | None:
        """Whose price a row is reckoned with, and its rates; None where nobody knows any. May be asked by any thread."""
        tier = read_tier(row.price)
        named = self._look_up(row.provider, row.model, tier)
        if named is None:
            return None
        offer = _offer(named, tier).select(row.started_ms, sum(_read_tokens(row)[: len(INPUT_CLASSES)]))
        return offer.name, offer.rates

    def find_tariff(self, provider: str, model: str, tier: str = USUAL) -> Named | None:
        """All that is known of a model's price at a tier; None where that is nothing."""
        return self._look_up(provider, model, tier)

    def _price_hit(self, row: ExchangeRow) -> ExchangeRow:
        """Until now the row has the tokens that were not needed again."""
        if row.saved_nanodollars is not None or row.cost_nanodollars is not None:
            return row
        saved = self.price(msgspec.structs.replace(row, is_hit=False)).cost_nanodollars
        return msgspec.structs.replace(row, cost_nanodollars=0, saved_nanodollars=saved, price=FREE, **_NO_TOKENS)

    def weigh(self, provider: str, model: str, moment_ms: int) -> float | None:
        """A figure to compare prices by: what four tokens in and one out cost then; None where nobody knows."""
        named = self._look_up(provider, model)
        if named is None:
            return None
        rates = select_rates(named.tariff, moment_ms, 0).femtodollars
        given, said = rates[CLASSES.index("input")], rates[CLASSES.index("output")]
        return None if given is None or said is None else float(4 * given + said)

    def quote(self, moment_ms: int, target: Target) -> tuple[float, float] | None:
        """Dollars for a million tokens in and out, at that moment; None where nobody knows."""
        named = self._look_up(target.provider.name, target.model)
        if named is None:
            return None
        rates = select_rates(named.tariff, moment_ms, 0).femtodollars
        given, said = rates[CLASSES.index("input")], rates[CLASSES.index("output")]
        return None if given is None or said is None else (given / FEMTO_IN_MILLIONTH, said / FEMTO_IN_MILLIONTH)

    def _find(self, provider: str, model: str, tier: str = USUAL) -> Offers | None:
        """May be asked in two threads: at worst both look it up."""
        known = self._known
        offers = known.get((provider, model, tier), _NOT_ASKED)
        if offers is _NOT_ASKED:
            named = self._look_up(provider, model, tier)
            offers = _offer(named, tier) if named is not None else None
            if len(known) >= MAX_KNOWN:
                known.clear()
            known[provider, model, tier] = offers
            if offers is None:
                _log.warning(
                    "no price is known of %r at %s; give one under `prices` of the configuration", model, provider
                )
        return offers

    def _look_up(self, provider: str, model: str, tier: str = USUAL) -> Named | None:
        """A provider that costs nothing has a price where one is given for it by name."""
        is_free = provider in self._book.free
        own = [one for one in self._book.own if one.fits(provider, model) and (not is_free or one.names(provider))]
        return find_own(own, tier, partial(self._find_listed, provider, model))

    def _find_listed(self, provider: str, model: str, tier: str) -> Named | None:
        if provider in self._book.free:
            return _FREE
        found = find_tariff(self._book.rows.get(provider, provider), model)
        if found is None:
            return None
        name, tariff = found
        if tier in tariff.tiers:
            return Named(name, Tariff(tariff.id, rates=tariff.tiers[tier]), tier)
        return Named(name, tariff)


def _offer(named: Named, tier: str) -> Offers:
    """What costs nothing does so at any tier."""
    return build_offers(named, USUAL if named is _FREE else tier)


def list_targets(route: Route) -> Iterable[Target]:
    """Everybody who may be asked."""
    yield from route.targets
    for targets in route.fallback.values():
        yield from targets


def price_targets(route: Route, pricer: Pricer, moment_ms: int) -> Route:
    """The route with what counts where the cheapest of its targets is wanted; one target is always the cheapest."""
    if len(route.targets) == 1:
        return route
    priced = [
        msgspec.structs.replace(target, price=pricer.weigh(target.provider.name, target.model, moment_ms))
        for target in route.targets
    ]
    return msgspec.structs.replace(route, targets=tuple(priced))


def read_tier(price: str) -> str:
    """The tier at which a row was answered, whether it is priced or not."""
    found = _TIER.search(price)
    return found[1] if found else USUAL


def measure_work(row: ExchangeRow) -> int:
    """For how many microseconds somebody worked on it: the last attempt, or what is known of the whole."""
    return row.attempts[-1].duration_us if row.attempts else row.duration_us
