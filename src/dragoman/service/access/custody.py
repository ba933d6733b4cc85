"""Keys, teams and the audit log, as the admin API sees them: who asks, what they may, and how things stand by now.

A key is shown with what a refusal would tell of it: the numbers come out of the same book.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import AuditEntry, Grant, KeyRecord, Period, Role, TeamRecord
from dragoman.ledger.control.store import ControlStore
from dragoman.ledger.spend import scope_of_key, scope_of_team
from dragoman.model.secret import Secret
from dragoman.service.access import keys, teams, vault
from dragoman.service.access.control import Control
from dragoman.service.access.directory import Directory
from dragoman.service.access.grants import Maker, find_maker
from dragoman.service.access.vault import OpenSeals

KeyState = Literal["active", "expired", "revoked"]


class GrantCard(msgspec.Struct, frozen=True):
    """What a key or a team may use, and what it has used by now. Money is nanodollars; 0 is no limit."""

    models: tuple[str, ...] | None
    providers: tuple[str, ...] | None
    rpm: int
    tpm: int
    concurrency: int
    budgets: dict[Period, int]
    allow_unpriced: bool
    spent: dict[Period, int]
    reserved_nanodollars: int
    in_flight: int


class KeyCard(GrantCard, frozen=True, kw_only=True):
    """A key, without its secret."""

    id: str
    name: str
    hint: str
    state: KeyState
    role: Role
    team: str
    user: str
    tags: tuple[str, ...]
    maker: str
    created_ms: int
    expires_ms: int | None
    revoked_ms: int | None


class NewKey(msgspec.Struct, frozen=True):
    """A key with its secret, which is told this once."""

    key: KeyCard
    secret: str

    def __repr__(self) -> str:
        return f"<NewKey {self.key.name}>"


class TeamCard(GrantCard, frozen=True, kw_only=True):
    """A team, with how many of its keys are good."""

    name: str
    created_ms: int
    keys: int


class CredentialCard(msgspec.Struct, frozen=True):
    """A provider's key that is kept sealed, as much of it as anybody gets to see."""

    provider: str
    name: str
    hint: str
    created_ms: int


