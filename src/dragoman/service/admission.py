"""Lets a request in, as far as its caller's limits go: what it may need is reserved before anybody is asked.

For callers without limits nothing of this happens.
"""

from __future__ import annotations

from dragoman.clock import Clock
from dragoman.config.sections.budgets import BudgetSettings
from dragoman.dialects.base import Envelope
from dragoman.routing.target import Route
from dragoman.service.budgets import Book
from dragoman.service.exchange import Exchange
from dragoman.service.expectation import Parse, read_asked, reckon_estimate
from dragoman.service.pricing import Pricer


class Admission:
    """One for all requests; a reload swaps `settings`."""

    def __init__(self, book: Book, pricer: Pricer, clock: Clock, settings: BudgetSettings) -> None:
        self.settings = settings
        self._book = book
        self._pricer = pricer
        self._clock = clock

    async def admit(self, exchange: Exchange, envelope: Envelope, route: Route, parse: Parse) -> None:
        """Take what the request may need; raises PAYMENT_REQUIRED or RATE_LIMIT with the numbers. It is given back when
        the exchange is settled."""
        accounts, settings = exchange.caller.accounts, self.settings
        estimate = 0
        if any(account.limits.budgets for account in accounts):
            if not self._book.is_loaded:
                await self._book.wait_until_loaded(settings.wait_seconds)
            asked = read_asked(exchange.client_dialect, envelope, parse, settings)
            now_ms = int(self._clock.unix() * 1000)
            estimate = reckon_estimate(asked, route, self._pricer, now_ms, settings)
        # What is said counts by the minute when it has been said: to count all that might be would leave little to say.
        exchange.hold = self._book.reserve(accounts, estimate, exchange.tokens)
