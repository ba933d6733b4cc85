"""All routes together."""

from __future__ import annotations

from dragoman.http.admin.table import RouteTable
from dragoman.http.admin.tables import describe, list_routes


def test_no_path_stands_in_two_tables_and_all_are_described() -> None:
    table = RouteTable(list_routes())
    described = {(method.upper(), path) for path, methods in describe()["paths"].items() for method in methods}
    assert described == {(route.method, route.path) for route in table.routes}


def test_every_route_says_what_it_is_for() -> None:
    for route in list_routes():
        assert 5 < len(route.summary) < 80, route.path
        assert route.path.startswith("/")


def test_only_the_entrance_is_open_to_anyone() -> None:
    assert {route.path for route in list_routes() if route.role == "anyone"} == {
        "/sign-in",
        "/session",
        "/openapi.json",
    }
