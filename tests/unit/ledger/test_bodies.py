"""The file of kept bodies: bounded in size, and what was removed is really gone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from dragoman.ledger.bodies import FILE_NAME, Bodies, BodyStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / FILE_NAME


@pytest.fixture
def store(path: Path) -> Iterator[BodyStore]:
    opened = BodyStore(path)
    yield opened
    opened.close()


def make(name: str, principal: str = "ann", words: bytes = b"hello") -> Bodies:
    return Bodies(name, principal, words, b"sent", b"received", b"answered", ("client_request",))


def test_what_was_kept_is_read_back_also_by_another_run(path: Path, store: BodyStore) -> None:
    store.record(make("ex_1"), 1)
    store.close()
    again = BodyStore(path)
    assert again.read("ex_1") == make("ex_1")
    assert again.read("ex_2") is None
    again.close()


def test_nothing_is_made_by_reading(path: Path, store: BodyStore) -> None:
    assert store.read("ex_1") is None
    assert store.remove_before(10) == 0
    assert not path.exists()


def test_the_old_ones_go_by_age_and_a_principals_by_name(store: BodyStore) -> None:
    for number in range(4):
        store.record(make(f"ex_{number}", "ann" if number % 2 else "bob"), number)
    assert store.remove_before(2) == 2
    assert [store.read(f"ex_{number}") is not None for number in range(4)] == [False, False, True, True]
    assert store.remove_of("ann") == 1
    assert store.read("ex_2") is not None


def test_when_there_is_no_room_the_oldest_make_way(path: Path) -> None:
    chance = random.Random(1)
    store = BodyStore(path, max_bytes=300_000)
    for number in range(250):
        store.record(make(f"ex_{number}", words=chance.randbytes(2_000)), number)
    assert store.read("ex_0") is None
    assert store.read("ex_249") is not None
    store.close()


def test_words_that_were_removed_stand_nowhere_in_the_folder(path: Path, store: BodyStore) -> None:
    canary = bytes(random.Random(2).choices(range(256), k=300))
    store.record(make("ex_1", words=canary), 1)
    store.record(make("ex_2"), 2)
    kept = store.read("ex_1")
    assert kept is not None
    assert store.remove_before(2) == 1
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert canary[:40] not in left
    assert b"ex_2" in left
    assert b"ex_1" not in left