class Custody:
    """The use cases. `name`, `role` and `team` are those of who asks."""

    def __init__(self, control: Control, directory: Directory, clock: Clock, open_seals: OpenSeals) -> None:
        self._control = control
        self._directory = directory
        self._clock = clock
        self._open_seals = open_seals

    def find_maker(self, name: str, role: Role, team: str) -> Maker:
        """What somebody may hand out."""
        return find_maker(self._directory.holdings.keys, name, role, team)

    # -- keys ----------------------------------------------------------------------------------------------------------

    def list_keys(self, maker: Maker) -> list[KeyCard]:
        """All that they may see."""
        return [self._show_key(key) for key in self._directory.holdings.keys if keys.may_see(maker, key)]

    def read_key(self, maker: Maker, key_id: str) -> KeyCard:
        """One of them."""
        return self._show_key(keys.find_key(self._directory.holdings, key_id, maker, is_change=False))

    async def create_key(self, maker: Maker, wish: keys.KeyWish) -> NewKey:
        """A new key."""
        if self._directory.is_configured(wish.name):
            raise DragomanError(Kind.CONFLICT, f"A key of the configuration is called {wish.name!r}.", path="name")
        return await self._renew(lambda store: keys.create_key(store, maker, wish, self._now_ms))

    async def change_key(self, maker: Maker, key_id: str, change: keys.KeyChange) -> KeyCard:
        """The key as it is from now on."""
        return self._show_key(
            await self._control.change(lambda store: keys.change_key(store, maker, key_id, change, self._now_ms))
        )

    async def rotate_key(self, maker: Maker, key_id: str) -> NewKey:
        """The key with another secret."""
        return await self._renew(lambda store: keys.rotate_key(store, maker, key_id, self._now_ms))

    async def revoke_key(self, maker: Maker, key_id: str) -> KeyCard:
        """The key, which is worth nothing from now on."""
        return self._show_key(
            await self._control.change(lambda store: keys.revoke_key(store, maker, key_id, self._now_ms))
        )

    async def _renew(self, work: Callable[[ControlStore], tuple[KeyRecord, Secret]]) -> NewKey:
        record, secret = await self._control.change(work)
        return NewKey(self._show_key(record), secret.reveal())

    # -- teams ---------------------------------------------------------------------------------------------------------

    def list_teams(self, maker: Maker) -> list[TeamCard]:
        """All that they may see."""
        everyone = maker.role in {"admin", "viewer"}
        return [self._show_team(team) for team in self._directory.holdings.teams if everyone or team.name == maker.team]

    async def create_team(self, maker: Maker, wish: teams.TeamWish) -> TeamCard:
        """A new team."""
        return self._show_team(
            await self._control.change(lambda store: teams.create_team(store, maker, wish, self._now_ms))
        )

    async def change_team(self, maker: Maker, name: str, change: teams.TeamChange) -> TeamCard:
        """The team as it is from now on."""
        return self._show_team(
            await self._control.change(lambda store: teams.change_team(store, maker, name, change, self._now_ms))
        )

    async def remove_team(self, maker: Maker, name: str) -> None:
        """The team is no more."""
        await self._control.change(lambda store: teams.remove_team(store, maker, name, self._now_ms))

    # -- providers' keys -----------------------------------------------------------------------------------------------

    def list_credentials(self) -> list[CredentialCard]:
        """All that are kept, by their last characters."""
        return [
            CredentialCard(one.provider, one.name, one.hint, one.created_ms)
            for one in self._directory.holdings.credentials
        ]

    async def add_credential(self, maker: Maker, provider: str, name: str, secret: Secret) -> CredentialCard:
        """Keep one; it is used from now on."""

        def add(store: ControlStore) -> CredentialCard:
            asked = (provider, name, secret)
            one = vault.add_credential(store, self._open_seals(), maker.name, asked, self._now_ms)
            return CredentialCard(one.provider, one.name, one.hint, one.created_ms)

        return await self._control.change(add)

    async def remove_credential(self, maker: Maker, provider: str, name: str) -> None:
        """Forget one."""
        await self._control.change(
            lambda store: vault.remove_credential(store, maker.name, provider, name, self._now_ms)
        )

    # -- the audit log -------------------------------------------------------------------------------------------------

    async def read_entries(self, before: int | None, limit: int, text: str) -> list[AuditEntry]:
        """What was changed, newest first."""
        return await self._control.ask(lambda store: store.read_entries(before, limit, text))

    async def note(self, actor: str, action: str, subject: str, changes: dict[str, str] | None = None) -> None:
        """Note a change that is kept elsewhere, such as one of the configuration."""
        entry = AuditEntry(self._now_ms, actor, action, subject, changes or {})
        await self._control.ask(lambda store: store.record_entry(entry))

    # -- showing -------------------------------------------------------------------------------------------------------

    @property
    def _now_ms(self) -> int:
        return int(self._clock.unix() * 1000)

    def _show_key(self, key: KeyRecord) -> KeyCard:
        name = f"{key.name}#{key.id}" if self._directory.is_configured(key.name) else key.name
        is_over = key.expires_ms is not None and key.expires_ms <= self._now_ms
        return KeyCard(
            **self._show_grant(key.grant, scope_of_key(name)),
            id=key.id,
            name=key.name,
            hint=key.hint,
            state="revoked" if key.revoked_ms is not None else "expired" if is_over else "active",
            role=key.role,
            team=key.team,
            user=key.user,
            tags=key.tags,
            maker=key.maker,
            created_ms=key.created_ms,
            expires_ms=key.expires_ms,
            revoked_ms=key.revoked_ms,
        )

    def _show_team(self, team: TeamRecord) -> TeamCard:
        members = [key for key in self._directory.holdings.keys if key.team == team.name and key.revoked_ms is None]
        return TeamCard(
            **self._show_grant(team.grant, scope_of_team(team.name)),
            name=team.name,
            created_ms=team.created_ms,
            keys=len(members),
        )

    def _show_grant(self, grant: Grant, scope: str) -> dict[str, Any]:
        account = self._directory.book.read(scope)
        return {
            "models": grant.models,
            "providers": grant.providers,
            **msgspec.structs.asdict(grant.limits),
            "allow_unpriced": grant.allow_unpriced,
            "spent": dict(account.spending.spent),
            "reserved_nanodollars": account.reserved,
            "in_flight": account.in_flight,
        }
