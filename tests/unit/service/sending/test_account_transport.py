"""A session is there before a call goes out; one log-in serves all who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError
from dragoman.model.secret import Secret
from dragoman.routing.target import Origin, Withheld
from dragoman.service.reshaping.aside import Aside
from dragoman.service.sending.account_transport import AccountTransport
from dragoman.upstream.scripted import Script, ScriptedTransport
from dragoman.upstream.transport import OutgoingRequest

PLUGIN = """
from dragoman.errors import DragomanError, Kind
from dragoman.plugins.accounts import Ask, Compute, Session

class Door:
    def log_in(self, account, last):
        if last is not None:
            told = yield Ask("POST", "/renew", {}, last.state["key"])
            return Session({"authorization": "renewed"}, 60.0, {"key": b"2"})
        number = yield Compute(lambda: 6 * 7 if account != "crash" else 1 / 0)
        told = yield Ask("POST", "/login", {"x-account": account}, str(number).encode())
        while account == "endless":
            yield Ask("GET", "/login")
        if told.status != 200:
            raise DragomanError(Kind.AUTHENTICATION, "Not let in.", blame="upstream", phase="connect")
        return Session({"authorization": "first"}, 60.0, {"key": told.body})

    def sign_call(self, session, call):
        return Ask(call.method, call.path, {**call.headers, "x-signed": "yes"}, call.body + b"!")

    def note_answer(self, session, call, told):
        return told.status != 401
"""


class House:
    """A transport over scripted answers: what a path is answered with, and what was asked."""

    def __init__(self, **statuses: list[int]) -> None:
        self.statuses = statuses
        self.clock = FixedClock()
        self.inner = ScriptedTransport(self._play)
        self.transport = AccountTransport(self.inner, self.clock, Aside())

    def _play(self, request: OutgoingRequest) -> Script:
        name = request.target.decode().strip("/")
        waiting = self.statuses.get(name, [200])
        status = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return Script(status=status, chunks=(b"1",))

    @property
    def asked(self) -> list[str]:
        return [request.target.decode() for request in self.inner.requests]


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_house_door.py").write_text(PLUGIN)
    information = tmp_path / "a_house_door-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Name: a-house-door\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[dragoman.accounts]\ndoor = a_house_door:Door\n")
    monkeypatch.syspath_prepend(tmp_path)


def build_call(account: str = "ann", path: bytes = b"/chat") -> OutgoingRequest:
    withheld = Withheld("account", Secret(f"door {account}"))
    origin = Origin("http", "a", 80)
    return OutgoingRequest(origin, b"POST", path, [(b"x-a", b"b")], b"hi", withheld=withheld)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_the_first_call_logs_in_and_is_signed_and_the_next_finds_the_session() -> None:
    async def story() -> None:
        house = House()
        assert (await house.transport.send(build_call())).status == 200
        await house.transport.send(build_call())
        assert house.asked == ["/login", "/chat", "/chat"]
        login, call, _ = house.inner.requests
        assert (login.body, dict(login.headers)) == (b"42", {b"x-account": b"ann"})
        assert call.body == b"hi!"
        assert dict(call.headers) == {b"x-a": b"b", b"x-signed": b"yes", b"authorization": b"first"}
        assert call.withheld is None

    run(story())


def test_however_many_come_one_logs_in() -> None:
    async def story() -> None:
        house = House()
        await asyncio.gather(*(house.transport.send(build_call()) for _ in range(10)))
        assert house.asked.count("/login") == 1

    run(story())


def test_accounts_have_sessions_of_their_own() -> None:
    async def story() -> None:
        house = House()
        await house.transport.send(build_call("ann"))
        await house.transport.send(build_call("bob"))
        assert house.asked.count("/login") == 2

    run(story())


def test_a_session_is_renewed_before_it_ends() -> None:
    async def story() -> None:
        house = House()
        await house.transport.send(build_call())
        house.clock.advance(56.0)
        await house.transport.send(build_call())
        assert house.asked == ["/login", "/chat", "/renew", "/chat"]
        assert house.inner.requests[2].body == b"1"
        assert dict(house.inner.requests[3].headers)[b"authorization"] == b"renewed"

    run(story())


def test_a_session_that_is_no_longer_taken_is_replaced_and_the_call_made_once_more() -> None:
    async def story() -> None:
        house = House(chat=[401, 200])
        assert (await house.transport.send(build_call())).status == 200
        assert house.asked == ["/login", "/chat", "/renew", "/chat"]

    run(story())


def test_a_call_that_is_refused_twice_is_answered_so() -> None:
    async def story() -> None:
        house = House(chat=[401])
        assert (await house.transport.send(build_call())).status == 401
        assert house.asked.count("/chat") == 2

    run(story())


def test_a_log_in_that_was_refused_is_not_tried_again_at_once() -> None:
    async def story() -> None:
        house = House(login=[403])
        for _ in range(3):
            with pytest.raises(DragomanError, match="Not let in"):
                await house.transport.send(build_call())
        assert house.asked == ["/login"]
        house.clock.advance(6.0)
        with pytest.raises(DragomanError, match="Not let in"):
            await house.transport.send(build_call())
        assert house.asked == ["/login", "/login"]

    run(story())


@pytest.mark.parametrize(
    ("account", "complaint"), [("crash", "step of the log-in failed"), ("endless", "more than 20")]
)
def test_a_plugin_that_goes_astray_is_an_error(account: str, complaint: str) -> None:
    async def story() -> None:
        with pytest.raises(DragomanError, match=complaint):
            await House().transport.send(build_call(account))

    run(story())


def test_everything_else_passes_straight_through() -> None:
    async def story() -> None:
        house = House()
        call = OutgoingRequest(Origin("http", "a", 80), b"POST", b"/chat", [])
        await house.transport.send(call)
        assert house.inner.requests == [call]
        await house.transport.aclose()
        assert house.inner.is_closed

    run(story())
