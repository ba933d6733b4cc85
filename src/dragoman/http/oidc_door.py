"""The two addresses of a sign-in through an identity provider: where it begins, and where the browser comes back to.

In between, what it has to remember is in a cookie that only these two addresses see. It has to be sent along when the
provider's page leads back, so it is `Lax`; the session that it ends in is not.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from dragoman.errors import DragomanError, Kind
from dragoman.http.admin.desk import Desk, note_change
from dragoman.http.admin.outgoing import build_cookie
from dragoman.http.admin.plane import address_of
from dragoman.http.caller import Caller
from dragoman.http.console_files import PREFIX, PageFile
from dragoman.http.console_pages import HOME, lead_to, tell
from dragoman.service.oidc.sign_in import CALLBACK, Beginning, OidcSignIn, Return

FOLDER = f"{PREFIX}/oidc"
START = f"{FOLDER}/start"
COOKIE = "dragoman_oidc"
COOKIE_SECONDS = 600
MAX_PARAMETERS = 20


class OidcDoor:
    """Knows both addresses."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def answer(self, scope: dict[str, Any]) -> PageFile | None:
        """On to the provider, or into the console; None where the path is neither, or there is no provider."""
        oidc = self._desk.oidc
        if oidc is None or scope["path"] not in {START, CALLBACK}:
            return None
        address = address_of(scope)
        try:
            self._desk.patience.check(address)
            if scope["path"] == START:
                return await self._begin(oidc)
            return await self._finish(oidc, scope)
        except DragomanError as error:
            if error.kind in {Kind.AUTHENTICATION, Kind.PERMISSION}:
                self._desk.patience.note_failure(address)
            page = tell(error.status, "No entry", error.message, has_link=True)
            return PageFile(page.status, page.content, [*page.headers, build_note(oidc, "", 0)])

    async def _begin(self, oidc: OidcSignIn) -> PageFile:
        begun, place = await oidc.begin()
        return lead_to(place, (build_note(oidc, ".".join(begun), COOKIE_SECONDS),))

    async def _finish(self, oidc: OidcSignIn, scope: dict[str, Any]) -> PageFile:
        person = await oidc.finish(read_beginning(scope["headers"]), read_return(scope["query_string"]))
        caller = Caller(person.name, person.role)
        self._desk.patience.note_success(address_of(scope))
        session = self._desk.sessions.begin(caller)
        await note_change(self._desk, caller, "session.begin", caller.name, role=caller.role)
        return lead_to(HOME, (build_cookie(session), build_note(oidc, "", 0)))


def build_note(oidc: OidcSignIn, value: str, seconds: int) -> tuple[bytes, bytes]:
    """What makes the browser remember a sign-in, or forget it."""
    secure = "; Secure" if oidc.settings.public_url.startswith("https:") else ""
    text = f"{COOKIE}={value}; Path={FOLDER}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
    return b"set-cookie", text.encode()


def read_beginning(headers: list[tuple[bytes, bytes]]) -> Beginning | None:
    """What the browser was told to remember; None where it remembers nothing."""
    for name, value in headers:
        for pair in value.decode("latin-1").split(";") if name == b"cookie" else ():
            key, _, text = pair.strip().partition("=")
            pieces = text.split(".")
            if key == COOKIE and len(pieces) == len(Beginning._fields) and all(pieces):
                return Beginning(*pieces)
    return None


def read_return(query: bytes) -> Return:
    """What the provider sent along; the first of what comes twice."""
    try:
        given = parse_qs(query.decode("latin-1"), max_num_fields=MAX_PARAMETERS)
    except ValueError:
        return Return()
    return Return(**{name: given[name][0] for name in Return._fields if name in given})
