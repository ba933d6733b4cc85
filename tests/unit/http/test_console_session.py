"""Sessions begin once, end in time, and guessing is slowed down."""

from __future__ import annotations

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.http import console_session
from dragoman.http.caller import Caller
from dragoman.http.console_session import LONGEST_SECONDS, Patience, Sessions

ADA = Caller("ada", "viewer", "red")


def test_the_link_works_once() -> None:
    sessions = Sessions(FixedClock(), "the-link")
    caller = sessions.find(sessions.redeem("the-link"))
    assert caller is not None
    assert (caller.role, caller.is_session) == ("admin", True)
    for token in ("the-link", "", "other"):
        with pytest.raises(DragomanError) as caught:
            sessions.redeem(token)
        assert caught.value.kind is Kind.AUTHENTICATION


def test_without_a_link_no_token_is_right() -> None:
    with pytest.raises(DragomanError):
        Sessions(FixedClock()).redeem("")


def test_a_session_is_whoever_began_it() -> None:
    sessions = Sessions(FixedClock())
    name = sessions.begin(ADA)
    assert sessions.find(name) == Caller("ada", "viewer", "red", is_session=True)
    assert sessions.find(name + "x") is None
    assert sessions.find("") is None
    assert name not in repr(sessions)


def test_nobody_used_it_for_too_long() -> None:
    clock = FixedClock()
    sessions = Sessions(clock, idle_seconds=100)
    name = sessions.begin(ADA)
    for _ in range(5):
        clock.advance(90)
        assert sessions.find(name) is not None
    clock.advance(101)
    assert sessions.find(name) is None
    clock.advance(-101)
    assert sessions.find(name) is None


def test_no_session_lasts_for_ever() -> None:
    clock = FixedClock()
    sessions = Sessions(clock, idle_seconds=10 * LONGEST_SECONDS)
    name = sessions.begin(ADA)
    clock.advance(LONGEST_SECONDS + 1)
    assert sessions.find(name) is None


def test_a_session_that_was_ended_is_of_no_use_to_a_thief() -> None:
    sessions = Sessions(FixedClock())
    name, other = sessions.begin(ADA), sessions.begin(ADA)
    sessions.end(name)
    sessions.end("nobody")
    assert sessions.find(name) is None
    assert sessions.find(other) is not None


def test_too_many_sessions_make_way_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_session, "MAX_SESSIONS", 2)
    clock = FixedClock()
    sessions = Sessions(clock)
    names = []
    for _ in range(3):
        names.append(sessions.begin(ADA))
        clock.advance(1)
    assert [sessions.find(name) is not None for name in names] == [False, True, True]


def has_to_wait(patience: Patience) -> bool:
    try:
        patience.check("a")
    except DragomanError as error:
        return error.status == 429 and error.retry_after_seconds is not None
    return False


def test_who_fails_often_waits_and_waits_longer() -> None:
    clock = FixedClock()
    patience = Patience(clock)
    waits = []
    for _ in range(12):
        patience.check("a")
        patience.note_failure("a")
        before = clock.monotonic()
        while has_to_wait(patience):
            clock.advance(1)
        waits.append(clock.monotonic() - before)
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60]


def test_an_address_does_not_wait_for_another_and_success_forgives() -> None:
    patience = Patience(FixedClock())
    for _ in range(10):
        patience.note_failure("a")
    patience.check("b")
    with pytest.raises(DragomanError):
        patience.check("a")
    patience.note_success("a")
    patience.check("a")


def test_addresses_are_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_session, "MAX_ADDRESSES", 5)
    patience = Patience(FixedClock())
    for number in range(20):
        patience.note_failure(str(number))
    assert repr(patience) == "<Patience with 5 addresses>"
