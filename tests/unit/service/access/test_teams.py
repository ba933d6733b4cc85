"""Teams, by admins alone."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Limits
from dragoman.service.access.grants import Maker
from dragoman.service.access.keys import revoke_key
from dragoman.service.access.teams import TeamChange, change_team, find_team, remove_team
from tests.unit.ledger.rows import NOON_MS
from tests.unit.service.registry import BOSS, Registry


def test_a_changed_team_counts_for_its_keys_at_once() -> None:
    registry = Registry()
    registry.add_team(concurrency=5)
    _, secret = registry.add_key(team="red")
    change_team(registry.store, BOSS, "red", TeamChange(concurrency=1), NOON_MS)
    registry.refresh()
    (account,) = registry.find(secret).accounts
    assert account.limits == Limits(concurrency=1)
    (entry,) = registry.store.read_entries(None, 1)
    assert (entry.action, entry.changes) == ("team.change", {"limits": '{"concurrency":1}'})


def test_a_team_with_keys_stays() -> None:
    registry = Registry()
    registry.add_team()
    record, _ = registry.add_key(team="red")
    with pytest.raises(DragomanError) as caught:
        remove_team(registry.store, BOSS, "red", NOON_MS)
    assert caught.value.kind is Kind.CONFLICT
    assert "ada" in caught.value.message
    revoke_key(registry.store, BOSS, record.id, NOON_MS)
    remove_team(registry.store, BOSS, "red", NOON_MS)
    with pytest.raises(DragomanError) as caught:
        find_team(registry.store.read_holdings(), "red")
    assert caught.value.kind is Kind.NOT_FOUND


def test_nobody_but_an_admin_sees_to_teams() -> None:
    registry = Registry()
    registry.add_team()
    for maker in (Maker("m", "team_admin", "red"), Maker("m", "viewer"), Maker("m", "member")):
        with pytest.raises(DragomanError):
            registry.add_team("other", maker)
        with pytest.raises(DragomanError):
            change_team(registry.store, maker, "red", TeamChange(rpm=0), NOON_MS)
        with pytest.raises(DragomanError):
            remove_team(registry.store, maker, "red", NOON_MS)
