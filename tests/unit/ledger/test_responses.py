"""The file of kept responses: who finds what, how conversations grow old, and that what was removed is really gone."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger import responses as responses_module
from dragoman.ledger.queries import load_queries
from dragoman.ledger.responses import FILE_NAME, FORGET_AT_ONCE, KeptResponse, ResponseStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / FILE_NAME


@pytest.fixture
def store(path: Path) -> Iterator[ResponseStore]:
    opened = ResponseStore(path)
    yield opened
    opened.close()


def make(name: str, previous: str | None = None, *, principal: str = "ann", size: int = 10) -> KeptResponse:
    return KeptResponse(name, principal, previous, b"[%b]" % name.encode(), b"x" * (size - len(name) - 2))


def names(found: list[KeptResponse] | None) -> list[str] | None:
    return None if found is None else [response.id for response in found]


def test_a_response_is_read_back_as_it_was_also_by_another_run(path: Path, store: ResponseStore) -> None:
    store.record(make("a"), 1)
    store.close()
    again = ResponseStore(path)
    assert again.read("a", "ann") == make("a")
    again.close()


def test_the_file_is_made_by_the_first_response_and_for_its_owner_alone(path: Path, store: ResponseStore) -> None:
    assert store.read("a", "ann") is None
    assert store.remove("a", "ann") is False
    assert store.forget_before(10**15) == 0
    assert not path.parent.exists()
    store.record(make("a"), 1)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_conversation_is_read_from_its_beginning(store: ResponseStore) -> None:
    for name, previous in (("a", None), ("b", "a"), ("c", "b"), ("other", "a")):
        store.record(make(name, previous), 1)
    assert names(store.read_conversation("c", "ann")) == ["a", "b", "c"]
    assert names(store.read_conversation("other", "ann")) == ["a", "other"]
    assert store.read_conversation("nobody", "ann") is None


def test_a_response_exists_for_its_principal_alone(store: ResponseStore) -> None:
    store.record(make("a"), 1)
    assert store.read("a", "bob") is None
    assert store.read_conversation("a", "bob") is None
    assert store.remove("a", "bob") is False
    assert store.read("a", "ann") is not None


def test_what_builds_on_a_removed_response_is_there_but_cannot_be_continued(store: ResponseStore) -> None:
    store.record(make("a"), 1)
    store.record(make("b", "a"), 1)
    assert store.remove("a", "ann") is True
    assert store.remove("a", "ann") is False
    assert store.read("b", "ann") is not None
    assert store.read_conversation("b", "ann") is None


def test_the_words_of_a_removed_response_are_nowhere_in_the_files(path: Path, store: ResponseStore) -> None:
    secret = make("a")._replace(body=b"the word is xyzzy")
    store.record(secret, 1)
    assert any(b"xyzzy" in file.read_bytes() for file in path.parent.iterdir())
    store.remove("a", "ann")
    assert not any(b"xyzzy" in file.read_bytes() for file in path.parent.iterdir())
    store.record(secret, 1)
    store.forget_before(2)
    assert not any(b"xyzzy" in file.read_bytes() for file in path.parent.iterdir())


def test_a_conversation_grows_old_as_one(store: ResponseStore) -> None:
    store.record(make("a"), 1_000)
    store.record(make("b", "a"), 2_000)
    store.record(make("c"), 1_500)
    assert store.forget_before(2_000) == 1
    assert names(store.read_conversation("b", "ann")) == ["a", "b"]
    assert store.read("c", "ann") is None
    assert store.forget_before(2_001) == 1
    assert store.read("a", "ann") is None


def test_many_old_conversations_go_in_several_rounds(store: ResponseStore) -> None:
    for number in range(FORGET_AT_ONCE + 1):
        store.record(make(f"r{number}"), 1)
    assert [store.forget_before(2) for _ in range(3)] == [FORGET_AT_ONCE, 1, 0]


def test_the_longest_unused_conversations_make_way(path: Path) -> None:
    store = ResponseStore(path, max_bytes=300)
    store.record(make("a", size=100), 1)
    store.record(make("b", size=100), 2)
    store.record(make("more", "a", size=100), 3)
    store.record(make("c", size=100), 4)
    assert [store.read(name, "ann") is not None for name in ("a", "b", "more", "c")] == [True, False, True, True]
    store.close()
    again = ResponseStore(path, max_bytes=300)
    again.record(make("d", size=100), 5)
    assert [again.read(name, "ann") is not None for name in ("a", "more", "c", "d")] == [False, False, True, True]
    again.close()


def test_removing_makes_room(path: Path) -> None:
    store = ResponseStore(path, max_bytes=200)
    store.record(make("a", size=100), 1)
    store.record(make("b", size=100), 2)
    store.remove("b", "ann")
    store.record(make("c", size=100), 3)
    assert store.read("a", "ann") is not None
    store.close()


def test_a_conversation_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch, store: ResponseStore) -> None:
    monkeypatch.setattr(responses_module, "MAX_RECALLED_BYTES", 150)
    store.record(make("a", size=100), 1)
    store.record(make("b", "a", size=100), 1)
    assert names(store.read_conversation("a", "ann")) == ["a"]
    with pytest.raises(DragomanError, match="longer than") as refused:
        store.read_conversation("b", "ann")
    assert (refused.value.kind, refused.value.path) == (Kind.CONTEXT_LENGTH, "previous_response_id")


def test_a_file_that_cannot_be_used_is_told_and_tried_again(path: Path, store: ResponseStore) -> None:
    path.mkdir(parents=True)
    with pytest.raises(DragomanError, match="cannot be used") as failed:
        store.record(make("a"), 1)
    assert (failed.value.kind, failed.value.blame) == (Kind.UNAVAILABLE, "gateway")
    path.rmdir()
    store.record(make("a"), 1)
    assert store.read("a", "ann") is not None


def test_a_failed_record_leaves_nothing_behind(store: ResponseStore) -> None:
    store.record(make("a"), 1)
    with pytest.raises(DragomanError, match="UNIQUE"):
        store.record(make("a"), 2)
    assert store.forget_before(2) == 1


def test_the_file_of_a_newer_release_is_left_alone(path: Path, store: ResponseStore) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(DragomanError, match="newer Dragoman"):
        store.record(make("a"), 1)


def test_every_query_is_understood_by_the_layout(path: Path, store: ResponseStore) -> None:
    store.record(make("a"), 1)
    connection = sqlite3.connect(path)
    queries = load_queries("responses.sql")
    for query in queries.values():
        connection.execute("EXPLAIN " + query, (None,) * query.count("?"))
    connection.close()
    assert len(queries) > 10
