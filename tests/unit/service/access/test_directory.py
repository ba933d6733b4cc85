"""Configuration, keys and teams together make the callers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.config.sections.auth import KeySettings
from dragoman.config.sections.budgets import BudgetSettings
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Limits
from dragoman.model.secret import Secret
from dragoman.service.access.directory import build_gateway_grant
from dragoman.service.access.keys import revoke_key
from tests.unit.ledger.rows import NOON_MS
from tests.unit.service.registry import BOSS, CONFIGURED, Registry


def test_a_key_of_the_configuration_is_an_admin_unless_it_says_otherwise() -> None:
    viewer = KeySettings(Secret("a-key-that-only-looks-on"), "eye", role="viewer")
    registry = Registry(CONFIGURED, viewer)
    assert registry.find("a-key-of-the-configuration").role == "admin"
    assert registry.find("a-key-that-only-looks-on").role == "viewer"


def test_a_virtual_key_is_found_with_all_that_was_said_of_it() -> None:
    registry = Registry(CONFIGURED)
    registry.add_team()
    record, secret = registry.add_key(team="red", user="u-1", tags=("a", "b"), role="viewer")
    found = registry.find(secret)
    assert (found.name, found.key_id, found.role) == ("ada", record.id, "viewer")
    assert (found.team, found.user, found.tags) == ("red", "u-1", "a,b")
    assert (found.scope, found.accounts) == (None, ())


def test_the_first_virtual_key_closes_the_door_and_revoking_it_does_not_open_it() -> None:
    registry = Registry()
    assert registry.find(None).name == "anonymous"
    record, _ = registry.add_key()
    for revoke in (False, True):
        if revoke:
            revoke_key(registry.store, BOSS, record.id, NOON_MS)
            registry.refresh()
        with pytest.raises(DragomanError) as caught:
            registry.find(None)
        assert caught.value.kind is Kind.AUTHENTICATION


def test_a_revoked_key_is_told_as_one_that_never_was() -> None:
    registry = Registry(CONFIGURED)
    record, secret = registry.add_key()
    revoke_key(registry.store, BOSS, record.id, NOON_MS)
    registry.refresh()
    messages = set()
    for wrong in (secret, secret + "0", None):
        with pytest.raises(DragomanError) as caught:
            registry.find(wrong)
        messages.add(caught.value.message)
    assert len(messages) == 1


def test_limits_of_key_team_and_gateway_all_count() -> None:
    registry = Registry(CONFIGURED, day_dollars=100.0)
    registry.add_team(budgets={"month": 50})
    _, secret = registry.add_key(team="red", rpm=5)
    titles = [account.title for account in registry.find(secret).accounts]
    assert titles == ["The key 'ada'", "The team 'red'", "This gateway"]
    assert [account.title for account in registry.find("a-key-of-the-configuration").accounts] == ["This gateway"]


def test_anybody_is_under_the_gateways_budget_too() -> None:
    assert [account.title for account in Registry(day_dollars=1.0).find(None).accounts] == ["This gateway"]


def test_a_change_of_limits_forgets_nothing_that_was_counted() -> None:
    registry = Registry(CONFIGURED)
    record, secret = registry.add_key(concurrency=2, rpm=9)
    (account,) = registry.find(secret).accounts
    registry.book.reserve([account], 0, 1)
    limits = Limits(concurrency=1)
    registry.store._keys[record.id] = msgspec.structs.replace(
        record, grant=msgspec.structs.replace(record.grant, limits=limits)
    )
    registry.refresh()
    assert registry.find(secret).accounts == (account,)
    with pytest.raises(DragomanError):
        registry.book.reserve([account], 0, 1)


def test_nothing_is_made_anew_that_did_not_change() -> None:
    registry = Registry(CONFIGURED)
    _, secret = registry.add_key(models=("a/*",))
    before = registry.find(secret)
    registry.add_key("bob")
    assert registry.find(secret) is before


@pytest.mark.parametrize(
    ("key", "team", "needs_price"),
    [
        ({"budgets": {"day": 1}}, {}, True),
        ({"budgets": {"day": 1}, "allow_unpriced": True}, {}, False),
        ({"allow_unpriced": True}, {"budgets": {"day": 1}}, True),
        ({}, {"budgets": {"day": 1}, "allow_unpriced": True}, False),
        ({"rpm": 1}, {}, False),
    ],
)
def test_whoever_has_a_budget_needs_prices_unless_the_budgets_owner_lets_them(
    key: dict[str, Any], team: dict[str, Any], needs_price: bool
) -> None:
    registry = Registry(CONFIGURED)
    registry.add_team(**team)
    _, secret = registry.add_key(team="red", **key)
    assert (registry.find(secret).scope is not None) is needs_price


def test_a_virtual_key_that_is_called_like_a_configured_one_is_told_apart() -> None:
    registry = Registry()
    record, secret = registry.add_key("root")
    registry.directory.change_settings([CONFIGURED], BudgetSettings())
    assert registry.find(secret).name == f"root#{record.id}"
    assert registry.find("a-key-of-the-configuration").name == "root"


def test_keys_that_cannot_be_read_leave_the_known_ones_as_they_are() -> None:
    registry = Registry()
    _, secret = registry.add_key()
    registry.directory.change_holdings(None)
    assert registry.find(secret).name == "ada"


def test_a_gateway_that_never_could_read_its_keys_lets_nobody_in() -> None:
    registry = Registry()
    registry.directory.change_holdings(None)
    with pytest.raises(DragomanError) as caught:
        registry.find(None)
    assert caught.value.status == 503


def test_dollars_are_taken_at_the_digits_they_are_written_with() -> None:
    grant = build_gateway_grant(BudgetSettings(day_dollars=0.1, total_dollars=20.0))
    assert grant.limits.budgets == {"day": 100_000_000, "total": 20_000_000_000}
