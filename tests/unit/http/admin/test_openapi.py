"""The description is whole, and true to the routes."""

from __future__ import annotations

import json
import re

import msgspec

from dragoman.http.admin.openapi import build_description
from dragoman.http.admin.routes import Call, Route


class Wish(msgspec.Struct):
    """What somebody wants."""

    name: str


class Found(msgspec.Struct):
    """What there is."""

    items: list[Wish]


class Ask(msgspec.Struct):
    """A question."""

    must: str
    may: int = 5


async def answer(_desk: object, _call: Call) -> None:
    """Nothing."""


DESCRIPTION = build_description(
    [
        Route("GET", "/wishes/{id}", "viewer", answer, "See", Found, Ask),
        Route("POST", "/wishes", "admin", answer, "Make", Found, body=Wish, status=201),
        Route("DELETE", "/wishes/{id}", "anyone", answer, "Forget"),
        Route("GET", "/file.csv", "viewer", answer, "File", bytes, media="text/csv"),
    ]
)


def test_names_in_paths_and_queries_are_parameters() -> None:
    parameters = DESCRIPTION["paths"]["/wishes/{id}"]["get"]["parameters"]
    assert [(one["name"], one["in"], one["required"]) for one in parameters] == [
        ("id", "path", True),
        ("must", "query", True),
        ("may", "query", False),
    ]
    assert parameters[2]["schema"]["default"] == 5


def test_bodies_and_answers_are_named_types() -> None:
    posted = DESCRIPTION["paths"]["/wishes"]["post"]
    body = posted["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Wish"}
    assert list(posted["responses"]) == ["201", "default"]
    assert DESCRIPTION["components"]["schemas"]["Wish"]["required"] == ["name"]
    assert list(DESCRIPTION["paths"]["/wishes/{id}"]["delete"]["responses"]) == ["204", "default"]
    assert "text/csv" in DESCRIPTION["paths"]["/file.csv"]["get"]["responses"]["200"]["content"]


def test_roles_are_told_and_what_is_open_is_told_as_open() -> None:
    assert DESCRIPTION["paths"]["/wishes"]["post"]["x-role"] == "admin"
    assert DESCRIPTION["paths"]["/wishes/{id}"]["delete"]["security"] == []
    assert "security" not in DESCRIPTION["paths"]["/wishes"]["post"]


def test_every_reference_leads_somewhere_and_every_operation_has_its_own_name() -> None:
    text = json.dumps(DESCRIPTION)
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in DESCRIPTION["components"]["schemas"]
    names = [one["operationId"] for path in DESCRIPTION["paths"].values() for one in path.values()]
    assert len(names) == len(set(names)) == 4
