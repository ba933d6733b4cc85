"""The routes of keys: who may, what comes in, what goes out."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.http.admin.routes import ADMITTED
from tests.unit.http.admin.bureau import EYE, LEAD, Bureau, find_route


def test_a_key_lives_from_its_making_to_its_end() -> None:
    bureau = Bureau()
    made = bureau.call("POST", "/keys", body={"name": "ada", "budgets": {"day": 5}, "models": ["gpt-*"]})
    key_id = made["key"]["id"]
    assert made["secret"].startswith(f"dgm_{key_id}_")
    assert bureau.call("GET", "/keys/{id}", id="ada")["spent"] == {"day": 0, "week": 0, "month": 0, "total": 0}
    assert bureau.call("PATCH", "/keys/{id}", body={"models": None, "rpm": 3}, id=key_id)["rpm"] == 3
    assert bureau.call("POST", "/keys/{id}/rotate", id=key_id)["secret"] != made["secret"]
    assert bureau.call("DELETE", "/keys/{id}", id=key_id)["state"] == "revoked"
    (listed,) = bureau.call("GET", "/keys")["items"]
    assert (listed["models"], listed["budgets"], listed["state"]) == (None, {"day": 5}, "revoked")


def test_the_secret_and_its_digest_stand_in_no_other_answer() -> None:
    bureau = Bureau()
    made = bureau.call("POST", "/keys", body={"name": "ada"})
    tail = made["secret"][-30:]
    answers = [made["key"], bureau.call("GET", "/keys"), bureau.call("GET", "/keys/{id}", id="ada")]
    answers += [bureau.call("GET", "/audit")]
    assert not any(tail in str(answer) or "digest" in str(answer) for answer in answers)


def test_a_viewer_looks_and_changes_nothing() -> None:
    bureau = Bureau()
    bureau.call("POST", "/keys", body={"name": "ada"})
    assert len(bureau.call("GET", "/keys", EYE)["items"]) == 1
    for method, path in (("POST", "/keys/{id}/rotate"), ("POST", "/keys/{id}/revoke"), ("DELETE", "/keys/{id}")):
        with pytest.raises(DragomanError) as caught:
            bureau.call(method, path, EYE, id="ada")
        assert caught.value.kind is Kind.PERMISSION


def test_the_keys_of_another_team_are_not_there() -> None:
    bureau = Bureau()
    for team in ("red", "blue"):
        bureau.call("POST", "/teams", body={"name": team})
        bureau.call("POST", "/keys", body={"name": f"of-{team}", "team": team})
    assert [key["name"] for key in bureau.call("GET", "/keys", LEAD)["items"]] == ["of-red"]
    for method, path in (("GET", "/keys/{id}"), ("DELETE", "/keys/{id}"), ("POST", "/keys/{id}/rotate")):
        with pytest.raises(DragomanError) as caught:
            bureau.call(method, path, LEAD, id="of-blue")
        assert caught.value.kind is Kind.NOT_FOUND
    assert bureau.call("POST", "/keys", LEAD, body={"name": "new"})["key"]["team"] == "red"


@pytest.mark.parametrize("path", ["/keys", "/keys/{id}"])
def test_members_are_not_even_let_in(path: str) -> None:
    assert "member" not in ADMITTED[find_route("GET", path).role]
