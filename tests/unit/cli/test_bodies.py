"""`dragoman bodies`."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dragoman.cli.bodies import bodies
from dragoman.errors import DragomanError
from dragoman.ledger.bodies import FILE_NAME, Bodies, BodyStore
from tests.unit.ledger.rows import DAY_MS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(bodies, arguments, standalone_mode=False, catch_exceptions=False)


@pytest.fixture
def kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two exchanges of Ann's, long ago, and one of Bob's that is still to come."""
    monkeypatch.setenv("DRAGOMAN_DATA", str(folder))
    store = BodyStore(folder / "ledger" / FILE_NAME)
    store.record(Bodies("ex_1", "ann", b'{"a":1}', b"\xff\x00", b"received", b"answered", ("client_request",)), 1)
    store.record(Bodies("ex_2", "ann", b"more"), 2)
    store.record(Bodies("ex_3", "bob", b"later"), 40_000 * DAY_MS)
    store.close()
    return folder


@pytest.mark.usefixtures("kept")
def test_an_exchange_is_shown_on_its_four_sides_or_on_one_byte_for_byte() -> None:
    assert json.loads(run("show", "ex_1").stdout) == {
        "client_request": '{"a":1}',
        "provider_request": "base64:/wA=",
        "provider_answer": "received",
        "client_answer": "answered",
        "cut": ["client_request"],
    }
    assert run("show", "ex_1", "--side", "provider_request").stdout_bytes == b"\xff\x00"
    with pytest.raises(DragomanError, match="Nothing is kept"):
        run("show", "ex_9")


@pytest.mark.usefixtures("kept")
def test_what_was_kept_is_removed_by_key_by_age_or_altogether() -> None:
    assert "in 1 exchanges" in run("purge", "--key", "bob").stdout
    assert "in 2 exchanges" in run("purge", "--before", "1d").stdout
    assert "in 0 exchanges" in run("purge", "--all").stdout


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("arguments", [(), ("--all", "--key", "ann")])
def test_one_has_to_say_which(arguments: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError, match="Say which"):
        run("purge", *arguments)
