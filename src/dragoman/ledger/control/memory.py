"""A control store that keeps everything in memory: for tests, and for gateways that must leave nothing behind."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import AuditEntry, Holdings, KeyRecord, SealedCredential, TeamRecord


def name_taken(kind: str, name: str) -> DragomanError:
    """A second key or team of one name."""
    return DragomanError(Kind.CONFLICT, f"There is, or was, a {kind} called {name!r}; choose another name.")


class MemoryControl:
    """The twin of the store that keeps."""

    def __init__(self) -> None:
        self._keys: dict[str, KeyRecord] = {}
        self._teams: dict[str, TeamRecord] = {}
        self._credentials: dict[tuple[str, str], SealedCredential] = {}
        self._entries: list[AuditEntry] = []

    def read_version(self) -> object:
        """Nobody else can change anything."""
        return 0

    def read_holdings(self) -> Holdings:
        return Holdings(
            tuple(sorted(self._keys.values(), key=lambda key: key.name)),
            tuple(self._teams[name] for name in sorted(self._teams)),
            tuple(self._credentials[named] for named in sorted(self._credentials)),
        )

    def add_key(self, key: KeyRecord, entry: AuditEntry) -> None:
        if any(other.name == key.name or other.id == key.id for other in self._keys.values()):
            raise name_taken("key", key.name)
        self.change_key(key, entry)

    def change_key(self, key: KeyRecord, entry: AuditEntry) -> None:
        self._keys[key.id] = key
        self.record_entry(entry)

    def add_team(self, team: TeamRecord, entry: AuditEntry) -> None:
        if team.name in self._teams:
            raise name_taken("team", team.name)
        self.change_team(team, entry)

    def change_team(self, team: TeamRecord, entry: AuditEntry) -> None:
        self._teams[team.name] = team
        self.record_entry(entry)

    def remove_team(self, name: str, entry: AuditEntry) -> None:
        self._teams.pop(name, None)
        self.record_entry(entry)

    def record_credentials(self, credentials: Sequence[SealedCredential], entry: AuditEntry) -> None:
        self._credentials |= {(one.provider, one.name): one for one in credentials}
        self.record_entry(entry)

    def remove_credential(self, provider: str, name: str, entry: AuditEntry) -> bool:
        if self._credentials.pop((provider, name), None) is None:
            return False
        self.record_entry(entry)
        return True

    def record_entry(self, entry: AuditEntry) -> None:
        self._entries.append(msgspec.structs.replace(entry, sequence=len(self._entries) + 1))

    def read_entries(self, before: int | None, limit: int, text: str = "") -> list[AuditEntry]:
        wanted = [entry for entry in reversed(self._entries) if before is None or entry.sequence < before]
        return [entry for entry in wanted if text in _emit(entry)][:limit]

    def close(self) -> None:
        """Nothing is open."""


def _emit(entry: AuditEntry) -> str:
    return msgspec.json.encode(msgspec.structs.replace(entry, sequence=0)).decode()
