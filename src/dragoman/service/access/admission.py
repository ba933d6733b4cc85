"""Lets a request in, as far as its caller's limits go: what it may need is reserved before anybody is asked.

For callers without limits nothing of this happens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dragoman.clock import Clock
from dragoman.config.sections.budgets import BudgetSettings
from dragoman.dialects.base import Envelope
from dragoman.routing.target import Route
from dragoman.service.access.expectation import Parse, read_asked
from dragoman.service.budgets import Book
from dragoman.service.exchange import Exchange
from dragoman.service.metering.pricing import Pricer


class Admission:
    """One for all requests; a reload swaps `settings`. `end_round` puts to account what has ended, which holds until then
    what it took."""

    def __init__(self, book: Book, pricer: Pricer, clock: Clock, settings: BudgetSettings) -> None:
        self.settings = settings
        self.end_round: Callable[[], None] | None = None
        self._book = book
        self._pricer = pricer
        self._clock = clock

    def admit(self, exchange: Exchange, envelope: Envelope, route: Route, parse: Parse) -> Awaitable[None] | None:
        """Take what the request may need; raises PAYMENT_REQUIRED or RATE_LIMIT with the numbers. It is given back when
        the exchange is settled. Where it is not known yet what was spent, that is to be awaited."""
        end_round, book = self.end_round, self._book
        if end_round is not None:
            end_round()
        accounts, estimate = exchange.caller.accounts, 0
        for account in accounts:
            if account.has_budget:
                if not book.is_loaded:
                    return self._wait_and_admit(exchange, envelope, route, parse)
                settings = self.settings
                asked = read_asked(exchange.client_dialect, envelope, parse, settings)
                estimate = self._pricer.bound(route, asked, self._clock, settings.assumed_output_tokens)
                break
        # What is said counts by the minute when it has been said: to count all that might be would leave little to say.
        exchange.hold = book.reserve(accounts, estimate, exchange.tokens)
        return None

    async def _wait_and_admit(self, exchange: Exchange, envelope: Envelope, route: Route, parse: Parse) -> None:
        await self._book.wait_until_loaded(self.settings.wait_seconds)
        self.admit(exchange, envelope, route, parse)
