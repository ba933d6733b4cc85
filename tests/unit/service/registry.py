"""A directory over a store in memory, with keys and teams made as the operator would."""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.clock import FixedClock
from dragoman.config.sections.auth import KeySettings
from dragoman.config.sections.budgets import BudgetSettings
from dragoman.ledger.control.memory import MemoryControl
from dragoman.ledger.control.records import KeyRecord, TeamRecord
from dragoman.ledger.row import ExchangeRow
from dragoman.model.secret import Secret
from dragoman.service.access.directory import Directory
from dragoman.service.access.grants import Maker
from dragoman.service.access.keys import KeyWish, create_key
from dragoman.service.access.teams import TeamWish, create_team
from dragoman.service.budgets import Book
from dragoman.service.principals import Principal
from tests.unit.ledger.rows import NOON_MS

BOSS = Maker("boss")
CONFIGURED = KeySettings(Secret("a-key-of-the-configuration"), "root")


def reckon(row: ExchangeRow) -> ExchangeRow:
    """A nanodollar for each token of output."""
    return msgspec.structs.replace(row, cost_nanodollars=row.output, price="list")


class Registry:
    """What is kept, and who is let in by it. It is noon."""

    def __init__(self, *keys: KeySettings, **budgets: Any) -> None:
        self.clock = FixedClock(unix=NOON_MS / 1000)
        self.store = MemoryControl()
        self.book = Book(self.clock, reckon)
        self.book.start_empty()
        self.directory = Directory(self.book, lambda provider, model: model != "odd", self.clock)
        self.directory.change_settings(keys, BudgetSettings(**budgets))

    def add_key(self, name: str = "ada", maker: Maker = BOSS, **wish: Any) -> tuple[KeyRecord, str]:
        record, secret = create_key(self.store, maker, KeyWish(name=name, **wish), NOON_MS)
        self.refresh()
        return record, secret.reveal()

    def add_team(self, name: str = "red", maker: Maker = BOSS, **wish: Any) -> TeamRecord:
        team = create_team(self.store, maker, TeamWish(name=name, **wish), NOON_MS)
        self.refresh()
        return team

    def refresh(self) -> None:
        self.directory.change_holdings(self.store.read_holdings())

    def find(self, secret: str | None) -> Principal:
        return self.directory.principals.identify(secret)
