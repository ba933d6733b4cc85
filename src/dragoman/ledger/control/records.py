"""What is kept of keys, teams, providers' keys and changes. Secrets are here as digests or sealed, never as they are.

Records are kept as JSON, so a new field needs a default and nothing else. Times are unix milliseconds, money nanodollars.
Names do not change and are not given twice, also not after a key was revoked: what a key owns is found by its name.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["admin", "viewer", "team_admin", "member"]
"""What a key may do in the admin API; models it may ask for in any role."""

Period = Literal["day", "week", "month", "total"]
"""How long a budget lasts, by UTC; weeks begin on Monday, `total` never ends."""


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much, 0 or left out: no limit."""

    rpm: int = 0
    tpm: int = 0
    concurrency: int = 0
    budgets: dict[Period, int] = {}


class Grant(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a key or a team may use. Patterns have `*` for any text; None: everything, empty: nothing."""

    models: tuple[str, ...] | None = None
    providers: tuple[str, ...] | None = None
    limits: Limits = Limits()
    allow_unpriced: bool = False  # may use, under a budget, what nobody knows the price of


class KeyRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A virtual key. `maker` is who made it, by name."""

    id: str
    name: str
    digest: bytes
    hint: str
    created_ms: int
    maker: str
    role: Role = "member"
    team: str = ""
    user: str = ""
    tags: tuple[str, ...] = ()
    expires_ms: int | None = None
    revoked_ms: int | None = None
    grant: Grant = Grant()


class TeamRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A team: what all of its keys together may use."""

    name: str
    created_ms: int
    grant: Grant = Grant()


class SealedCredential(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key of a provider. `sealed` can be opened only by who has the sealing key, and only as this provider's."""

    provider: str
    name: str
    sealed: bytes
    hint: str
    created_ms: int


class AuditEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change. `sequence` is given by the store; `changes` are the fields with their new values, without secrets."""

    at_ms: int
    actor: str
    action: str  # `key.create`, `team.change`, …
    subject: str
    changes: dict[str, str] = {}
    sequence: int = 0


class Holdings(msgspec.Struct, frozen=True):
    """Everything that counts while the gateway runs."""

    keys: tuple[KeyRecord, ...] = ()
    teams: tuple[TeamRecord, ...] = ()
    credentials: tuple[SealedCredential, ...] = ()
