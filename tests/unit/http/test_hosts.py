"""Foreign names and foreign pages are turned away."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.http.hosts import MAX_REMEMBERED, HostGuard


def make_guard(*, any_host: bool = False) -> HostGuard:
    return HostGuard(["gateway.internal"], ["https://app.example"], any_host=any_host)


@pytest.mark.parametrize(
    "host", [b"localhost", b"localhost:8642", b"127.0.0.1:1", b"[::1]:8642", b"LOCALHOST", b"gateway.internal:80"]
)
def test_own_names_are_let_in_with_or_without_port(host: bytes) -> None:
    make_guard().check(host, b"")


@pytest.mark.parametrize("host", [b"", b"evil.example", b"localhost.evil.example", b"127.0.0.1.evil.example:8642"])
def test_foreign_hosts_are_refused(host: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        make_guard().check(host, b"")
    assert caught.value.kind is Kind.PERMISSION


def test_a_guard_for_any_host_still_checks_origins() -> None:
    guard = make_guard(any_host=True)
    guard.check(b"whatever.example", b"")
    with pytest.raises(DragomanError):
        guard.check(b"whatever.example", b"https://evil.example")


@pytest.mark.parametrize("origin", [b"http://localhost:3000", b"https://app.example", b"http://127.0.0.1:8642"])
def test_own_and_listed_origins_are_let_in(origin: bytes) -> None:
    make_guard().check(b"localhost", origin)


@pytest.mark.parametrize("origin", [b"null", b"https://evil.example", b"http://[bad", b"https://app.example.evil"])
def test_foreign_origins_are_refused(origin: bytes) -> None:
    with pytest.raises(DragomanError):
        make_guard().check(b"localhost", origin)


def test_own_names_are_let_in_but_only_listed_origins_may_read() -> None:
    guard = make_guard()
    assert guard.is_listed(b"https://APP.example")
    assert not guard.is_listed(b"http://localhost:3000")
    assert not guard.is_listed(b"https://app.example:444")


def test_what_is_remembered_is_bounded() -> None:
    guard = make_guard(any_host=True)
    for number in range(MAX_REMEMBERED + 50):
        guard.check(b"host-%d" % number, b"")
    assert len(guard._seen) == MAX_REMEMBERED
