"""Whatever comes in whatever order (races, failures, kills, midnights), no budget is overrun and nothing is forgotten."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Limits
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.row import ExchangeRow, Reservation, interrupt
from dragoman.ledger.spend import GATEWAY, read_spend
from dragoman.service.budgets import Book, Hold
from dragoman.service.limits import Account
from dragoman.service.spending import find_starts
from tests.trials import trials
from tests.unit.ledger.rows import NOON_MS, make_reservation, make_row

KEYS = ("ada", "bob")
BUDGETS: dict[str, Limits] = {
    "key:ada": Limits(concurrency=4, budgets={"day": 100, "total": 400}),
    "key:bob": Limits(budgets={"week": 150}),
    "team:red": Limits(concurrency=6, budgets={"month": 220}),
    GATEWAY: Limits(budgets={"day": 200}),
}


def reckon(row: ExchangeRow) -> ExchangeRow:
    """A nanodollar for each token of output; nobody knows what `odd` costs."""
    cost = None if row.model == "odd" else row.output
    return msgspec.structs.replace(row, cost_nanodollars=cost)


class Running:
    """A request that has been let in, with what the journal knows of it."""

    def __init__(self, hold: Hold, noted: Reservation) -> None:
        self.hold = hold
        self.noted = noted


class Budgets(RuleBasedStateMachine):
    """A gateway with its ledger: rows arrive there some time after they are settled."""

    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock(unix=NOON_MS / 1000)
        self.store = MemoryStore()
        self.open: dict[str, Running] = {}
        self.waiting: list[ExchangeRow] = []
        self.number = 0
        self.start()

    def start(self) -> None:
        self.book = Book(self.clock, reckon)
        self.book.reload(lambda since_ms: read_spend(self.store, since_ms))
        self.book.catch_up()
        self.accounts = {scope: self.book.open(scope, scope, limits) for scope, limits in BUDGETS.items()}

    @property
    def now_ms(self) -> int:
        return int(self.clock.unix() * 1000)

    def accounts_of(self, key: str) -> list[Account]:
        return [self.accounts[f"key:{key}"], self.accounts["team:red"], self.accounts[GATEWAY]]

    @rule(target=running, key=st.sampled_from(KEYS), estimate=st.integers(1, 60))
    def reserve(self, key: str, estimate: int) -> str:
        self.number += 1
        before = self.read_taken()
        hold = self.take(key, estimate)
        if hold is None:
            assert self.read_taken() == before
            return ""
        noted = make_reservation(
            self.number, started_ms=self.now_ms, principal=key, team="red", estimate_nanodollars=estimate
        )
        self.open[noted.id] = Running(hold, noted)
        return noted.id

    def take(self, key: str, estimate: int) -> Hold | None:
        try:
            return self.book.reserve(self.accounts_of(key), estimate, 1)
        except DragomanError as error:
            if error.kind not in {Kind.PAYMENT_REQUIRED, Kind.RATE_LIMIT}:
                raise
            return None

    def read_taken(self) -> dict[str, tuple[int, int]]:
        return {scope: (account.reserved, account.in_flight) for scope, account in self.accounts.items()}

    def end(self, exchange_id: str, **row: Any) -> None:
        request = self.open.pop(exchange_id, None)
        if request is None:
            return
        noted = request.noted
        ended = make_row(started_ms=noted.started_ms, principal=noted.principal, team=noted.team, **row)
        ended = msgspec.structs.replace(ended, id=noted.id)
        self.waiting.append(request.hold.settle(ended))
        assert request.hold.settle(ended) is ended

    @rule(exchange_id=consumes(running), share=st.floats(0, 1))
    def serve(self, exchange_id: str, share: float) -> None:
        if exchange_id in self.open:
            self.end(exchange_id, output=int(self.open[exchange_id].hold.estimate * share))

    @rule(exchange_id=consumes(running))
    def serve_what_has_no_price(self, exchange_id: str) -> None:
        self.end(exchange_id, model="odd", output=10**9)

    @rule(exchange_id=consumes(running))
    def fail(self, exchange_id: str) -> None:
        self.end(exchange_id, provider="", model="", input=0, output=0, outcome="failed")

    @rule(count=st.integers(1, 5))
    def arrive(self, count: int) -> None:
        moved, self.waiting = self.waiting[:count], self.waiting[count:]
        self.store.record_exchanges(moved)
        self.book.tell(moved)

    @rule()
    def ask_the_ledger(self) -> None:
        self.book.reload(lambda since_ms: read_spend(self.store, since_ms))

    @rule(hours=st.integers(1, 40))
    def pass_time(self, hours: int) -> None:
        self.clock.advance(hours * 3600)

    @rule()
    def kill(self) -> None:
        """What was settled is in the journal, what was not is interrupted at its estimate; then all begins anew."""
        before = {scope: self.book.read(scope) for scope in BUDGETS}
        owed = {scope: account.spending.spent["total"] + account.reserved for scope, account in before.items()}
        self.store.record_exchanges(self.waiting)
        self.store.record_exchanges([interrupt(request.noted) for request in self.open.values()])
        self.waiting, self.open = [], {}
        self.start()
        assert {scope: self.book.read(scope).spending.spent["total"] for scope in BUDGETS} == owed

    @invariant()
    def nothing_is_forgotten_and_nothing_overrun(self) -> None:
        starts = find_starts(self.now_ms)
        for scope, limits in BUDGETS.items():
            account = self.book.read(scope)
            running = [request for request in self.open.values() if scope in self.scopes_of(request.noted)]
            assert account.reserved == sum(request.hold.estimate for request in running)
            assert account.in_flight == len(running)
            for period, budget in limits.budgets.items():
                rows = [*self.store.rows.values(), *self.waiting]
                spent = sum(
                    row.cost_nanodollars or 0
                    for row in rows
                    if row.started_ms >= starts[period] and scope in self.scopes_of(row)
                )
                assert account.spending.spent[period] == spent
                begun = [request for request in running if request.noted.started_ms >= starts[period]]
                assert spent + sum(request.hold.estimate for request in begun) <= budget

    def scopes_of(self, noted: Reservation | ExchangeRow) -> list[str]:
        return [f"key:{noted.principal}", f"team:{noted.team}", GATEWAY]


TestBudgets = Budgets.TestCase
TestBudgets.settings = settings(trials(60), stateful_step_count=60)
