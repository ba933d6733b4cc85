"""What every control store promises: memory, and SQLite in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.memory import MemoryControl
from dragoman.ledger.control.records import (
    AuditEntry,
    Grant,
    Holdings,
    KeyRecord,
    Limits,
    SealedCredential,
    TeamRecord,
)
from dragoman.ledger.control.sqlite import SqliteControl
from dragoman.ledger.control.store import ControlStore

STORES: dict[str, Callable[[Path], ControlStore]] = {
    "memory": lambda folder: MemoryControl(),
    "sqlite": lambda folder: SqliteControl(folder / "a folder?" / "control.sqlite"),
}
GRANT = Grant(("gpt-*", "naïve '\"; --"), ("openai",), Limits(1, 2, 3, {"day": 10**12}), allow_unpriced=True)
KEY = KeyRecord("k1", "ada", b"\x00\xff", "dgm_k1_****", 5, "boss", "viewer", "red", "u", ("a", "b"), 9, 8, GRANT)
TEAM = TeamRecord("red", 5, GRANT)
CREDENTIAL = SealedCredential("openai", "key-1", b"\x01\x02", "****abcd", 7)


def note(action: str = "a", **changes: str) -> AuditEntry:
    return AuditEntry(1, "boss", action, "ada", changes)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ControlStore]:
    opened = STORES[request.param](tmp_path)
    yield opened
    opened.close()


def test_an_untouched_store_holds_nothing(store: ControlStore) -> None:
    assert store.read_holdings() == Holdings()
    assert store.read_entries(None, 10) == []


def test_records_are_read_back_as_they_were(store: ControlStore) -> None:
    store.add_key(KEY, note())
    store.add_team(TEAM, note())
    store.record_credentials([CREDENTIAL], note())
    assert store.read_holdings() == Holdings((KEY,), (TEAM,), (CREDENTIAL,))


def test_a_changed_record_takes_the_place_of_the_old_one(store: ControlStore) -> None:
    store.add_key(KEY, note())
    store.add_team(TEAM, note())
    key, team = KeyRecord("k1", "ada", b"n", "h", 5, "boss"), TeamRecord("red", 6)
    other = SealedCredential("openai", "key-1", b"n", "h", 8)
    store.change_key(key, note())
    store.change_team(team, note())
    store.record_credentials([CREDENTIAL], note())
    store.record_credentials([other], note())
    assert store.read_holdings() == Holdings((key,), (team,), (other,))


def test_a_name_is_given_once_and_a_refused_change_is_not_noted(store: ControlStore) -> None:
    store.add_key(KEY, note())
    store.add_team(TEAM, note())
    second: tuple[Callable[[], None], ...] = (
        lambda: store.add_key(KeyRecord("k2", "ada", b"", "", 5, "boss"), note()),
        lambda: store.add_key(KeyRecord("k1", "bob", b"", "", 5, "boss"), note()),
        lambda: store.add_team(TeamRecord("red", 6), note()),
    )
    for add in second:
        with pytest.raises(DragomanError) as caught:
            add()
        assert caught.value.kind is Kind.CONFLICT
    assert store.read_holdings() == Holdings((KEY,), (TEAM,))
    assert len(store.read_entries(None, 10)) == 2


def test_what_is_removed_is_gone(store: ControlStore) -> None:
    store.add_team(TEAM, note())
    store.remove_team("red", note())
    store.record_credentials([CREDENTIAL], note())
    assert store.remove_credential("openai", "key-1", note("gone"))
    assert not store.remove_credential("openai", "key-1", note("again"))
    assert store.read_holdings() == Holdings()
    assert [entry.action for entry in store.read_entries(None, 2)] == ["gone", "a"]


def test_entries_are_read_page_by_page_newest_first(store: ControlStore) -> None:
    for number in range(5):
        store.record_entry(note(f"n{number}", budget=f"${number}"))
    first = store.read_entries(None, 2)
    assert [entry.action for entry in first] == ["n4", "n3"]
    assert [entry.action for entry in store.read_entries(first[-1].sequence, 9)] == ["n2", "n1", "n0"]
    assert [entry.changes for entry in store.read_entries(None, 9, "$3")] == [{"budget": "$3"}]
    assert store.read_entries(None, 9, "nobody") == []


def test_own_changes_do_not_show_as_somebody_elses(store: ControlStore) -> None:
    store.add_team(TEAM, note())
    before = store.read_version()
    store.add_key(KEY, note())
    assert store.read_version() == before
