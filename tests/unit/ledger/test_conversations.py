"""The file of conversations: who finds what, in which order, how they grow old, and that what was removed is really gone."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger import conversations as conversations_module
from dragoman.ledger.conversations import FILE_NAME, HEAD_BYTES, Conversation, ConversationStore, Item, Page


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / FILE_NAME


@pytest.fixture
def store(path: Path) -> Iterator[ConversationStore]:
    opened = ConversationStore(path)
    yield opened
    opened.close()


def make(name: str = "c", principal: str = "ann", created_ms: int = 1) -> Conversation:
    return Conversation(name, principal, created_ms)


def say(*names: str, response: str = "") -> list[Item]:
    return [Item(name, b'"%b"' % name.encode(), response) for name in names]


def ids(items: list[Item] | None) -> list[str] | None:
    return None if items is None else [item.id for item in items]


def test_a_conversation_is_read_back_as_it_was_also_by_another_run(path: Path, store: ConversationStore) -> None:
    store.open(make(), say("a", "b"))
    store.close()
    again = ConversationStore(path)
    assert again.read("c", "ann") == make()
    assert again.read_items("c", "ann") == say("a", "b")
    again.close()


def test_the_file_is_made_by_the_first_conversation_and_for_its_owner_alone(
    path: Path, store: ConversationStore
) -> None:
    assert store.read("c", "ann") is None
    assert store.read_items("c", "ann") is None
    assert store.read_page("c", "ann", Page()) is None
    assert store.read_item("c", "ann", "a") is None
    assert store.append("c", "ann", say("a"), 1) is False
    assert store.change_metadata("c", "ann", b"{}", 1) is None
    assert store.remove("c", "ann") is False
    assert store.remove_item("c", "ann", "a") is False
    assert store.forget_before(10**15) == 0
    assert not path.parent.exists()
    store.open(make(), [])
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_belongs_to_somebody_else_is_not_there(store: ConversationStore) -> None:
    store.open(make(), say("a"))
    assert store.read("c", "bob") is None
    assert store.read_items("c", "bob") is None
    assert store.read_page("c", "bob", Page()) is None
    assert store.read_item("c", "bob", "a") is None
    assert store.append("c", "bob", say("b"), 2) is False
    assert store.change_metadata("c", "bob", b'{"x":"y"}', 2) is None
    assert store.remove_item("c", "bob", "a") is False
    assert store.remove("c", "bob") is False
    assert (store.read("c", "ann"), store.read_items("c", "ann")) == (make(), say("a"))


def test_items_stand_in_the_order_in_which_they_were_said(store: ConversationStore) -> None:
    store.open(make(), say("a"))
    store.append("c", "ann", say("b", "c"), 2)
    store.append("c", "ann", say("d"), 3)
    assert ids(store.read_items("c", "ann")) == ["a", "b", "c", "d"]
    assert store.read_item("c", "ann", "c") == say("c")[0]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page(limit=2), ["d", "c", "b"]),
        (Page(limit=2, is_upwards=True), ["a", "b", "c"]),
        (Page("c", 5), ["b", "a"]),
        (Page("c", 5, True), ["d"]),
        (Page("d", 1, True), []),
    ],
)
def test_a_page_is_one_item_longer_than_was_asked_for(
    store: ConversationStore, page: Page, expected: list[str]
) -> None:
    store.open(make(), say("a", "b", "c", "d"))
    assert ids(store.read_page("c", "ann", page)) == expected


def test_a_page_after_an_item_that_is_not_there_is_refused(store: ConversationStore) -> None:
    store.open(make(), say("a"))
    with pytest.raises(DragomanError) as refused:
        store.read_page("c", "ann", Page("b"))
    assert (refused.value.kind, refused.value.path) == (Kind.INVALID_REQUEST, "after")


def test_an_id_that_is_taken_gets_a_number_and_nothing_is_lost(store: ConversationStore) -> None:
    store.open(make(), say("a"))
    store.append("c", "ann", say("a"), 2)
    store.append("c", "ann", say("a"), 2)
    assert ids(store.read_items("c", "ann")) == ["a", "a_1", "a_2"]


def test_what_stood_before_a_response_is_found_again(store: ConversationStore) -> None:
    store.open(make(), say("a"))
    store.append("c", "ann", say("b", "c", response="r1"), 2)
    store.append("c", "ann", say("d", "e", response="r2"), 3)
    assert ids(store.read_items("c", "ann", "r1")) == ["a"]
    assert ids(store.read_items("c", "ann", "r2")) == ["a", "b", "c"]
    assert ids(store.read_items("c", "ann", "unknown")) == ["a", "b", "c", "d", "e"]


def test_metadata_are_put_in_the_place_of_others(store: ConversationStore) -> None:
    store.open(make(), [])
    changed = store.change_metadata("c", "ann", b'{"topic":"demo"}', 2)
    assert changed == make()._replace(metadata=b'{"topic":"demo"}')
    assert store.read("c", "ann") == changed


def test_a_removed_item_leaves_the_others(path: Path, store: ConversationStore) -> None:
    store.open(make(), [*say("a"), Item("b", b'"xyzzy"')])
    assert store.remove_item("c", "ann", "b") is True
    assert store.remove_item("c", "ann", "b") is False
    assert ids(store.read_items("c", "ann")) == ["a"]
    assert all(b"xyzzy" not in file.read_bytes() for file in path.parent.iterdir())


def test_what_was_removed_is_overwritten(path: Path, store: ConversationStore) -> None:
    store.open(make(), [Item("a", b'"xyzzy"')])
    store.open(make("other"), say("a"))
    assert store.remove("c", "ann") is True
    assert store.read_items("c", "ann") is None
    assert ids(store.read_items("other", "ann")) == ["a"]
    assert all(b"xyzzy" not in file.read_bytes() for file in path.parent.iterdir())


def test_metadata_that_were_replaced_are_overwritten(path: Path, store: ConversationStore) -> None:
    store.open(make()._replace(metadata=b'{"name":"xyzzy"}'), [])
    store.change_metadata("c", "ann", b"{}", 2)
    assert all(b"xyzzy" not in file.read_bytes() for file in path.parent.iterdir())


def test_conversations_go_when_nobody_has_used_them_for_long(store: ConversationStore) -> None:
    store.open(make("old", created_ms=1), [])
    store.open(make("used", created_ms=1), [])
    store.append("used", "ann", say("a"), 50)
    store.open(make("renamed", created_ms=1), [])
    store.change_metadata("renamed", "ann", b"{}", 50)
    assert store.forget_before(10) == 1
    assert [store.read(name, "ann") is not None for name in ("old", "used", "renamed")] == [False, True, True]


def test_the_longest_unused_one_makes_way_where_there_is_no_more_room(store: ConversationStore) -> None:
    store.max_bytes = 2 * HEAD_BYTES + 80
    store.open(make("first", created_ms=1), [])
    store.open(make("second", created_ms=2), [])
    store.append("first", "ann", say("a"), 3)
    store.append("first", "ann", [Item("b", b"x" * 90)], 4)
    assert store.read("second", "ann") is None
    assert ids(store.read_items("first", "ann")) == ["a", "b"]


def test_room_is_counted_the_same_by_the_next_run(path: Path, store: ConversationStore) -> None:
    store.open(make(), say("a", "b"))
    store.append("c", "ann", say("a"), 2)
    store.change_metadata("c", "ann", b'{"x":"y"}', 3)
    store.remove_item("c", "ann", "b")
    told = repr(store)
    again = ConversationStore(path)
    again.read("c", "ann")
    assert repr(again) == told
    again.close()
    store.remove("c", "ann")
    assert repr(store).endswith(": 0 bytes>")


def test_of_too_many_of_one_principal_his_own_oldest_goes(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations_module, "MAX_EACH", 2)
    store.open(make("bob's", "bob", 1), [])
    for number in range(3):
        store.open(make(f"c{number}", created_ms=2 + number), [])
    assert [store.read(f"c{number}", "ann") is not None for number in range(3)] == [False, True, True]
    assert store.read("bob's", "bob") is not None


@pytest.mark.parametrize(("limit", "value"), [("MAX_ITEMS", 3), ("MAX_BYTES", HEAD_BYTES + 14)])
def test_what_does_not_fit_a_conversation_leaves_it_as_it_was(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(conversations_module, limit, value)
    store.open(make(), say("a", "b"))
    with pytest.raises(DragomanError, match="begin a new one") as refused:
        store.append("c", "ann", say("c", "d"), 2)
    assert refused.value.kind is Kind.CONTEXT_LENGTH
    assert ids(store.read_items("c", "ann")) == ["a", "b"]
    with pytest.raises(DragomanError):
        store.open(make("too many"), say("a", "b", "c", "d"))
    assert store.read("too many", "ann") is None
