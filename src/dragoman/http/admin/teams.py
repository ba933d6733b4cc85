"""Teams: what all of their keys may use together."""

from __future__ import annotations

import msgspec

from dragoman.http.admin.desk import Desk
from dragoman.http.admin.keys import find_custody
from dragoman.http.admin.routes import Call, Route, Table
from dragoman.service.access.custody import TeamCard
from dragoman.service.access.teams import TeamChange, TeamWish


class TeamList(msgspec.Struct, frozen=True):
    """All teams that the caller may see, by their names."""

    items: list[TeamCard]


async def list_teams(desk: Desk, call: Call) -> TeamList:
    """All of them."""
    custody, maker = find_custody(desk, call)
    return TeamList(custody.list_teams(maker))


async def create_team(desk: Desk, call: Call) -> TeamCard:
    """A new one."""
    custody, maker = find_custody(desk, call)
    return await custody.create_team(maker, call.body)


async def change_team(desk: Desk, call: Call) -> TeamCard:
    """Changed from now on."""
    custody, maker = find_custody(desk, call)
    return await custody.change_team(maker, call.names["name"], call.body)


async def remove_team(desk: Desk, call: Call) -> None:
    """Gone, if it has no keys any more."""
    custody, maker = find_custody(desk, call)
    await custody.remove_team(maker, call.names["name"])


ROUTES: Table = (
    Route("GET", "/teams", "team_admin", list_teams, "Teams, with what they have spent", TeamList),
    Route("POST", "/teams", "admin", create_team, "Make a team", TeamCard, body=TeamWish, status=201),
    Route("PATCH", "/teams/{name}", "admin", change_team, "Change a team", TeamCard, body=TeamChange),
    Route("DELETE", "/teams/{name}", "admin", remove_team, "Remove a team that has no keys"),
)
