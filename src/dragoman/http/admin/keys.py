"""Virtual keys: seen, made, changed, renewed, revoked. A key's secret stands in one answer, the one that made it."""

from __future__ import annotations

import msgspec

from dragoman.http.admin.desk import Desk
from dragoman.http.admin.routes import Call, Route, Table
from dragoman.service.access.custody import Custody, KeyCard, NewKey
from dragoman.service.access.grants import Maker
from dragoman.service.access.keys import KeyChange, KeyWish


class KeyList(msgspec.Struct, frozen=True):
    """All keys that the caller may see, by their names."""

    items: list[KeyCard]


def find_custody(desk: Desk, call: Call) -> tuple[Custody, Maker]:
    """The use cases, and what the caller may hand out."""
    custody, caller = desk.custody, call.caller
    if custody is None:
        raise AssertionError("a gateway that serves these routes has keys to see to")
    return custody, custody.find_maker(caller.name, caller.role, caller.team)


async def list_keys(desk: Desk, call: Call) -> KeyList:
    """All of them."""
    custody, maker = find_custody(desk, call)
    return KeyList(custody.list_keys(maker))


async def read_key(desk: Desk, call: Call) -> KeyCard:
    """One of them, by its id or its name."""
    custody, maker = find_custody(desk, call)
    return custody.read_key(maker, call.names["id"])


async def create_key(desk: Desk, call: Call) -> NewKey:
    """A new one."""
    custody, maker = find_custody(desk, call)
    return await custody.create_key(maker, call.body)


async def change_key(desk: Desk, call: Call) -> KeyCard:
    """Changed from now on."""
    custody, maker = find_custody(desk, call)
    return await custody.change_key(maker, call.names["id"], call.body)


async def rotate_key(desk: Desk, call: Call) -> NewKey:
    """Another secret for the same key."""
    custody, maker = find_custody(desk, call)
    return await custody.rotate_key(maker, call.names["id"])


async def revoke_key(desk: Desk, call: Call) -> KeyCard:
    """Worth nothing from now on."""
    custody, maker = find_custody(desk, call)
    return await custody.revoke_key(maker, call.names["id"])


ROUTES: Table = (
    Route("GET", "/keys", "team_admin", list_keys, "Virtual keys, with what they have spent", KeyList),
    Route(
        "POST",
        "/keys",
        "team_admin",
        create_key,
        "Make a key; its secret is told once",
        NewKey,
        body=KeyWish,
        status=201,
    ),
    Route("GET", "/keys/{id}", "team_admin", read_key, "One key, by its id or name", KeyCard),
    Route("PATCH", "/keys/{id}", "team_admin", change_key, "Change a key", KeyCard, body=KeyChange),
    Route("DELETE", "/keys/{id}", "team_admin", revoke_key, "Revoke a key for good", KeyCard),
    Route("POST", "/keys/{id}/revoke", "team_admin", revoke_key, "Revoke a key for good", KeyCard),
    Route("POST", "/keys/{id}/rotate", "team_admin", rotate_key, "Give a key another secret", NewKey),
)
