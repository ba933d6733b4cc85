"""What is sealed can be opened by whom it is for, as what it is for, and by nobody else."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from dragoman.ledger.sealing import Sealer
from dragoman.model.secret import Secret

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
NONCE = bytes(range(12))
SECRET = Secret("sk-a-provider-key-0123456789")


def test_a_sealed_secret_is_opened_for_its_purpose_alone() -> None:
    sealer = Sealer([OLD])
    sealed = sealer.seal(SECRET, "openai/key-1", NONCE)
    assert sealer.open(sealed, "openai/key-1") == SECRET
    assert SECRET.reveal().encode() not in sealed
    for purpose in ("openai/key-2", "anthropic/key-1", ""):
        with pytest.raises(DragomanError):
            sealer.open(sealed, purpose)


def test_a_bit_that_was_changed_anywhere_is_noticed() -> None:
    sealer = Sealer([OLD])
    sealed = sealer.seal(SECRET, "p", NONCE)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(DragomanError):
            sealer.open(bytes(changed), "p")
    for length in range(len(sealed)):
        with pytest.raises(DragomanError):
            sealer.open(sealed[:length], "p")


def test_another_nonce_seals_another_way() -> None:
    sealer = Sealer([OLD])
    assert sealer.seal(SECRET, "p", NONCE) != sealer.seal(SECRET, "p", NONCE[::-1])
    with pytest.raises(AssertionError):
        sealer.seal(SECRET, "p", b"short")


def test_a_new_key_in_front_opens_what_the_old_one_sealed_and_seals_itself() -> None:
    sealed = Sealer([OLD]).seal(SECRET, "p", NONCE)
    both = Sealer([NEW, OLD])
    assert both.open(sealed, "p") == SECRET
    assert not both.is_current(sealed)
    renewed = both.seal(SECRET, "p", NONCE)
    assert both.is_current(renewed)
    assert Sealer([NEW]).open(renewed, "p") == SECRET
    with pytest.raises(DragomanError) as caught:
        Sealer([NEW]).open(sealed, "p")
    assert "another key" in caught.value.message


def test_nothing_of_a_key_is_shown() -> None:
    assert repr(Sealer([OLD, NEW])) == "<Sealer: 2 keys>"
