"""Who may call, and what those who may not are told."""

from __future__ import annotations

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.service.principals import ANYBODY, Principal, Principals, digest_secret

SECRET = "correct-horse-battery-staple"
ALICE = Principal("alice")
KNOWN = {digest_secret(SECRET): ALICE}


def refuse(principals: Principals, secret: str | None) -> DragomanError:
    with pytest.raises(DragomanError) as caught:
        principals.identify(secret)
    return caught.value


def test_a_known_secret_is_its_owner() -> None:
    assert Principals(KNOWN).identify(SECRET) is ALICE


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET.upper(), "é\udcff", "dgm_0_0"])
def test_missing_and_wrong_are_told_the_same(secret: str | None) -> None:
    wrong, missing = refuse(Principals(KNOWN), secret), refuse(Principals(KNOWN), None)
    assert wrong.kind is Kind.AUTHENTICATION
    assert (wrong.message, wrong.code, wrong.status) == (missing.message, missing.code, missing.status)


def test_without_keys_everybody_is_anonymous_whatever_they_show() -> None:
    assert Principals({}).identify("anything") is Principals({}).identify(None) is ANYBODY


def test_the_table_keeps_no_secret() -> None:
    assert SECRET.encode() not in b"".join(Principals(KNOWN)._by_digest)


def test_a_key_is_good_until_the_moment_in_which_it_expires() -> None:
    clock = FixedClock(unix=1_000.0)
    principals = Principals({digest_secret(SECRET): Principal("alice", expires_ms=1_001_000)}, clock)
    assert principals.identify(SECRET).name == "alice"
    clock.advance(1.0)
    error = refuse(principals, SECRET)
    assert (error.kind, error.message) == (Kind.AUTHENTICATION, refuse(principals, "wrong").message)


def test_who_cannot_read_the_keys_calls_none_of_them_wrong() -> None:
    principals = Principals(KNOWN)
    principals.is_blind = True
    assert principals.identify(SECRET) is ALICE
    assert refuse(principals, "wrong").status == 401
    error = refuse(principals, "dgm_0123456789_abc")
    assert (error.status, error.retry_after_seconds) == (503, 1.0)
    principals.change({}, None)
    assert refuse(principals, None).status == 503


def test_each_change_of_callers_is_another_edition() -> None:
    principals = Principals(KNOWN)
    editions = [principals.edition]
    principals.change(KNOWN, None)
    editions.append(principals.edition)
    for _ in range(2):
        principals.admit(digest_secret("a-guest"), Principal("guest"))
        editions.append(principals.edition)
    assert len({id(edition) for edition in editions}) == 3
    assert editions[2] is editions[3]


def test_a_principal_shows_nothing_but_its_name_and_role() -> None:
    assert repr(ALICE) == "<Principal alice, admin>"
