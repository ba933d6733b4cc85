"""The routes of teams."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from tests.unit.http.admin.bureau import BOSS, EYE, LEAD, Bureau, find_route


def test_a_team_is_made_changed_seen_and_removed() -> None:
    bureau = Bureau()
    assert bureau.call("POST", "/teams", body={"name": "red", "budgets": {"month": 9}})["keys"] == 0
    assert bureau.call("PATCH", "/teams/{name}", body={"concurrency": 2}, name="red")["budgets"] == {"month": 9}
    bureau.call("POST", "/teams", body={"name": "blue"})
    assert [team["name"] for team in bureau.call("GET", "/teams", EYE)["items"]] == ["blue", "red"]
    assert [team["name"] for team in bureau.call("GET", "/teams", LEAD)["items"]] == ["red"]
    bureau.call("POST", "/keys", body={"name": "ada", "team": "red"})
    with pytest.raises(DragomanError) as caught:
        bureau.call("DELETE", "/teams/{name}", BOSS, name="red")
    assert caught.value.status == 409
    assert bureau.call("DELETE", "/teams/{name}", BOSS, name="blue") is None


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/teams"), ("PATCH", "/teams/{name}"), ("DELETE", "/teams/{name}")]
)
def test_only_admins_change_teams(method: str, path: str) -> None:
    assert find_route(method, path).role == "admin"
