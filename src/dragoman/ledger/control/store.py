"""Where what the operator has set is kept. Memory and SQLite pass the same tests (`tests/contract`).

Every change comes with the entry that tells of it, and either both are kept or neither. Synchronous, for one thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dragoman.ledger.control.records import AuditEntry, Holdings, KeyRecord, SealedCredential, TeamRecord


class ControlStore(Protocol):
    """Raises CONFLICT where a name is taken, UNAVAILABLE where nothing can be kept or told now."""

    def read_version(self) -> object:
        """Something that is another after somebody else has changed anything, and after nothing else."""
        ...

    def read_holdings(self) -> Holdings:
        """All keys (the revoked ones too), teams and providers' keys, each by their names."""
        ...

    def add_key(self, key: KeyRecord, entry: AuditEntry) -> None: ...

    def change_key(self, key: KeyRecord, entry: AuditEntry) -> None: ...

    def add_team(self, team: TeamRecord, entry: AuditEntry) -> None: ...

    def change_team(self, team: TeamRecord, entry: AuditEntry) -> None: ...

    def remove_team(self, name: str, entry: AuditEntry) -> None: ...

    def record_credentials(self, credentials: Sequence[SealedCredential], entry: AuditEntry) -> None:
        """Keep each, in place of an older one of the same provider and name."""
        ...

    def remove_credential(self, provider: str, name: str, entry: AuditEntry) -> bool: ...

    def record_entry(self, entry: AuditEntry) -> None:
        """Note a change that is kept elsewhere."""
        ...

    def read_entries(self, before: int | None, limit: int, text: str = "") -> list[AuditEntry]:
        """The newest entries (whose sequence is below `before`) that have the text somewhere in them."""
        ...

    def close(self) -> None: ...
