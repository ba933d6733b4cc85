"""Coming in and going out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.http.admin.counter import Counter


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def cookie_of(header: str) -> list[tuple[bytes, bytes]]:
    return [(b"cookie", header.partition(";")[0].encode())]


def test_a_key_with_a_role_opens_a_session(counter: Counter) -> None:
    reply = counter.ask("POST", "/session", {"key": "viewer-key"})
    assert (reply.status, reply.json["name"], reply.json["is_session"]) == (200, "vic", True)
    browser = cookie_of(reply.headers["set-cookie"])
    me = counter.ask("GET", "/me", headers=browser).json
    assert (me["role"], me["is_session"], me["needs_key"]) == ("viewer", True, True)
    assert "viewer-key" not in reply.body.decode() + reply.headers["set-cookie"]


def test_a_key_without_a_role_opens_none(counter: Counter) -> None:
    reply = counter.ask("POST", "/session", {"key": "member-key"})
    assert (reply.status, reply.json["error"]["code"]) == (403, "role")
    assert "set-cookie" not in reply.headers


def test_guessing_is_slowed_down_and_a_right_key_forgives(counter: Counter) -> None:
    statuses = [counter.ask("POST", "/session", {"key": f"guess-{n}"}).status for n in range(7)]
    assert statuses == [401] * 6 + [429]
    assert counter.ask("POST", "/session", {"key": "admin-key"}).status == 429
    counter.clock.advance(2)
    assert counter.ask("POST", "/session", {"key": "admin-key"}).status == 200
    assert counter.ask("POST", "/session", {"key": "guess"}).status == 401


def test_signing_out_without_being_in_is_no_failure(counter: Counter) -> None:
    assert counter.ask("DELETE", "/session").status == 204


def test_the_description_is_for_everybody(counter: Counter) -> None:
    assert counter.ask("GET", "/openapi.json").json["openapi"] == "3.1.0"
