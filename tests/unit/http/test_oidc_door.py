"""The two addresses of a sign-in, behind the one door."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.http.console_files import ConsoleFiles
from dragoman.http.control_plane import ControlPlane
from dragoman.http.oidc_door import read_beginning, read_return
from dragoman.service.oidc.issuer import Issuer
from dragoman.service.oidc.sign_in import Beginning, OidcSignIn, Return
from dragoman.service.oidc.signatures import is_signed_by
from dragoman.upstream.scripted import ScriptedTransport
from tests.identity_provider import NOW, Provider
from tests.unit.http.admin.counter import HOST, Counter, Reply, speak_asgi
from tests.unit.service.oidc.test_sign_in import SETTINGS


class Door:
    """A control plane with an identity provider behind it."""

    def __init__(self, folder: Path) -> None:
        self.provider = Provider()
        self.counter = Counter(folder)
        clock = FixedClock(unix=NOW)
        issuer = Issuer(SETTINGS, ScriptedTransport(self.provider.answer), clock, is_signed_by)
        self.counter.desk.oidc = OidcSignIn(issuer, clock)
        self.plane = ControlPlane(self.counter.plane, self.counter.desk, ConsoleFiles(folder / "none"))

    def ask(self, path: str, cookie: str = "") -> Reply:
        bare, _, query = path.partition("?")
        headers = [(b"host", HOST), (b"cookie", cookie.encode()), (b"sec-fetch-site", b"cross-site")]
        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": bare, "query_string": query.encode()}
        return asyncio.run(speak_asgi(self.plane, scope | {"headers": headers, "client": ("127.0.0.9", 1)}))

    def begin(self) -> tuple[str, str]:
        """The cookie, and the way back."""
        begun = self.ask("/console/oidc/start")
        assert begun.status == 303
        back = self.provider.authorize(begun.headers["location"])
        return begun.headers["set-cookie"].partition(";")[0], back.removeprefix("https://llm.example")


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def test_a_sign_in_ends_in_a_session_with_the_role_that_the_provider_gave(door: Door) -> None:
    door.provider.claims["groups"] = ["staff"]
    cookie, back = door.begin()
    reply = door.ask(back, f"other=1; {cookie}")
    assert (reply.status, reply.headers["location"]) == (303, "/console/")
    (session,) = door.counter.desk.sessions._sessions.values()
    caller = session.caller
    assert (caller.name, caller.role, caller.is_session) == ("oidc:ada@example.org", "viewer", True)


def test_what_is_remembered_is_for_these_addresses_only_and_gone_at_the_end(door: Door) -> None:
    told = door.ask("/console/oidc/start").headers["set-cookie"]
    assert "Path=/console/oidc; HttpOnly; SameSite=Lax; Max-Age=600; Secure" in told
    cookie, back = door.begin()
    assert "dragoman_oidc=; Path=/console/oidc" in door.ask(back, cookie).headers["set-cookie"]
    assert "dragoman_oidc=; Path=/console/oidc" in door.ask(back, "").headers["set-cookie"]


def test_without_the_cookie_nobody_comes_in_and_guessing_is_slowed_down(door: Door) -> None:
    _, back = door.begin()
    statuses = [door.ask(back).status for _ in range(7)]
    assert statuses == [401] * 6 + [429]
    assert not door.counter.desk.sessions._sessions


def test_who_has_no_role_is_told_so(door: Door) -> None:
    door.provider.claims["groups"] = []
    cookie, back = door.begin()
    reply = door.ask(back, cookie)
    assert (reply.status, b"no role for you" in reply.body) == (403, True)
    assert not door.counter.desk.sessions._sessions


def test_a_provider_that_fails_is_no_guess_of_the_browser(door: Door) -> None:
    door.provider.discovery = {"issuer": "https://other.example"}
    assert [door.ask("/console/oidc/start").status for _ in range(8)] == [502] * 8


def test_where_no_provider_is_configured_there_are_no_such_addresses(door: Door) -> None:
    assert door.counter.ask("GET", "/sign-in").json == {"oidc": "single sign-on"}
    door.counter.desk.oidc = None
    assert door.counter.ask("GET", "/sign-in").json == {"oidc": ""}
    assert door.ask("/console/oidc/start").status == 503  # the page of a console that was not built


def test_cookies_and_queries_that_are_not_ours_are_nothing() -> None:
    assert read_beginning([(b"cookie", b"a=b; dragoman_oidc=x.y.z")]) == Beginning("x", "y", "z")
    for value in (b"", b"dragoman_oidc=", b"dragoman_oidc=x.y", b"dragoman_oidc=x..z", b"dragoman_oidc=a.b.c.d"):
        assert read_beginning([(b"cookie", value)]) is None
    assert read_return(b"state=s&code=c&code=d&more=1") == Return("s", "c")
    assert read_return(b"&".join([b"a=b"] * 30)) == Return()
