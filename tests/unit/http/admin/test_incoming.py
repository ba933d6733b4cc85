"""Queries and bodies are read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.http.admin.counter import Counter


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/exchanges?modell=x", "There is no parameter 'modell' here"),
        ("/exchanges?limit=many", "limit"),
        ("/exchanges?limit=0", "limit"),
        ("/usage?by=shoe", "by"),
        ("/overview?minutes=-1", "minutes"),
        ("/exchanges?" + "&".join(f"a{n}=1" for n in range(200)), "too many parameters"),
    ],
)
def test_a_wrong_query_is_told(counter: Counter, path: str, told: str) -> None:
    reply = counter.ask("GET", path, key="viewer-key")
    assert reply.status == 400
    assert told in reply.json["error"]["message"]


def test_a_query_is_read_as_its_types(counter: Counter) -> None:
    assert counter.ask("GET", "/exchanges?limit=3&since_ms=5&model=", key="viewer-key").json["items"] == []


def test_a_body_must_say_that_it_is_json(counter: Counter) -> None:
    plain = [(b"content-type", b"text/plain")]
    assert counter.ask("POST", "/config/validate", b'{"text": ""}', plain, key="admin-key").status == 415
    assert counter.ask("POST", "/config/validate", {"text": ""}, key="admin-key").status == 200


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b'{"text": 5}', b"{}"])
def test_a_wrong_body_is_told(counter: Counter, body: bytes) -> None:
    reply = counter.ask("POST", "/config/validate", body, key="admin-key")
    assert (reply.status, reply.json["error"]["path"]) == (400, "body")


def test_a_body_beyond_all_bounds_is_refused(counter: Counter) -> None:
    assert counter.ask("POST", "/config/validate", b" " * (5 * 1024 * 1024), key="admin-key").status == 413
