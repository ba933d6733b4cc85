"""What the admin API shows and does of keys and teams, for whom."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dragoman.config.sealing import SEAL_KEY
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.memory import MemoryControl
from dragoman.model.secret import Secret
from dragoman.service.access.control import Control
from dragoman.service.access.custody import Custody
from dragoman.service.access.grants import Maker
from dragoman.service.access.keys import KeyChange, KeyWish
from dragoman.service.access.teams import TeamChange, TeamWish
from dragoman.service.access.vault import open_seals
from tests.unit.ledger.rows import NOON_MS, make_row
from tests.unit.service.registry import CONFIGURED, Registry

SEALING = {SEAL_KEY: base64.b64encode(bytes(range(32))).decode()}
BOSS, LEAD, EYE = Maker("root"), Maker("lead", "team_admin", "red"), Maker("eye", "viewer")


class Bureau:
    """A custody over a registry, and its own door."""

    def __init__(self) -> None:
        self.registry = Registry(CONFIGURED)
        store: MemoryControl = self.registry.store
        self.control = Control(store, self.registry.directory.change_holdings)
        self.custody = Custody(self.control, self.registry.directory, self.registry.clock, lambda: open_seals(SEALING))


def visit(story: Callable[[Bureau], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        bureau = Bureau()
        try:
            return await story(bureau)
        finally:
            await bureau.control.aclose()

    return asyncio.run(run())


def test_a_new_key_is_good_when_its_secret_is_told_and_a_revoked_one_bad_when_that_is_told() -> None:
    async def story(bureau: Bureau) -> None:
        made = await bureau.custody.create_key(BOSS, KeyWish(name="ada", rpm=5))
        assert bureau.registry.find(made.secret).key_id == made.key.id
        assert made.secret not in repr(made)
        renewed = await bureau.custody.rotate_key(BOSS, "ada")
        assert bureau.registry.find(renewed.secret).key_id == made.key.id
        changed = await bureau.custody.change_key(BOSS, "ada", KeyChange(rpm=6))
        assert (changed.rpm, changed.state, changed.maker) == (6, "active", "root")
        revoked = await bureau.custody.revoke_key(BOSS, made.key.id)
        assert (revoked.state, revoked.revoked_ms) == ("revoked", NOON_MS)
        with pytest.raises(DragomanError):
            bureau.registry.find(renewed.secret)

    visit(story)


def test_what_is_shown_is_what_a_refusal_would_tell() -> None:
    async def story(bureau: Bureau) -> None:
        await bureau.custody.create_team(BOSS, TeamWish(name="red", budgets={"month": 1000}))
        made = await bureau.custody.create_key(BOSS, KeyWish(name="ada", team="red", budgets={"day": 100}))
        accounts = bureau.registry.find(made.secret).accounts
        bureau.registry.book.reserve(accounts, 40, 1)
        bureau.registry.book.reserve(accounts, 40, 1).settle(make_row(principal="ada", team="red", output=30))
        key = bureau.custody.read_key(BOSS, "ada")
        assert (key.spent["day"], key.reserved_nanodollars, key.in_flight, key.budgets) == (30, 40, 1, {"day": 100})
        (team,) = bureau.custody.list_teams(BOSS)
        assert (team.spent["month"], team.reserved_nanodollars, team.keys) == (30, 40, 1)

    visit(story)


def test_everybody_sees_what_is_theirs_to_see() -> None:
    async def story(bureau: Bureau) -> None:
        for team in ("red", "blue"):
            await bureau.custody.create_team(BOSS, TeamWish(name=team))
            await bureau.custody.create_key(BOSS, KeyWish(name=f"of-{team}", team=team))
        custody = bureau.custody
        assert [key.name for key in custody.list_keys(EYE)] == ["of-blue", "of-red"]
        assert [key.name for key in custody.list_keys(LEAD)] == ["of-red"]
        assert custody.list_keys(Maker("m", "member", "red")) == []
        assert [team.name for team in custody.list_teams(LEAD)] == ["red"]
        with pytest.raises(DragomanError) as caught:
            custody.read_key(LEAD, "of-blue")
        assert caught.value.kind is Kind.NOT_FOUND

    visit(story)


def test_a_name_of_the_configuration_is_not_given_again() -> None:
    async def story(bureau: Bureau) -> None:
        with pytest.raises(DragomanError) as caught:
            await bureau.custody.create_key(BOSS, KeyWish(name="root"))
        assert caught.value.kind is Kind.CONFLICT

    visit(story)


def test_an_expired_key_is_shown_as_one() -> None:
    async def story(bureau: Bureau) -> None:
        await bureau.custody.create_key(BOSS, KeyWish(name="ada", expires_ms=NOON_MS + 1000))
        bureau.registry.clock.advance(1.0)
        assert bureau.custody.read_key(BOSS, "ada").state == "expired"

    visit(story)


def test_teams_are_changed_and_removed_and_all_of_it_is_noted() -> None:
    async def story(bureau: Bureau) -> None:
        custody = bureau.custody
        await custody.create_team(BOSS, TeamWish(name="red"))
        assert (await custody.change_team(BOSS, "red", TeamChange(rpm=7))).rpm == 7
        await custody.remove_team(BOSS, "red")
        await custody.note("root", "config.write", "dragoman.yaml")
        entries = await custody.read_entries(None, 9, "")
        assert [entry.action for entry in entries] == ["config.write", "team.remove", "team.change", "team.create"]
        assert await custody.read_entries(entries[1].sequence, 1, "red") == [entries[2]]

    visit(story)


def test_a_maker_who_is_a_virtual_key_has_what_it_was_granted() -> None:
    async def story(bureau: Bureau) -> None:
        await bureau.custody.create_key(BOSS, KeyWish(name="deputy", role="admin", models=("a/*",)))
        maker = bureau.custody.find_maker("deputy", "admin", "")
        made = await bureau.custody.create_key(maker, KeyWish(name="ada"))
        assert made.key.models == ("a/*",)

    visit(story)


def test_a_providers_key_is_kept_and_seen_by_its_last_characters() -> None:
    async def story(bureau: Bureau) -> None:
        secret = Secret("sk-canary-3f9b2c7e51d84a60")
        card = await bureau.custody.add_credential(BOSS, "openai", "main", secret)
        assert card.hint == "****4a60"
        assert bureau.custody.list_credentials() == [card]
        await bureau.custody.remove_credential(BOSS, "openai", "main")
        assert bureau.custody.list_credentials() == []

    visit(story)
