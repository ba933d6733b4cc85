"""The book of all accounts: what is reserved, what is settled, and what the ledger says.

Everything but `tell` and `reload` belongs to the event loop's thread. Those two are for the ledger's: what they bring lies
in an inbox until the loop looks at it, in the order in which it came, so that a sum from the ledger and the rows that
arrived before it fit together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Limits, Period
from dragoman.ledger.row import ESTIMATE, ExchangeRow
from dragoman.ledger.spend import fold_spend, list_scopes
from dragoman.routing.gauges import Entry
from dragoman.service.limits import NO_LIMITS, Account
from dragoman.service.spending import PERIODS, Spending, charge_all, find_starts

LOOK_SECONDS = 1.0

Told = Mapping[str, Mapping[Period, int]]
ReadSpend = Callable[[int], Mapping[str, int]]
"""What each scope has spent since the day that begins then."""

Reckon = Callable[[ExchangeRow], ExchangeRow]


Taken = tuple[Account, Entry | None]
"""Of whom something was taken, and where that was counted by the minute."""


class Hold(msgspec.Struct):
    """What one request has taken, of all accounts that it counts for. `is_booked`: one of them has a budget, so that the
    cost counts at once; that of others counts when the ledger tells it."""

    book: Book
    taken: Sequence[Taken] | None
    estimate: int
    tokens: int
    is_booked: bool = False

    def settle(self, row: ExchangeRow) -> ExchangeRow:
        """The exchange is over: give back what it took, and book what it cost. The row as the ledger gets it. Tokens by the
        minute are those that were used; a request that reached nobody counts for nothing."""
        taken, self.taken = self.taken, None
        if taken is None:
            return row
        tokens, is_counted = -self.tokens, row.provider != ""
        if is_counted:
            used = row.input + row.cache_read + row.cache_write_5m + row.cache_write_1h + row.output + row.reasoning
            tokens = used + tokens if used else 0
        estimate = self.estimate
        for account, entry in taken:
            account.give_back(estimate, entry, tokens, is_counted)
        if not self.is_booked:
            return row
        book = self.book
        if row.cost_nanodollars is None or not row.is_booked:
            row = book.complete(row, estimate)
        if cost := row.cost_nanodollars:
            payer = row.principal, row.team
            charge_all(book.payers.get(payer) or book.find_payers(*payer), cost, row.started_ms, book.clock)
        return row


class Book:
    """All accounts. `is_loaded` says whether it is known what was spent before."""

    def __init__(self, clock: Clock, reckon: Reckon) -> None:
        self.is_loaded = False
        self.has_budgets = False
        self.clock = clock
        self._reckon = reckon
        self._accounts: dict[str, Account] = {}
        self.payers: dict[tuple[str, str], Sequence[Spending]] = {}
        self._inbox: deque[Callable[[], None]] = deque()

    def __repr__(self) -> str:
        return f"<Book: {len(self._accounts)} accounts{'' if self.is_loaded else ', not loaded'}>"

    # -- the event loop's ----------------------------------------------------------------------------------------------

    def open(self, scope: str, title: str, limits: Limits = NO_LIMITS) -> Account:
        """The account of a scope, with these limits from now on."""
        account = self._find(scope)
        account.title = title
        if account.limits != limits:
            account.change(limits)
        self.has_budgets = self.has_budgets or bool(limits.budgets)
        return account

    def reserve(self, accounts: Sequence[Account], estimate: int, tokens: int) -> Hold:
        """Take for a request what it may need, or refuse it; nothing happens in between."""
        if self._inbox:
            self.catch_up()
        clock = self.clock
        now = clock.monotonic()
        taken: list[Taken] = []
        is_booked = False
        try:
            for account in accounts:
                taken.append((account, account.take(estimate, tokens, now, clock)))
                if account.has_budget:
                    is_booked = True
        except DragomanError:  # all of them have room, or nothing is taken of any
            for account, entry in taken:
                account.give_back(estimate, entry, -tokens, False)
            raise
        return Hold(self, taken, estimate, tokens, is_booked)

    def complete(self, row: ExchangeRow, estimate: int) -> ExchangeRow:
        """The row of a settled exchange with its cost. What nobody knows the price of costs what was reserved for it."""
        cost, price = row.cost_nanodollars, row.price
        if cost is None:
            row = self._reckon(row)
            cost, price = row.cost_nanodollars, row.price
            if cost is None and estimate:
                cost, price = estimate, ESTIMATE
        return msgspec.structs.replace(row, cost_nanodollars=cost, price=price, is_booked=True)

    def find_payers(self, principal: str, team: str) -> Sequence[Spending]:
        """Everybody whom an exchange of theirs counts for."""
        payers = [self._find(scope).spending for scope in list_scopes(principal, team)]
        self.payers[principal, team] = payers
        return payers

    def catch_up(self) -> None:
        """Look at what the ledger has told meanwhile."""
        while self._inbox:
            self._inbox.popleft()()

    async def keep_up(self) -> None:
        """Look at it now and then, also where nobody asks, until cancelled."""
        while True:
            self.catch_up()
            await asyncio.sleep(LOOK_SECONDS)

    async def wait_until_loaded(self, seconds: float) -> None:
        """Raises UNAVAILABLE where the ledger does not tell in time what was spent before."""
        deadline = self.clock.monotonic() + seconds
        while True:
            self.catch_up()
            if self.is_loaded:
                return
            if self.clock.monotonic() >= deadline:
                raise DragomanError(
                    Kind.OVERLOADED,
                    "The gateway does not know yet what was spent before it started; its ledger cannot be read.",
                    blame="gateway",
                    retry_after_seconds=1.0,
                )
            await asyncio.sleep(0.01)

    def read(self, scope: str) -> Account:
        """The account of a scope as it is by now, with the numbers that a refusal would tell."""
        self.catch_up()
        account = self._find(scope)
        account.spending.roll(int(self.clock.unix() * 1000))
        return account

    def _find(self, scope: str) -> Account:
        account = self._accounts.get(scope)
        if account is None:
            account = self._accounts[scope] = Account(scope, int(self.clock.unix() * 1000))
        return account

    # -- the ledger's thread -------------------------------------------------------------------------------------------

    def tell(self, rows: Sequence[ExchangeRow]) -> None:
        """These have arrived in the ledger."""
        booked = fold_spend([row for row in rows if row.is_booked])
        others = fold_spend([row for row in rows if not row.is_booked])
        if booked or others:
            self._inbox.append(lambda: self._note_arrival(booked, others))

    def reload(self, read: ReadSpend) -> None:
        """Ask the ledger what was spent, once, and again where somebody has a budget: others may write to it too. All
        rows that have arrived there must have been told of before."""
        if self.is_loaded and not self.has_budgets:
            return
        starts = find_starts(int(self.clock.unix() * 1000))
        told: dict[str, dict[Period, int]] = {}
        for period in PERIODS:
            for scope, cost in read(starts[period]).items():
                told.setdefault(scope, {})[period] = cost
        self._inbox.append(lambda: self._load(starts, told))

    def start_empty(self) -> None:
        """There is no ledger to ask."""
        self.is_loaded = True

    def _note_arrival(self, booked: Mapping[tuple[str, int], int], others: Mapping[tuple[str, int], int]) -> None:
        now_ms = int(self.clock.unix() * 1000)
        for (scope, day_ms), cost in booked.items():
            self._find(scope).spending.arrive(cost, day_ms)
        for (scope, day_ms), cost in others.items():
            spending = self._find(scope).spending
            spending.roll(now_ms)
            spending.add(cost, day_ms)

    def _load(self, starts: Mapping[Period, int], told: Told) -> None:
        for scope in told.keys() | self._accounts.keys():
            self._find(scope).spending.load(starts, told.get(scope, {}))
        self.is_loaded = True
