"""Who is admitted where."""

from __future__ import annotations

import pytest

from dragoman.http.admin.routes import Need, is_admitted
from dragoman.ledger.control.records import Role


@pytest.mark.parametrize(
    ("role", "need", "method", "expected"),
    [
        ("admin", "admin", "PUT", True),
        ("viewer", "admin", "GET", False),
        ("viewer", "viewer", "POST", True),
        ("viewer", "team_admin", "GET", True),
        ("viewer", "team_admin", "POST", False),
        ("viewer", "member", "DELETE", False),
        ("team_admin", "team_admin", "POST", True),
        ("team_admin", "viewer", "GET", False),
        ("member", "member", "GET", True),
        ("member", "team_admin", "GET", False),
    ],
)
def test_a_role_sees_and_does_what_it_may(role: Role, need: Need, method: str, expected: bool) -> None:
    assert is_admitted(role, need, method) is expected
