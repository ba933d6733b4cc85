"""What the admin API consists of: a row for each method of each path.

A row says everything that a reader, the OpenAPI document and the dispatcher need to know: who may, what comes in, what
goes out, and who answers. A table is a plain tuple of rows, and `tables.py` joins them. Types are msgspec Structs:
a query is read by the fields of its Struct, a body is JSON.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Literal

import msgspec

from dragoman.http.admin.desk import Desk
from dragoman.http.caller import Caller
from dragoman.ledger.control.records import Role

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Need = Role | Literal["anyone"]

ADMITTED: dict[Need, frozenset[Role]] = {
    "member": frozenset({"member", "team_admin", "viewer", "admin"}),
    "team_admin": frozenset({"team_admin", "viewer", "admin"}),
    "viewer": frozenset({"viewer", "admin"}),
    "admin": frozenset({"admin"}),
}
"""Who may see what a route of a role shows: whoever may do at least as much. `is_admitted` knows the rest."""

SAFE_METHODS = frozenset({"GET", "HEAD"})

NOBODY = Caller("", "member")


class Call(msgspec.Struct, frozen=True):
    """One request to a route. `names` are those in braces of its path; query and body are of the route's own types."""

    caller: Caller = NOBODY
    names: Mapping[str, str] = {}
    query: Any = None
    body: Any = None
    if_match: str = ""
    session: str = ""  # what the cookie says, whether there is such a session or not
    address: str = ""  # of the connection's other end


class Download(msgspec.Struct, frozen=True):
    """An answer that is no JSON."""

    content: bytes
    content_type: str
    file_name: str = ""


class Events(msgspec.Struct, frozen=True):
    """An answer that goes on: each piece is sent as one server-sent event's data, as JSON."""

    pieces: AsyncGenerator[Any, None]


class Tagged(msgspec.Struct, frozen=True):
    """An answer with the version of what it shows, for a later `If-Match`."""

    content: Any
    version: str


class Signed(msgspec.Struct, frozen=True):
    """An answer that begins a session in the browser; ends it where the session is empty."""

    content: Any
    session: str


Answer = Callable[[Desk, Call], Awaitable[Any]]
"""Gives a value of the route's response type, or one of the four above. Failures are `DragomanError`s."""


class Route(msgspec.Struct, frozen=True):
    """`path` is below /admin/api and may have `{names}`; `role` is the least that a caller must have."""

    method: Method
    path: str
    role: Need
    answer: Answer
    summary: str
    response: Any = None  # None: nothing is sent back, status 204
    query: type[msgspec.Struct] | None = None
    body: Any = None
    status: int = 200
    media: str = "application/json"  # what is sent back, where `response` is not sent as JSON


Table = tuple[Route, ...]


def is_admitted(role: Role, need: Need, method: str) -> bool:
    """Whether a caller may. A viewer sees what teams see, and changes nothing of it."""
    if role == "viewer" and need != "viewer" and method not in SAFE_METHODS:
        return False
    return role in ADMITTED[need]
