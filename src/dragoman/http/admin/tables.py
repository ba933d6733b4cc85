"""All tables of the admin API, joined; its description is one of its own routes."""

from __future__ import annotations

from functools import cache
from typing import Any

from dragoman.http.admin import audit, insight, keys, steering, supply, teams, vault
from dragoman.http.admin.entrance import list_entrance
from dragoman.http.admin.openapi import build_description
from dragoman.http.admin.routes import Table


@cache
def list_routes() -> Table:
    """Every route."""
    others = (insight, supply, steering, keys, teams, vault, audit)
    return (*list_entrance(describe), *(route for table in others for route in table.ROUTES))


@cache
def describe() -> dict[str, Any]:
    """The OpenAPI document."""
    return build_description(list_routes())
