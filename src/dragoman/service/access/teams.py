"""Teams: what all keys of a team may use together. Only an admin makes, changes and removes them."""

from __future__ import annotations

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import AuditEntry, Grant, Holdings, TeamRecord
from dragoman.ledger.control.store import ControlStore
from dragoman.service.access.grants import (
    Maker,
    Terms,
    TermsChange,
    build_grant,
    change_grant,
    check_name,
    inherit_grant,
)


class TeamWish(Terms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A team that is to be."""

    name: str


class TeamChange(TermsChange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a team is to be different. Its name stays."""


def create_team(store: ControlStore, maker: Maker, wish: TeamWish, now_ms: int) -> TeamRecord:
    """A new team."""
    _check_maker(maker)
    check_name(wish.name)
    team = TeamRecord(wish.name, now_ms, inherit_grant(build_grant(wish), maker))
    store.add_team(team, AuditEntry(now_ms, maker.name, "team.create", team.name, _describe(team.grant, Grant())))
    return team


def change_team(store: ControlStore, maker: Maker, name: str, change: TeamChange, now_ms: int) -> TeamRecord:
    """The team as it is from now on."""
    _check_maker(maker)
    before = find_team(store.read_holdings(), name)
    grant = inherit_grant(change_grant(before.grant, change), maker)
    changed = msgspec.structs.replace(before, grant=grant)
    entry = AuditEntry(now_ms, maker.name, "team.change", name, _describe(grant, before.grant))
    store.change_team(changed, entry)
    return changed


def remove_team(store: ControlStore, maker: Maker, name: str, now_ms: int) -> None:
    """The team is no more. Its keys would be without its limits, so they have to go first."""
    _check_maker(maker)
    holdings = store.read_holdings()
    find_team(holdings, name)
    members = [key.name for key in holdings.keys if key.team == name and key.revoked_ms is None]
    if members:
        shown = ", ".join(members[:5]) + (", …" if len(members) > 5 else "")
        raise DragomanError(Kind.CONFLICT, f"The team {name!r} still has keys: {shown}. Move or revoke them first.")
    store.remove_team(name, AuditEntry(now_ms, maker.name, "team.remove", name))


def find_team(holdings: Holdings, name: str) -> TeamRecord:
    """The team of that name."""
    for team in holdings.teams:
        if team.name == name:
            return team
    raise DragomanError(Kind.NOT_FOUND, f"There is no team {name[:64]!r}.")


def _check_maker(maker: Maker) -> None:
    if maker.role != "admin":
        raise DragomanError(Kind.PERMISSION, "Only an admin may see to teams.")


def _describe(grant: Grant, before: Grant) -> dict[str, str]:
    old = msgspec.structs.asdict(before)
    new = msgspec.structs.asdict(grant).items()
    return {name: msgspec.json.encode(value).decode() for name, value in new if value != old[name]}
