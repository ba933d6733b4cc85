"""The ASGI callable of the admin API: finds the route, finds out who calls, reads, answers.

Invariants: nothing is answered to anybody whose role the route does not admit; what a session changes carries the
console's own header and comes from its own origin; every failure is JSON of one form. All of it is apart from the data
plane, which only hands over what it has no endpoint for.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from dragoman.errors import DragomanError, Kind
from dragoman.http.admin.desk import Desk
from dragoman.http.admin.head import AdminHead, read_admin_head
from dragoman.http.admin.incoming import read_call_body, read_query
from dragoman.http.admin.outgoing import send_answer, send_error
from dragoman.http.admin.routes import NOBODY, SAFE_METHODS, Call, Need, is_admitted
from dragoman.http.admin.table import RouteTable
from dragoman.http.body import ClientLeftError, Receive
from dragoman.http.caller import Caller
from dragoman.http.data_plane import CONNECTION_KEY
from dragoman.http.sink import Send

_log = logging.getLogger(__name__)

PREFIX = "/admin/api"
PLAY = "/play/"
PLAYED = ("/v1/", "/v1beta/", "/v1alpha/", "/v3/ai/", "/v4/ai/")

Scope = dict[str, Any]


class AdminPlane:
    """One instance serves every request. What the console's playground asks of models goes on to the data plane."""

    def __init__(self, table: RouteTable, desk: Desk) -> None:
        self._table = table
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        except DragomanError as error:
            await send_error(send, error)
        except ClientLeftError:
            return
        except Exception:
            _log.exception("the admin API failed")
            failure = DragomanError(Kind.INTERNAL, "The gateway failed; its log says why.", blame="gateway")
            await send_error(send, failure)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = read_admin_head(scope["headers"])
        self._desk.check_host(head.host, head.origin)
        path, method = scope["path"].removeprefix(PREFIX), scope["method"]
        if path.startswith(PLAY):
            self._admit(self._find_caller(head, scope), head, method, "admin")
            await self._desk.play(lead_on(scope, path.removeprefix(PLAY[:-1])), receive, send)
            return
        route, names = self._table.find(method, path)
        caller = NOBODY
        if route.role != "anyone":
            caller = self._admit(self._find_caller(head, scope), head, method, route.role)
        elif head.is_foreign:
            raise refuse_foreign()
        call = Call(
            caller=caller,
            names=names,
            query=read_query(route, scope["query_string"]),
            body=await read_call_body(route, head.content_type, receive),
            if_match=head.if_match,
            session=head.session,
            address=address_of(scope),
        )
        is_gone = asyncio.Event()
        if (connection := scope.get(CONNECTION_KEY)) is not None:
            connection.on_disconnect = is_gone.set
        await send_answer(send, route, await route.answer(self._desk, call), is_gone.is_set)

    def _find_caller(self, head: AdminHead, scope: Scope) -> Caller:
        """A key counts before a session, as it was shown on purpose. Whoever guesses keys has to wait; a right one does
        not, since all callers may come from the address of one proxy."""
        desk = self._desk
        if head.credential:
            caller = desk.identify(head.credential)
            if caller is None:
                address = address_of(scope)
                desk.patience.check(address)
                desk.patience.note_failure(address)
                raise unknown_caller("This key is not one of the gateway's, or may not come here.")
            return caller
        found = desk.sessions.find(head.session) if head.session else None
        if found is None:
            raise unknown_caller("Sign in: by the link that the gateway prints when it starts, or with a key of it.")
        return found

    def _admit(self, caller: Caller, head: AdminHead, method: str, need: Need) -> Caller:
        if caller.is_session:
            if head.is_foreign:
                raise refuse_foreign()
            if method not in SAFE_METHODS and not head.has_mark:
                message = "A change out of a session must carry the header `x-dragoman-console: 1`."
                raise DragomanError(Kind.PERMISSION, message, code="missing_header")
        if not is_admitted(caller.role, need, method):
            message = f"This needs the role {need}; {caller.name} has the role {caller.role}."
            raise DragomanError(Kind.PERMISSION, message, code="role")
        return caller


def unknown_caller(message: str) -> DragomanError:
    """Nobody knows who this is."""
    return DragomanError(Kind.AUTHENTICATION, message, code="sign_in")


def refuse_foreign() -> DragomanError:
    """A page of another origin asks."""
    return DragomanError(Kind.PERMISSION, "Only the console's own pages may do this.", code="foreign_origin")


def address_of(scope: Scope) -> str:
    """Where the connection comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def lead_on(scope: Scope, path: str) -> Scope:
    """The request as the data plane would have got it, at its own path; it leads to models and nowhere else."""
    if not path.startswith(PLAYED):
        raise DragomanError(Kind.NOT_FOUND, "The playground leads to models only.", code="unknown_url")
    return scope | {"path": path, "raw_path": path.encode()}
