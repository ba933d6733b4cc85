"""Makes the callers of what the configuration says and of what the operator has set since.

A caller is made anew only when something about it has changed; its accounts live in the book, so that nothing of what
they have counted is lost by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from dragoman.clock import Clock
from dragoman.config.sections.auth import KeySettings
from dragoman.config.sections.budgets import BudgetSettings
from dragoman.ledger.control.records import Grant, Holdings, KeyRecord, Limits, Period, TeamRecord
from dragoman.ledger.spend import GATEWAY, scope_of_key, scope_of_team
from dragoman.service.budgets import Book
from dragoman.service.limits import NANODOLLARS, Account
from dragoman.service.principals import ANYBODY, Principal, Principals, digest_secret
from dragoman.service.scope import IsPriced, Scope

NOTHING_GRANTED_SPECIALLY = Grant()


class Made(NamedTuple):
    """A caller, and what it was made of."""

    key: KeyRecord
    team: TeamRecord | None
    principal: Principal


class Directory:
    """`principals` is always the same object; what is in it changes."""

    def __init__(self, book: Book, is_priced: IsPriced, clock: Clock) -> None:
        self.principals = Principals({}, clock)
        self.book = book
        self.holdings = Holdings()
        self._is_priced = is_priced
        self._keys: Sequence[KeySettings] = ()
        self._gateway = Grant()
        self._made: dict[str, Made] = {}

    def __repr__(self) -> str:
        return f"<Directory: {len(self._keys)} configured keys, {len(self.holdings.keys)} virtual ones>"

    def change_settings(self, keys: Sequence[KeySettings], budgets: BudgetSettings) -> None:
        """Another configuration from now on."""
        self._keys = keys
        gateway = build_gateway_grant(budgets)
        if gateway != self._gateway:
            self._gateway, self._made = gateway, {}
        self._rebuild()

    def change_holdings(self, holdings: Holdings | None) -> None:
        """Other virtual keys and teams from now on; None: they cannot be read, and those that are known stay."""
        self.principals.is_blind = holdings is None
        if holdings is not None:
            self.holdings = holdings
        self._rebuild()

    def is_configured(self, name: str) -> bool:
        """Whether a key of the configuration has this name."""
        return any(key.name == name for key in self._keys)

    def _rebuild(self) -> None:
        teams = {team.name: team for team in self.holdings.teams}
        made = {key.id: self._make(key, teams.get(key.team)) for key in self.holdings.keys if key.revoked_ms is None}
        self._made = made
        table = {one.key.digest: one.principal for one in made.values()}
        for key in self._keys:
            table[digest_secret(key.secret.reveal())] = self._make_configured(key, teams.get(key.team))
        is_open = not self._keys and not self.holdings.keys and not self.principals.is_blind
        self.principals.change(table, self._make_anybody() if is_open else None)

    def _make(self, key: KeyRecord, team: TeamRecord | None) -> Made:
        known = self._made.get(key.id)
        name = f"{key.name}#{key.id}" if self.is_configured(key.name) else key.name
        if known is not None and known[:2] == (key, team) and known.principal.name == name:
            return known
        accounts = self._open_accounts(team)
        if key.grant.limits != Limits():
            accounts = (self.book.open(scope_of_key(name), f"The key {name!r}", key.grant.limits), *accounts)
        principal = Principal(
            name=name,
            role=key.role,
            key_id=key.id,
            team=key.team,
            user=key.user,
            tags=",".join(key.tags),
            expires_ms=key.expires_ms,
            scope=self._build_scope(key.grant, team.grant if team else NOTHING_GRANTED_SPECIALLY),
            accounts=accounts,
        )
        return Made(key, team, principal)

    def _make_configured(self, key: KeySettings, team: TeamRecord | None) -> Principal:
        scope = self._build_scope(team.grant if team else NOTHING_GRANTED_SPECIALLY)
        return Principal(key.name, key.role, team=key.team, scope=scope, accounts=self._open_accounts(team))

    def _make_anybody(self) -> Principal:
        return msgspec.structs.replace(ANYBODY, scope=self._build_scope(), accounts=self._open_accounts(None))

    def _open_accounts(self, team: TeamRecord | None) -> tuple[Account, ...]:
        accounts = []
        if team is not None and team.grant.limits != Limits():
            accounts.append(self.book.open(scope_of_team(team.name), f"The team {team.name!r}", team.grant.limits))
        if self._gateway.limits != Limits():
            accounts.append(self.book.open(GATEWAY, "This gateway", self._gateway.limits))
        return tuple(accounts)

    def _build_scope(self, *grants: Grant) -> Scope | None:
        """None where nothing is narrowed."""
        models = [grant.models for grant in grants if grant.models is not None]
        providers = [grant.providers for grant in grants if grant.providers is not None]
        all_grants = (*grants, self._gateway)
        needs_price = any(grant.limits.budgets and not grant.allow_unpriced for grant in all_grants)
        if not models and not providers and not needs_price:
            return None
        return Scope(models, providers, self._is_priced if needs_price else None)


def build_gateway_grant(settings: BudgetSettings) -> Grant:
    """What the gateway as a whole may spend. A float is taken at the digits it was written with."""
    given: dict[Period, float | None] = {
        "day": settings.day_dollars,
        "week": settings.week_dollars,
        "month": settings.month_dollars,
        "total": settings.total_dollars,
    }
    budgets = {
        period: int(Decimal(repr(dollars)) * NANODOLLARS) for period, dollars in given.items() if dollars is not None
    }
    return Grant(limits=Limits(budgets=budgets), allow_unpriced=settings.allow_unpriced)
