"""What is for operators: the admin API, the console's files, and the link that signs one in.

The data plane hands over what it has no endpoint for if its path begins with one of ours; no request for a model comes
by here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from dragoman.errors import DragomanError
from dragoman.http.admin import plane
from dragoman.http.admin.desk import Desk
from dragoman.http.admin.head import read_admin_head
from dragoman.http.admin.outgoing import build_cookie
from dragoman.http.admin.plane import AdminPlane, Scope, address_of
from dragoman.http.admin.routes import SAFE_METHODS
from dragoman.http.body import Receive
from dragoman.http.console_files import PREFIX, ConsoleFiles, PageFile
from dragoman.http.console_pages import HOME, lead_to, tell
from dragoman.http.oidc_door import OidcDoor
from dragoman.http.sink import Send

LOGIN = f"{PREFIX}/login"
PREFIXES = (plane.PREFIX, PREFIX)

Serve = Callable[[Scope, Receive, Send], Awaitable[None]]


class ControlPlane:
    """Knows the admin API and the files."""

    def __init__(self, admin: AdminPlane, desk: Desk, files: ConsoleFiles) -> None:
        self._admin = admin
        self._desk = desk
        self._files = files
        self._oidc = OidcDoor(desk)

    def covers(self, path: str) -> bool:
        """Whether a path is one of ours."""
        return path.startswith(PREFIXES) and any(path == one or path.startswith(one + "/") for one in PREFIXES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(plane.PREFIX):
            await self._admin(scope, receive, send)
        else:
            await _send_page(send, await self._find_page(scope), scope["method"])

    async def _find_page(self, scope: Scope) -> PageFile:
        head = read_admin_head(scope["headers"])
        try:
            self._desk.check_host(head.host, head.origin)
        except DragomanError as error:
            return tell(error.status, "Not here", error.message)
        if scope["method"] not in SAFE_METHODS:
            return tell(405, "Not like this", "These pages are only read.")
        if scope["path"] == PREFIX:
            return lead_to(HOME)
        if scope["path"] == LOGIN and scope["query_string"]:
            return self._sign_in(scope)
        page = await self._oidc.answer(scope)
        return page or self._files.find(scope["path"], takes_gzip=_takes_gzip(scope))

    def _sign_in(self, scope: Scope) -> PageFile:
        """The printed link: a session for whoever has it, once."""
        address = address_of(scope)
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        try:
            self._desk.patience.check(address)
            session = self._desk.sessions.redeem(tokens[0])
        except DragomanError as error:
            self._desk.patience.note_failure(address)
            advice = (
                f"{error.message} `dragoman console` prints another one; a key of the gateway with a role does as well:"
            )
            return tell(error.status, "No entry", advice, has_link=True)
        self._desk.patience.note_success(address)
        return lead_to(HOME, (build_cookie(session),))


def _takes_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


async def _send_page(send: Send, page: PageFile, method: str) -> None:
    start: dict[str, Any] = {"type": "http.response.start", "status": page.status, "headers": page.headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else page.content})
