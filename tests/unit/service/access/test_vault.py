"""Providers' keys that the gateway was given: sealed, opened for its own use, never told."""

from __future__ import annotations

import base64
import logging

import msgspec
import pytest

from dragoman.config.sealing import SEAL_KEY
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.control.memory import MemoryControl
from dragoman.ledger.control.records import AuditEntry
from dragoman.model.secret import Secret
from dragoman.service.access.vault import add_credential, open_all, open_seals, remove_credential, seal_anew

OLD, NEW = ({SEAL_KEY: base64.b64encode(bytes(range(start, start + 32))).decode()} for start in (0, 32))
BOTH = {SEAL_KEY: f"{NEW[SEAL_KEY]},{OLD[SEAL_KEY]}"}
SECRET = Secret("sk-canary-3f9b2c7e51d84a60")


def make_store() -> MemoryControl:
    store = MemoryControl()
    add_credential(store, open_seals(OLD), "boss", ("openai", "main", SECRET), 1)
    return store


def test_a_stored_key_is_there_for_its_provider() -> None:
    opened = open_all(make_store().read_holdings(), lambda: open_seals(OLD))
    ((credential,),) = opened.values()
    assert (list(opened), credential.name, credential.secret) == (["openai"], "main", SECRET)


def test_nothing_of_it_is_kept_or_noted_but_its_last_characters() -> None:
    store = make_store()
    kept = msgspec.json.encode([store.read_holdings(), store.read_entries(None, 9)])
    text = SECRET.reveal().encode()
    assert not any(text[start : start + 8] in kept for start in range(len(text) - 8))
    assert store.read_holdings().credentials[0].hint == "****4a60"


def test_a_key_that_was_moved_to_another_provider_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    store = make_store()
    (one,) = store.read_holdings().credentials
    store.record_credentials([msgspec.structs.replace(one, provider="evil")], AuditEntry(1, "thief", "a", "b"))
    with caplog.at_level(logging.ERROR):
        opened = open_all(store.read_holdings(), lambda: open_seals(OLD))
    assert list(opened) == ["openai"]
    assert "evil/main" in caplog.text


def test_without_the_sealing_key_stored_keys_wait_and_none_is_added(caplog: pytest.LogCaptureFixture) -> None:
    assert open_all(make_store().read_holdings(), lambda: open_seals({})) == {}
    assert "1 stored keys" in caplog.text
    with pytest.raises(DragomanError) as caught:
        open_seals({})
    assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "no_sealing_key")


def test_where_nothing_is_stored_no_sealing_key_is_asked_for() -> None:
    def fail() -> None:
        raise AssertionError

    assert open_all(MemoryControl().read_holdings(), fail) == {}  # type: ignore[arg-type]


def test_a_new_sealing_key_takes_over() -> None:
    store = make_store()
    assert seal_anew(store, open_seals(BOTH), "boss", 2) == 1
    assert seal_anew(store, open_seals(BOTH), "boss", 3) == 0
    assert open_all(store.read_holdings(), lambda: open_seals(NEW))["openai"][0].secret == SECRET
    assert [entry.action for entry in store.read_entries(None, 9)] == ["credential.seal", "credential.add"]


def test_a_removed_key_is_gone_and_one_that_never_was_is_not_found() -> None:
    store = make_store()
    remove_credential(store, "boss", "openai", "main", 2)
    assert store.read_holdings().credentials == ()
    with pytest.raises(DragomanError) as caught:
        remove_credential(store, "boss", "openai", "main", 2)
    assert caught.value.kind is Kind.NOT_FOUND


@pytest.mark.parametrize(
    ("provider", "name", "key"),
    [("", "a", "k"), ("a/b", "a", "k"), ("a", "a b", "k"), ("a", "a", " "), ("a", "a", "x\ny")],
)
def test_what_makes_no_sense_is_refused(provider: str, name: str, key: str) -> None:
    with pytest.raises(DragomanError) as caught:
        add_credential(MemoryControl(), open_seals(OLD), "boss", (provider, name, Secret(key)), 1)
    assert caught.value.kind is Kind.INVALID_REQUEST
