"""Keys, teams and budgets, wired to the files that they live in."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from dragoman.bootstrap.access import Access, build_access, build_access_part
from dragoman.bootstrap.ledger import build_ledger, build_price_book
from dragoman.bootstrap.settings import read_settings
from dragoman.clock import SystemClock
from dragoman.config.schema import Settings
from dragoman.config.sealing import SEAL_KEY
from dragoman.errors import DragomanError
from dragoman.ledger.control.sqlite import FILE_NAME, SqliteControl
from dragoman.ledger.sqlite import FILE_NAME as LEDGER_NAME
from dragoman.ledger.sqlite import SqliteStore
from dragoman.model.secret import Secret
from dragoman.service.access.grants import Maker
from dragoman.service.access.keys import KeyWish, create_key
from dragoman.service.access.vault import add_credential, open_seals
from dragoman.service.metering.pricing import Pricer
from tests.unit.ledger.rows import make_row

BUDGETS = "budgets: {day_dollars: 5.0}\n"
BOSS = Maker("boss")


def read(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "dragoman.yaml"
    path.write_text(text)
    return read_settings(path, {})


def build(tmp_path: Path, settings: Settings) -> Access:
    return build_access(settings, {"DRAGOMAN_DATA": str(tmp_path)}, SystemClock(), Pricer(build_price_book(settings)))


def add_key(tmp_path: Path, name: str) -> str:
    """As the command line does."""
    store = SqliteControl(tmp_path / "ledger" / FILE_NAME)
    _, secret = create_key(store, BOSS, KeyWish(name=name, budgets={"total": 10**9}), 1)
    store.close()
    return secret.reveal()


def test_keys_that_are_there_are_known_from_the_start_and_those_that_come_are_noticed(tmp_path: Path) -> None:
    first = add_key(tmp_path, "first")

    async def story() -> None:
        access = build(tmp_path, Settings())
        principals = access.directory.principals
        assert principals.identify(first).name == "first"
        second = add_key(tmp_path, "second")
        await access.control.look()
        assert principals.identify(second).name == "second"
        await access.control.aclose()

    asyncio.run(story())


def test_what_was_spent_before_is_known_before_anything_is_spent(tmp_path: Path) -> None:
    secret = add_key(tmp_path, "ada")
    ledger = SqliteStore(tmp_path / "ledger" / LEDGER_NAME)
    ledger.record_exchanges([make_row(1, principal="ada", cost_nanodollars=10**9 - 5)])
    ledger.close()

    async def story() -> None:
        settings = Settings()
        environment = {"DRAGOMAN_DATA": str(tmp_path)}
        pricer = Pricer(build_price_book(settings))
        access = build(tmp_path, settings)
        _, writer = build_ledger(settings, environment, SystemClock(), pricer)
        assert writer is not None
        build_access_part(access, writer)
        book, accounts = access.directory.book, access.directory.principals.identify(secret).accounts
        assert not book.is_loaded
        running = asyncio.ensure_future(writer.run())
        await book.wait_until_loaded(10.0)
        book.reserve(accounts, 5, 1)
        with pytest.raises(DragomanError):
            book.reserve(accounts, 1, 1)
        running.cancel()
        await writer.aclose()
        await access.control.aclose()

    asyncio.run(story())


def test_the_gateways_own_budget_comes_and_goes_with_the_configuration(tmp_path: Path) -> None:
    async def story() -> None:
        settings = read(tmp_path, BUDGETS)
        access = build(tmp_path, settings)
        part = build_access_part(access, None)
        assert part.apply is not None
        (account,) = access.directory.principals.identify(None).accounts
        assert account.limits.budgets == {"day": 5 * 10**9}
        part.apply(Settings())
        assert access.directory.principals.identify(None).accounts == ()
        await access.control.aclose()

    asyncio.run(story())


def test_without_a_ledger_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    access = build(tmp_path, read(tmp_path, "ledger: {enabled: false}\n"))
    assert access.directory.book.is_loaded
    asyncio.run(access.control.aclose())


def test_stored_keys_are_opened_at_the_start_and_whenever_they_change(tmp_path: Path) -> None:
    environment = {
        "DRAGOMAN_DATA": str(tmp_path),
        SEAL_KEY: base64.b64encode(bytes(range(32))).decode(),
    }

    def add(name: str) -> None:
        store = SqliteControl(tmp_path / "ledger" / FILE_NAME)
        add_credential(store, open_seals(environment), "boss", ("openai", name, Secret(f"sk-{name}-0123456789")), 1)
        store.close()

    async def story() -> None:
        add("first")
        settings = Settings()
        changes: list[int] = []
        access = build_access(settings, environment, SystemClock(), Pricer(build_price_book(settings)))
        access.stored.on_change = lambda: changes.append(len(access.stored.opened["openai"]))
        assert [one.name for one in access.stored.opened["openai"]] == ["first"]
        add("second")
        await access.control.look()
        await access.control.look()
        assert changes == [2]
        await access.control.aclose()

    asyncio.run(story())
