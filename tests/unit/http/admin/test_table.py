"""Paths find their routes."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from dragoman.http.admin.routes import Call, Method, Route
from dragoman.http.admin.table import RouteTable


async def answer(_desk: object, _call: Call) -> None:
    """Nothing."""


def make(method: Method, path: str) -> Route:
    return Route(method, path, "viewer", answer, f"{method} {path}")


TABLE = RouteTable(
    [make("GET", "/things/{id}"), make("GET", "/things"), make("POST", "/things/test"), make("GET", "/things/a.csv")]
)


@pytest.mark.parametrize(
    ("method", "path", "summary", "names"),
    [
        ("GET", "/things", "GET /things", {}),
        ("GET", "/things/7", "GET /things/{id}", {"id": "7"}),
        ("GET", "/things/a.csv", "GET /things/a.csv", {}),
        ("GET", "/things/aXcsv", "GET /things/{id}", {"id": "aXcsv"}),
        ("POST", "/things/test", "POST /things/test", {}),
    ],
)
def test_the_path_with_fewer_names_counts(method: str, path: str, summary: str, names: dict[str, str]) -> None:
    route, found = TABLE.find(method, path)
    assert (route.summary, found) == (summary, names)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/things/", 404),
        ("GET", "/things/1/2", 404),
        ("DELETE", "/things", 405),
        ("HEAD", "/things", 405),
    ],
)
def test_what_is_not_there_is_told(method: str, path: str, status: int) -> None:
    with pytest.raises(DragomanError) as caught:
        TABLE.find(method, path)
    assert caught.value.status == status


def test_a_route_cannot_stand_there_twice() -> None:
    with pytest.raises(AssertionError, match="GET /a"):
        RouteTable([make("GET", "/a"), make("GET", "/a")])
