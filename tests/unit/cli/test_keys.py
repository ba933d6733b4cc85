"""`dragoman keys`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from dragoman.cli.keys import keys
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.records import Holdings
from dragoman.ledger.control.sqlite import FILE_NAME, SqliteControl
from dragoman.ledger.sqlite import FILE_NAME as LEDGER_NAME
from dragoman.ledger.sqlite import SqliteStore
from dragoman.service.principals import digest_secret
from tests.unit.ledger.rows import make_row


@pytest.fixture(autouse=True)
def data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    return folder / "ledger"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(keys, arguments, standalone_mode=False, catch_exceptions=False)


def read(data: Path) -> Holdings:
    store = SqliteControl(data / FILE_NAME)
    try:
        return store.read_holdings()
    finally:
        store.close()


def test_a_key_is_printed_once_and_kept_as_its_digest(data: Path) -> None:
    made = run("create", "ada", "--rpm", "5", "--budget", "day=2.50", "--model", "gpt-*", "--tag", "a", "--tag", "b")
    secret = made.stdout.strip()
    (record,) = read(data).keys
    assert record.digest == digest_secret(secret)
    assert (record.maker, record.tags, record.grant.models) == ("command line", ("a", "b"), ("gpt-*",))
    assert (record.grant.limits.rpm, record.grant.limits.budgets) == (5, {"day": 2_500_000_000})
    assert secret[-20:].encode() not in b"".join(path.read_bytes() for path in data.iterdir())
    assert secret not in run("list").stdout


def test_keys_are_listed_with_what_they_have_spent(data: Path) -> None:
    run("create", "ada", "--budget", "total=9")
    ledger = SqliteStore(data / LEDGER_NAME)
    ledger.record_exchanges([make_row(1, principal="ada", cost_nanodollars=250_000_000)])
    ledger.close()
    (line,) = run("list").stdout.splitlines()
    assert line.startswith("ada")
    assert "$9.00 in all" in line
    assert "$0.25 in all" in line


def test_programs_get_all_but_the_digest() -> None:
    made: dict[str, Any] = json.loads(run("create", "ada", "--json").stdout)
    listed: list[dict[str, Any]] = json.loads(run("list", "--json").stdout)
    assert made["secret"].startswith(f"dgm_{made['id']}_")
    assert "digest" not in made
    assert [sorted(key) for key in listed] == [sorted(set(made) - {"secret"})]


def test_a_change_leaves_what_was_not_said(data: Path) -> None:
    run("create", "ada", "--rpm", "5", "--budget", "day=2", "--model", "m", "--expires", "30d")
    run("change", "ada", "--tpm", "7")
    (record,) = read(data).keys
    assert (record.grant.limits.rpm, record.grant.limits.tpm, record.grant.models) == (5, 7, ("m",))
    run("change", "ada", "--any-model", "--no-budget", "--never-expires")
    (record,) = read(data).keys
    assert (record.grant.limits.budgets, record.grant.models, record.expires_ms) == ({}, None, None)


def test_a_renewed_key_is_another_and_a_revoked_one_is_none(data: Path) -> None:
    first = run("create", "ada").stdout.strip()
    second = run("rotate", "ada").stdout.strip()
    assert first != second
    assert read(data).keys[0].digest == digest_secret(second)
    run("revoke", "ada")
    assert read(data).keys[0].revoked_ms is not None
    assert run("list").stdout == ""
    assert "revoked" in run("list", "--all").stdout


def test_a_name_of_the_configuration_is_not_given_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_API_KEY", "a-key-of-the-configuration-1")
    with pytest.raises(DragomanError) as caught:
        run("create", "DRAGOMAN_API_KEY")
    assert caught.value.kind is Kind.CONFLICT


def test_nobody_makes_a_key_twice_or_finds_one_that_is_not_there() -> None:
    run("create", "ada")
    for arguments in (["create", "ada"], ["revoke", "bob"]):
        with pytest.raises(DragomanError):
            run(*arguments)
    with pytest.raises(click.UsageError):
        run("create", "bob", "--role", "king")
