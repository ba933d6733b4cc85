"""Who gets in, who does not, and what is said then."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.http.admin.plane import AdminPlane, lead_on
from dragoman.http.admin.routes import Call, Route
from dragoman.http.admin.table import RouteTable
from dragoman.http.admin.tables import list_routes
from tests.unit.http.admin.counter import HOST, KEYS, Counter

ADMITTED = {
    "member": {"member", "team_admin", "viewer", "admin"},
    "team_admin": {"team_admin", "viewer", "admin"},
    "viewer": {"viewer", "admin"},
    "admin": {"admin"},
}
MARK = [(b"x-dragoman-console", b"1")]


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def test_without_a_key_or_a_session_nobody_gets_in(counter: Counter) -> None:
    for route in list_routes():
        if route.role != "anyone":
            path = route.path.replace("{", "").replace("}", "")
            reply = counter.ask(route.method, path, {} if route.body else None)
            assert (reply.status, reply.json["error"]["code"]) == (401, "sign_in"), route.path


def test_every_route_asks_for_a_role_and_admits_nobody_below_it(counter: Counter) -> None:
    for route in list_routes():
        if route.role == "anyone":
            continue
        path = route.path.replace("{", "").replace("}", "")
        for key, caller in KEYS.items():
            if caller.role not in ADMITTED[route.role]:
                reply = counter.ask(route.method, path, {} if route.body else None, key=key)
                assert (reply.status, reply.json["error"]["code"]) == (403, "role"), (route.path, caller.role)


def test_what_changes_something_is_not_for_viewers() -> None:
    harmless = {"/routes/explain", "/session"}
    changing = [one for one in list_routes() if one.method != "GET" and one.path not in harmless]
    assert len(changing) > 10
    for route in changing:
        assert route.role in {"admin", "team_admin"}, route.path


def test_a_key_says_who_one_is(counter: Counter) -> None:
    reply = counter.ask("GET", "/me", key="viewer-key")
    assert (reply.status, reply.json["name"], reply.json["role"]) == (200, "vic", "viewer")
    assert counter.ask("GET", "/me", headers=[(b"x-api-key", b"member-key")]).json["role"] == "member"


def test_a_wrong_key_is_refused_and_after_many_one_has_to_wait(counter: Counter) -> None:
    replies = [counter.ask("GET", "/me", key="guess") for _ in range(8)]
    assert [reply.status for reply in replies] == [401] * 6 + [429] * 2
    assert int(replies[-1].headers["retry-after"]) >= 1
    assert counter.ask("GET", "/me", key="viewer-key").status == 200
    counter.clock.advance(60)
    assert counter.ask("GET", "/me", key="admin-key").status == 200


def test_a_session_changes_nothing_without_the_mark_of_the_console(counter: Counter) -> None:
    browser = counter.sign_in()
    path = "/providers/a/credentials/a-1/pause"
    assert counter.ask("GET", "/me", headers=browser).json["is_session"] is True
    refused = counter.ask("POST", path, headers=browser)
    assert (refused.status, refused.json["error"]["code"]) == (403, "missing_header")
    assert counter.ask("POST", path, headers=[*browser, *MARK]).json["is_paused"] is True
    assert counter.ask("POST", path, key="admin-key").status == 200


@pytest.mark.parametrize(
    "foreign",
    [
        [(b"origin", b"http://evil.example")],
        [(b"origin", b"http://127.0.0.1:3000")],
        [(b"origin", b"null")],
        [(b"sec-fetch-site", b"cross-site")],
        [(b"sec-fetch-site", b"same-site")],
    ],
)
def test_pages_of_others_cannot_use_a_session(counter: Counter, foreign: list[tuple[bytes, bytes]]) -> None:
    browser = counter.sign_in()
    for method, path in (("GET", "/me"), ("POST", "/providers/a/credentials/a-1/pause")):
        reply = counter.ask(method, path, headers=[*browser, *MARK, *foreign])
        assert (reply.status, reply.json["error"]["code"]) == (403, "foreign_origin")
    assert counter.ask("DELETE", "/session", headers=[*browser, *foreign]).status == 403
    assert counter.ask("GET", "/me", headers=browser).status == 200


def test_the_console_s_own_origin_is_let_in(counter: Counter) -> None:
    own = [(b"origin", b"http://" + HOST), (b"sec-fetch-site", b"same-origin")]
    assert counter.ask("GET", "/me", headers=[*counter.sign_in(), *own]).status == 200


def test_a_foreign_host_is_refused_before_anything_else(counter: Counter) -> None:
    reply = counter.ask("GET", "/openapi.json", headers=[(b"host", b"rebound.example")])
    assert (reply.status, reply.json["error"]["message"]) == (403, "foreign host")


def test_a_session_that_was_ended_is_none_any_more(counter: Counter) -> None:
    browser = counter.sign_in()
    reply = counter.ask("DELETE", "/session", headers=browser)
    assert (reply.status, reply.body) == (204, b"")
    assert "Max-Age=0" in reply.headers["set-cookie"]
    assert counter.ask("GET", "/me", headers=browser).status == 401


def test_the_playground_goes_on_to_the_data_plane(counter: Counter) -> None:
    browser = [*counter.sign_in(), *MARK, (b"anthropic-version", b"2023-06-01")]
    reply = counter.ask("POST", "/play/v1/messages?x=1", {"a": 1}, browser)
    assert (reply.status, reply.body) == (299, b"played")
    (scope,) = counter.played
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/v1/messages", b"/v1/messages", b"x=1")
    assert (b"anthropic-version", b"2023-06-01") in scope["headers"]
    assert counter.ask("POST", "/play/v1/messages", {}, counter.sign_in()).status == 403
    assert counter.ask("POST", "/play/v1/messages", {}, key="viewer-key").status == 403
    assert counter.ask("POST", "/play/v1/messages", {}).status == 401
    for elsewhere in ("/play/admin/api/me", "/play/console/", "/play/metrics", "/play/play/v1/models"):
        assert counter.ask("GET", elsewhere, headers=browser).status == 404
    assert len(counter.played) == 1


def test_a_failure_that_nobody_foresaw_is_told_without_its_reasons(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_desk: object, _call: Call) -> None:
        raise ValueError("a secret reason")

    counter.plane = AdminPlane(RouteTable([Route("GET", "/x", "anyone", fail, "fails")]), counter.desk)
    reply = counter.ask("GET", "/x")
    assert reply.status == 500
    assert b"secret reason" not in reply.body
    assert "a secret reason" in caplog.text


def test_errors_have_one_form(counter: Counter) -> None:
    async def fail(_desk: object, _call: Call) -> None:
        raise DragomanError(Kind.CONFLICT, "not now", path="a.b", code="why", retry_after_seconds=2.2)

    counter.plane = AdminPlane(RouteTable([Route("GET", "/x", "anyone", fail, "fails")]), counter.desk)
    reply = counter.ask("GET", "/x")
    assert (reply.status, reply.headers["retry-after"]) == (409, "2")
    assert reply.json == {"error": {"kind": "conflict", "message": "a.b: not now", "path": "a.b", "code": "why"}}


def test_what_is_led_on_is_at_the_path_of_the_data_plane() -> None:
    scope = {"path": "/admin/api/play/v1/models", "headers": []}
    assert lead_on(scope, "/v1/models")["path"] == "/v1/models"
    assert scope["path"] == "/admin/api/play/v1/models"
