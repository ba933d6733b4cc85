"""Coming in and going out: sessions of the console, who one is, and the API's own description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dragoman import __version__
from dragoman.errors import DragomanError, Kind
from dragoman.http.admin.desk import Desk, note_change
from dragoman.http.admin.routes import Call, Route, Signed, Table
from dragoman.http.caller import Caller
from dragoman.ledger.control.records import Role


class Me(msgspec.Struct, frozen=True):
    """Who one is. `needs_key`: requests to models have to show a key."""

    name: str
    role: Role
    team: str
    is_session: bool
    version: str
    needs_key: bool
    now_ms: int


class SignIn(msgspec.Struct, frozen=True):
    """A key of the gateway."""

    key: str


class Entrances(msgspec.Struct, frozen=True):
    """What the identity provider is called, through which one may sign in at /console/oidc/start; empty: there is none."""

    oidc: str = ""


async def read_entrances(desk: Desk, _: Call) -> Entrances:
    """The ways in, beside the printed link and a key."""
    return Entrances(desk.oidc.settings.title if desk.oidc is not None else "")


async def read_me(desk: Desk, call: Call) -> Me:
    """Who asks."""
    return build_me(desk, call.caller)


async def sign_in(desk: Desk, call: Call) -> Signed:
    """A session for whoever has a key with a role."""
    desk.patience.check(call.address)
    caller = desk.identify(call.body.key)
    if caller is None:
        desk.patience.note_failure(call.address)
        raise DragomanError(Kind.AUTHENTICATION, "This key is not one of the gateway's.", code="sign_in")
    if caller.role == "member":
        message = "This key may ask for models, and not come in here; it needs a role such as viewer."
        raise DragomanError(Kind.PERMISSION, message, code="role")
    desk.patience.note_success(call.address)
    session = desk.sessions.begin(caller)
    await note_change(desk, caller, "session.begin", caller.name)
    return Signed(build_me(desk, msgspec.structs.replace(caller, is_session=True)), session)


async def sign_out(desk: Desk, call: Call) -> Signed:
    """The end of the session, in the browser and here."""
    if call.session:
        desk.sessions.end(call.session)
    return Signed(None, "")


def build_me(desk: Desk, caller: Caller) -> Me:
    """Who somebody is."""
    return Me(
        name=caller.name,
        role=caller.role,
        team=caller.team,
        is_session=caller.is_session,
        version=__version__,
        needs_key=desk.needs_key(),
        now_ms=int(desk.clock.unix() * 1000),
    )


def list_entrance(describe: Callable[[], dict[str, Any]]) -> Table:
    """The routes; `describe` makes the description of all."""

    async def read_description(_desk: Desk, _call: Call) -> dict[str, Any]:
        return describe()

    return (
        Route("GET", "/me", "member", read_me, "Who one is", Me),
        Route("GET", "/sign-in", "anyone", read_entrances, "Ways to sign in", Entrances),
        Route("POST", "/session", "anyone", sign_in, "Sign in with a key of the gateway", Me, body=SignIn),
        Route("DELETE", "/session", "anyone", sign_out, "Sign out"),
        Route("GET", "/openapi.json", "anyone", read_description, "This description", dict[str, Any]),
    )
