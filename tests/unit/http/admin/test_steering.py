"""Routes and the configuration, as the API steers them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.http.admin.counter import CONFIG, Counter
from tests.unit.ledger.rows import make_row

SECRET = "a-secret-of-the-provider"


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def test_routes_say_whether_their_targets_are_ready(counter: Counter) -> None:
    (route,) = counter.ask("GET", "/routes", key="viewer-key").json["items"]
    assert (route["name"], [one["is_ready"] for one in route["targets"]]) == ("r", [True, True])
    for key in counter.board.pools["a"].keys:
        key.pause(is_paused=True)
    (route,) = counter.ask("GET", "/routes", key="viewer-key").json["items"]
    assert [one["is_ready"] for one in route["targets"]] == [False, True]
    assert "a-1 was paused by hand." in route["targets"][0]["message"]


def test_a_request_is_explained_without_being_sent(counter: Counter) -> None:
    told = counter.ask("POST", "/routes/explain", {"model": "r"}, key="viewer-key").json
    assert [one["target"] for one in told["candidates"]] == ["a/m", "b/m"]
    body = {"model": "r", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]}
    asked = {"dialect": "anthropic_messages", "body": body}
    told = counter.ask("POST", "/routes/explain", asked, key="viewer-key").json
    assert (told["dialect"], told["candidates"][0]["is_passed_through"]) == ("anthropic_messages", False)
    assert counter.transport.requests == []
    assert counter.ask("POST", "/routes/explain", {"model": "r", "tokens": 900}, key="viewer-key").json["tokens"] == 900
    for wrong in ({}, {"model": "r", "dialect": "latin"}, {"model": "r", "tokens": 3_000_000}):
        assert counter.ask("POST", "/routes/explain", wrong, key="viewer-key").status == 400
    assert counter.ask("POST", "/routes/explain", {"model": "nobody/x"}, key="viewer-key").status == 404


def test_the_configuration_is_shown_without_secrets(counter: Counter) -> None:
    reply = counter.ask("GET", "/config", key="viewer-key")
    assert SECRET not in reply.body.decode()
    assert "<kept secret 1>  # mine" in reply.json["text"]
    assert reply.headers["etag"] == f'"{reply.json["version"]}"'
    origins = {one["path"]: one["origin"] for one in reply.json["settings"]}
    assert origins["discover_providers"] == "line 1"
    assert origins["server.port"] == "default"


def test_a_change_takes_effect_and_keeps_the_secrets(counter: Counter) -> None:
    shown = counter.ask("GET", "/config", key="viewer-key").json
    text = shown["text"].replace("r: [a/m]", "r: [a/m]\n  fast: a/small")
    reply = counter.ask("PUT", "/config", {"text": text}, [(b"if-match", shown["version"].encode())], key="admin-key")
    assert (reply.status, counter.reloads) == (200, 1)
    written = counter.path.read_text()
    assert written == CONFIG.replace("r: [a/m]", "r: [a/m]\n  fast: a/small")
    assert list(counter.settings.routes) == ["r", "fast"]
    assert SECRET not in reply.body.decode()
    assert reply.json["version"] != shown["version"]


@pytest.mark.parametrize(
    ("version", "text", "status"),
    [("", "x", 428), ("stale", CONFIG, 412), (None, "routes: [", 400), (None, "a: <kept secret 9>", 400)],
)
def test_a_change_that_is_not_right_changes_nothing(
    counter: Counter, version: str | None, text: str, status: int
) -> None:
    current = counter.ask("GET", "/config", key="admin-key").json["version"]
    given = current if version is None else version
    headers = [(b"if-match", f'"{given}"'.encode())] if given else []
    assert counter.ask("PUT", "/config", {"text": text}, headers, key="admin-key").status == status
    assert (counter.path.read_text(), counter.reloads) == (CONFIG, 0)


def test_a_text_is_checked_and_compared_without_touching_anything(counter: Counter) -> None:
    shown = counter.ask("GET", "/config", key="viewer-key").json["text"]
    wrong = counter.ask("POST", "/config/validate", {"text": "sever: {}"}, key="admin-key").json
    assert wrong["is_valid"] is False
    assert wrong["problems"][0]["where"] == "line 1"
    assert "server" in wrong["problems"][0]["message"]
    assert counter.ask("POST", "/config/validate", {"text": shown}, key="admin-key").json["is_valid"] is True
    changed = {"text": f"{shown}server: {{port: 99}}\n"}
    told = counter.ask("POST", "/config/diff", changed, key="admin-key").json
    assert told["changes"] == [{"path": "server.port", "before": 8642, "after": 99}]
    assert "+server: {port: 99}" in told["diff"]
    assert counter.path.read_text() == CONFIG


def test_a_mark_in_a_wrong_place_does_not_bring_the_secret_out(counter: Counter) -> None:
    text = "discover_providers: false\nroutes: {'<kept secret 1>': nobody/<kept secret 1>}\nserver: {host: <kept secret 1>}"
    for path in ("/config/validate", "/config/diff"):
        assert SECRET not in counter.ask("POST", path, {"text": text}, key="admin-key").body.decode()


def test_who_may_only_look_cannot_read_variables_by_naming_them(counter: Counter) -> None:
    text = "discover_providers: false\nlocal: {folder: '${HOME}'}"
    assert (
        str(counter.path.parent)
        in counter.ask("POST", "/config/validate", {"text": text}, key="admin-key").body.decode()
    )
    for path in ("/config/validate", "/config/diff", "/config/replay"):
        assert counter.ask("POST", path, {"text": text}, key="viewer-key").status == 403


def test_the_file_can_be_taken_home_without_secrets(counter: Counter) -> None:
    reply = counter.ask("GET", "/config/export", key="viewer-key")
    assert reply.headers["content-type"] == "application/yaml"
    assert SECRET.encode() not in reply.body
    assert b"<kept secret 1>" in reply.body


def test_a_configuration_is_tried_over_what_was_recorded(counter: Counter) -> None:
    counter.store.record_exchanges(
        [make_row(1, started_ms=5, route="r", provider="b", model="m"), make_row(2, started_ms=6)]
    )
    asked = {"text": CONFIG, "names": ["r"], "limit": 10}
    reply = counter.ask("POST", "/config/replay", asked, key="admin-key")
    assert reply.headers["content-type"] == "text/event-stream"
    events = [json.loads(line.removeprefix("data: ")) for line in reply.body.decode().split("\n\n") if line]
    assert [event["stage"] for event in events] == ["reading", "replaying", "done"]
    replayed = events[-1]["replayed"]
    assert (replayed["exchanges"], replayed["moved"]) == (1, 1)
    assert {name: one["instead"]["exchanges"] for name, one in replayed["targets"].items()} == {"b/m": 0, "a/m": 1}
    wrong = counter.ask("POST", "/config/replay", {"text": "sever: {}"}, key="admin-key")
    assert (wrong.status, counter.path.read_text()) == (400, CONFIG)
