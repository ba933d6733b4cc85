"""Who may call, and what those who may not are told."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.service.principals import ANONYMOUS, Principals, digest_secret

SECRET = "correct-horse-battery-staple"


def test_a_known_secret_is_its_owner() -> None:
    assert Principals({digest_secret(SECRET): "alice"}).identify(SECRET) == "alice"


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET.upper(), "é\udcff"])
def test_missing_and_wrong_are_told_the_same(secret: str | None) -> None:
    with pytest.raises(DragomanError) as caught:
        Principals({digest_secret(SECRET): "alice"}).identify(secret)
    with pytest.raises(DragomanError) as missing:
        Principals({digest_secret(SECRET): "alice"}).identify(None)
    assert caught.value.kind is Kind.AUTHENTICATION
    assert caught.value.message == missing.value.message


def test_without_keys_everybody_is_anonymous_whatever_they_show() -> None:
    assert Principals({}).identify("anything") == Principals({}).identify(None) == ANONYMOUS


def test_the_table_keeps_no_secret() -> None:
    assert SECRET.encode() not in b"".join(Principals({digest_secret(SECRET): "alice"})._names)
