"""Keys are made, changed, renewed and revoked by who may, and tell their secret once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Grant, Role
from dragoman.service.access.grants import Maker
from dragoman.service.access.keys import KeyChange, change_key, find_key, may_see, revoke_key, rotate_key
from tests.unit.ledger.rows import NOON_MS
from tests.unit.service.registry import BOSS, CONFIGURED, Registry

LEAD = Maker("lead", "team_admin", "red")


def make_registry() -> Registry:
    registry = Registry(CONFIGURED)
    registry.add_team("red")
    registry.add_team("blue")
    return registry


def refuse(registry: Registry, **wish: Any) -> DragomanError:
    with pytest.raises(DragomanError) as caught:
        registry.add_key("other", **wish)
    return caught.value


def test_the_secret_is_told_once_and_kept_as_a_digest() -> None:
    registry = make_registry()
    record, secret = registry.add_key()
    prefix, key_id, tail = secret.split("_")
    assert (prefix, key_id, len(tail)) == ("dgm", record.id, 48)
    assert record.hint == f"dgm_{record.id}_****{secret[-4:]}"
    kept = msgspec.json.encode(registry.store.read_holdings()) + msgspec.json.encode(
        registry.store.read_entries(None, 9)
    )
    assert not any(tail[start : start + 8].encode() in kept for start in range(len(tail) - 8))


def test_every_change_is_noted_with_who_made_it_and_what_is_new() -> None:
    registry = make_registry()
    record, _ = registry.add_key(rpm=5)
    change_key(registry.store, BOSS, record.id, KeyChange(rpm=6, user="u"), NOON_MS)
    rotate_key(registry.store, BOSS, record.id, NOON_MS)
    revoke_key(registry.store, BOSS, "ada", NOON_MS)
    entries = registry.store.read_entries(None, 4)
    assert [entry.action for entry in entries] == ["key.revoke", "key.rotate", "key.change", "key.create"]
    assert {(entry.actor, entry.subject) for entry in entries} == {("boss", "ada")}
    assert entries[2].changes == {"user": '"u"', "limits": '{"rpm":6}'}
    assert "digest" not in entries[3].changes


def test_a_renewed_key_has_another_secret_and_the_old_one_is_worth_nothing() -> None:
    registry = make_registry()
    record, old = registry.add_key()
    renewed, secret = rotate_key(registry.store, BOSS, record.id, NOON_MS)
    registry.refresh()
    assert registry.find(secret.reveal()).key_id == record.id == renewed.id
    with pytest.raises(DragomanError):
        registry.find(old)


def test_a_revoked_key_stays_revoked() -> None:
    registry = make_registry()
    record, _ = registry.add_key()
    revoke_key(registry.store, BOSS, record.id, NOON_MS)
    with pytest.raises(DragomanError) as caught:
        rotate_key(registry.store, BOSS, record.id, NOON_MS)
    assert caught.value.kind is Kind.CONFLICT
    with pytest.raises(DragomanError) as caught:
        registry.add_key("ada")  # nor is its name free again
    assert caught.value.kind is Kind.CONFLICT


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_members_and_viewers_make_and_change_nothing(role: Role) -> None:
    registry = make_registry()
    record, _ = registry.add_key()
    maker = Maker("m", role)
    assert refuse(registry, maker=maker).kind is Kind.PERMISSION
    with pytest.raises(DragomanError):
        revoke_key(registry.store, maker, record.id, NOON_MS)


def test_the_admin_of_a_team_makes_keys_of_that_team_alone() -> None:
    registry = make_registry()
    record, _ = registry.add_key("mine", LEAD)
    assert record.team == "red"
    assert refuse(registry, maker=LEAD, team="blue").kind is Kind.PERMISSION
    assert refuse(registry, maker=LEAD, role="admin").kind is Kind.PERMISSION
    assert refuse(registry, maker=LEAD, role="viewer").kind is Kind.PERMISSION


def test_the_admin_of_a_team_does_not_even_see_the_keys_of_others() -> None:
    registry = make_registry()
    foreign, _ = registry.add_key("theirs", team="blue")
    stray, _ = registry.add_key("stray")
    for record in (foreign, stray):
        with pytest.raises(DragomanError) as caught:
            find_key(registry.store.read_holdings(), record.id, LEAD)
        assert caught.value.kind is Kind.NOT_FOUND
    assert not may_see(Maker("m", "team_admin", ""), stray)


def test_the_admin_of_a_team_cannot_take_over_an_admins_key_in_it() -> None:
    registry = make_registry()
    record, _ = registry.add_key("chief", team="red", role="admin")
    for take in (rotate_key, revoke_key):
        with pytest.raises(DragomanError) as caught:
            take(registry.store, LEAD, record.id, NOON_MS)
        assert caught.value.kind is Kind.PERMISSION


def test_a_key_that_is_renewed_by_somebody_with_less_gets_less() -> None:
    registry = make_registry()
    record, _ = registry.add_key("wide", team="red")
    narrow = Maker("lead", "team_admin", "red", Grant(models=("a/*",)), expires_ms=NOON_MS + 5)
    renewed, _ = rotate_key(registry.store, narrow, record.id, NOON_MS)
    assert (renewed.grant.models, renewed.expires_ms) == (("a/*",), NOON_MS + 5)


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ({"team": "green"}, "team"),
        ({"role": "team_admin"}, "team"),
        ({"expires_ms": NOON_MS}, "expires_ms"),
        ({"user": "a\nb"}, "user"),
        ({"tags": ("a b",)}, "tags"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: dict[str, Any], path: str) -> None:
    error = refuse(make_registry(), **wish)
    assert (error.kind, error.path) == (Kind.INVALID_REQUEST, path)


def test_a_change_is_checked_like_a_new_key() -> None:
    registry = make_registry()
    record, _ = registry.add_key("mine", LEAD)
    for change in (KeyChange(team="blue"), KeyChange(role="admin")):
        with pytest.raises(DragomanError) as caught:
            change_key(registry.store, LEAD, record.id, change, NOON_MS)
        assert caught.value.kind is Kind.PERMISSION
    changed = change_key(registry.store, LEAD, record.id, KeyChange(expires_ms=NOON_MS + 1, models=("x",)), NOON_MS)
    assert registry.store.read_holdings().keys[0] == changed
